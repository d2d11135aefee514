package natstest

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"latido/hub/journal/engine"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Cluster is nats-servers of this process on loopback that know each other.
type Cluster struct {
	tb      testing.TB
	dir     string
	ports   []int // for clients
	routes  []int // for each other
	servers []*server.Server
}

// Start starts n nats-servers; the test's end stops them. They need a
// moment until they have a leader, which a node must cope with.
func Start(t testing.TB, n int) *Cluster {
	t.Helper()
	c := &Cluster{tb: t, dir: t.TempDir(), ports: FreePorts(t, n), routes: FreePorts(t, n), servers: make([]*server.Server, n)}
	for i := range n {
		c.StartServer(i)
	}
	return c
}

// FreePorts returns ports that are free now.
func FreePorts(t testing.TB, n int) (ports []int) {
	t.Helper()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports
}

// StartServer starts a server that does not run.
func (c *Cluster) StartServer(i int) {
	c.tb.Helper()
	options := &server.Options{
		ServerName: fmt.Sprintf("n%d", i+1), Host: "127.0.0.1", Port: c.ports[i], NoSigs: true, NoLog: true,
		JetStream: true, StoreDir: filepath.Join(c.dir, fmt.Sprintf("n%d", i+1)), JetStreamMaxStore: 8 << 30, JetStreamMaxMemory: 256 << 20,
		MaxPayload: 9 << 20, MaxPending: 64 << 20,
	}
	if len(c.ports) > 1 {
		options.Cluster = server.ClusterOpts{Name: "test", Host: "127.0.0.1", Port: c.routes[i]}
		for _, port := range c.routes {
			options.Routes = append(options.Routes, &url.URL{Scheme: "nats", Host: fmt.Sprintf("127.0.0.1:%d", port)})
		}
	}
	s, err := server.NewServer(options)
	if err != nil {
		c.tb.Fatal(err)
	}
	c.servers[i] = s
	c.tb.Cleanup(func() { c.StopServer(i) })
	go s.Start()
	if !s.ReadyForConnections(20 * time.Second) {
		c.tb.Fatal("a nats-server does not start")
	}
}

// StopServer stops a server, unless it does not run.
func (c *Cluster) StopServer(i int) {
	if s := c.servers[i]; s != nil {
		s.Shutdown()
		s.WaitForShutdown()
		c.servers[i] = nil
	}
}

// URLs are those of all servers.
func (c *Cluster) URLs() (urls []string) {
	for _, port := range c.ports {
		urls = append(urls, fmt.Sprintf("nats://127.0.0.1:%d", port))
	}
	return urls
}

// Config is that of a node whose messages all servers have. It is patient: three
// servers that share two cores with other tests are slow.
func (c *Cluster) Config() engine.Config {
	return engine.Config{Timeout: 10 * time.Second, Cluster: &engine.Cluster{URLs: c.URLs(), Replicas: len(c.ports)}}
}

// Empty deletes whatever has been stored on the servers.
func (c *Cluster) Empty() {
	c.tb.Helper()
	conn, err := nats.Connect(c.URLs()[0])
	if err != nil {
		c.tb.Fatal(err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		c.tb.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second) // the test's own may have ended
	defer cancel()
	names := js.StreamNames(ctx)
	for name := range names.Name() {
		if err := js.DeleteStream(ctx, name); err != nil {
			c.tb.Fatal(err)
		}
	}
	if err := names.Err(); err != nil {
		c.tb.Fatal(err)
	}
}
