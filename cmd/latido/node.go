package main

import (
	"latido/streams"
	"latido/streams/card"
)

// node describes this process to the pages: it is the handlers' Node.
type node struct {
	supervisor *streams.Supervisor
	simulated  *streams.Supervisor // those that one node runs for all; none without --demo
	shared     bool                // there may be other nodes
	metrics    *streams.Metrics
}

// Producers returns the supervised producers. The simulated ones that do not run
// here run on another node.
func (n node) Producers() (list []card.Producer) {
	add := func(s streams.State, status string) {
		list = append(list, card.Producer{Name: s.Name, State: status, Restarts: s.Restarts, Error: s.Err, Since: s.Since})
	}
	for _, s := range n.supervisor.States() {
		add(s, string(s.Status))
	}
	for _, s := range n.simulated.States() {
		if n.shared && s.Status == streams.Stopped {
			s.Err = "" // it is old
			add(s, "elsewhere")
			continue
		}
		add(s, string(s.Status))
	}
	return list
}

// Machine answers the latest sample of the machine, nil before the first.
func (n node) Machine() *card.MachineView {
	m, ok := n.metrics.Latest()
	if !ok {
		return nil
	}
	v := &card.MachineView{
		At: m.At, Host: m.Host, Platform: m.Platform, Cores: m.Cores, Load1: m.Load1, Load5: m.Load5, Load15: m.Load15,
		MemoryUsed: m.MemoryUsed, MemoryTotal: m.MemoryTotal, SwapUsed: m.SwapUsed, SwapTotal: m.SwapTotal, Uptime: m.Uptime,
	}
	for _, d := range m.Disks {
		v.Disks = append(v.Disks, card.Disk(d))
	}
	for _, i := range m.Networks {
		v.Networks = append(v.Networks, card.Network(i))
	}
	return v
}
