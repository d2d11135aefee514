package faults

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// servers are nats-servers on loopback: one, or several in a cluster.
// Their methods belong to one goroutine.
type servers struct {
	binary string
	all    []*natsServer
}

// natsServer is one of them: a process that can be killed, stopped for a while,
// and started again on its folder and its addresses.
type natsServer struct {
	addr string
	args []string

	cmd    *exec.Cmd
	exited chan struct{}
	out    *tail
}

// startServers starts n nats-servers. They need seconds until they have a leader:
// the program waits for that.
func (s *stage) startServers(n int) (*servers, error) {
	if _, err := os.Stat(s.nats); err != nil {
		return nil, fmt.Errorf("find the nats-server: %w. Build it with: make nats-server", err)
	}
	v := &servers{binary: s.nats}
	var routes []string
	for range n {
		route, err := s.freeAddr()
		if err != nil {
			return nil, err
		}
		routes = append(routes, "nats://"+route)
	}
	for i := range n {
		addr, err := s.freeAddr()
		if err != nil {
			return nil, err
		}
		name := fmt.Sprintf("n%d", i+1)
		one := &natsServer{addr: addr, args: []string{"--name", name, "--addr", "127.0.0.1", "--port", portOf(addr), "--jetstream", "--store_dir", filepath.Join(s.dir, name)}}
		if n > 1 {
			one.args = append(one.args, "--cluster_name", "faults", "--cluster", routes[i], "--routes", strings.Join(routes, ","))
		}
		s.after(func() error { v.kill(i); return nil })
		v.all = append(v.all, one)
		if err := v.start(i); err != nil {
			return nil, err
		}
	}
	return v, nil
}

func portOf(addr string) string { return addr[strings.LastIndexByte(addr, ':')+1:] }

// node makes a node on the servers: the program, on a free port.
func (s *stage) node(v *servers, name string) (*child, error) {
	return s.child(filepath.Join(s.dir, name), "--nats-url", v.urls(), "--replicas", fmt.Sprint(len(v.all)), "--node-name", name)
}

// startNodes starts nodes one after the other.
func (s *stage) startNodes(ctx context.Context, v *servers, names ...string) (list []*child, err error) {
	for _, name := range names {
		c, err := s.node(v, name)
		if err != nil {
			return nil, err
		}
		if _, err := c.start(ctx); err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

// urls are those of all servers, as --nats-url takes them.
func (v *servers) urls() string {
	var list []string
	for _, one := range v.all {
		list = append(list, "nats://"+one.addr)
	}
	return strings.Join(list, ",")
}

// start starts a server that does not run.
func (v *servers) start(i int) error {
	one := v.all[i]
	one.cmd, one.out, one.exited = exec.Command(v.binary, one.args...), &tail{}, make(chan struct{})
	one.cmd.Stdout, one.cmd.Stderr = one.out, one.out
	if err := one.cmd.Start(); err != nil {
		return fmt.Errorf("start a nats-server: %w", err)
	}
	go func(cmd *exec.Cmd, exited chan struct{}) {
		defer close(exited)
		_ = cmd.Wait() // it is killed
	}(one.cmd, one.exited)
	return nil
}

// kill ends a server without a warning, if it runs, and waits for its end.
func (v *servers) kill(i int) {
	one := v.all[i]
	if one.cmd == nil || one.cmd.Process == nil {
		return
	}
	_ = one.cmd.Process.Kill() // it may be gone already
	<-one.exited
	one.cmd = nil
}
