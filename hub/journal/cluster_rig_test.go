package journal_test

import (
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"latido/hub/journal"
)

// natsCluster is nats-servers of this process on loopback that know each other.
type natsCluster struct {
	testing.TB
	dir     string
	ports   []int // for clients
	routes  []int // for each other
	servers []*server.Server
}

// startCluster starts n nats-servers; the test's end stops them. They need a
// moment until they have a leader, which is what a node must bear.
func startCluster(t testing.TB, n int) *natsCluster {
	t.Helper()
	c := &natsCluster{TB: t, dir: t.TempDir(), ports: freePorts(t, n), routes: freePorts(t, n), servers: make([]*server.Server, n)}
	for i := range n {
		c.start(i)
	}
	t.Cleanup(func() {
		for i := range n {
			c.stop(i)
		}
	})
	return c
}

// freePorts finds ports that nobody uses now.
func freePorts(t testing.TB, n int) (ports []int) {
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

func (c *natsCluster) start(i int) {
	c.Helper()
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
		c.Fatal(err)
	}
	c.servers[i] = s
	go s.Start()
	if !s.ReadyForConnections(20 * time.Second) {
		c.Fatal("a nats-server does not start")
	}
}

func (c *natsCluster) stop(i int) {
	if s := c.servers[i]; s != nil {
		s.Shutdown()
		s.WaitForShutdown()
		c.servers[i] = nil
	}
}

func (c *natsCluster) urls() (urls []string) {
	for _, port := range c.ports {
		urls = append(urls, fmt.Sprintf("nats://127.0.0.1:%d", port))
	}
	return urls
}

// config is that of a node whose events all servers keep. It is patient: three
// servers that share two cores with other tests are slow.
func (c *natsCluster) config() journal.Config {
	return journal.Config{Timeout: 10 * time.Second, Cluster: &journal.Cluster{URLs: c.urls(), Replicas: len(c.ports)}}
}
