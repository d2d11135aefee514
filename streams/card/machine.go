package card

import "time"

// Machine shows the machine of this process in detail.
var Machine = Type{Name: "machine", Shareable: true, New: func(Env) State { return &machine{} }}

// MachineView is the machine in detail.
type MachineView struct {
	At                      time.Time // zero when there is no sample
	Host, Platform          string
	Cores                   []float64 // percent per core
	Load1, Load5, Load15    float64
	MemoryUsed, MemoryTotal uint64 // bytes
	SwapUsed, SwapTotal     uint64 // bytes
	Disks                   []Disk
	Networks                []Network
	Uptime                  time.Duration
}

// Disk is one mounted file system.
type Disk struct {
	Path        string
	Used, Total uint64 // bytes
}

// Network is the traffic of one interface.
type Network struct {
	Name            string
	InRate, OutRate float64 // bytes per second over the last sample
	In, Out         uint64  // bytes since boot
}

type machine struct {
	readOnly
	view MachineView
}

// Read takes the latest sample.
func (m *machine) Read(r *Readings) bool {
	if r.Machine == nil || r.Machine.At.Equal(m.view.At) {
		return false
	}
	m.view = *r.Machine
	return true
}

func (m *machine) View() any { return m.view }
