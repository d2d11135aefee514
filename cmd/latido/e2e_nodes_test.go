package main_test

import (
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// natsServer is the program that nodes share, built once.
var natsServer = sync.OnceValues(func() (string, error) {
	path := filepath.Join(scratch, "nats-server")
	return path, goTool(nil, "build", "-o", path, "github.com/nats-io/nats-server/v2")
})

// startNATS starts a nats-server and returns its URL; the test's end ends it.
func startNATS(t testing.TB, args ...string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	args = append([]string{"--addr", "127.0.0.1", "--port", strconv.Itoa(port), "--jetstream", "--store_dir", t.TempDir()}, args...)
	cmd := exec.Command(built(t, natsServer), args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it has no say in how a test ends
		_ = cmd.Wait()
	})
	return fmt.Sprintf("nats://127.0.0.1:%d", port)
}

// node is how a node of a name is started.
func node(url, name string, more ...string) setup {
	return setup{args: append([]string{"--nats-url", url, "--node-name", name}, more...)}
}

// TestTwoNodes: what is posted at one node comes at the other, under one id; a
// client goes on at the other one where it stopped; both show the whole.
func TestTwoNodes(t *testing.T) {
	t.Parallel()
	url := startNATS(t)
	a, b := start(t, node(url, "uno")), start(t, node(url, "dos"))
	stream := b.client.follow("/sse/events?channel=c&user_id=7")
	stream.until("connected")
	first, _ := a.client.post("/sse/broadcast/c", fields{"n": 1})["id"].(string)
	stream.until(`"n":1`)
	a.client.post("/sse/broadcast/c", fields{"n": 2})
	stream.until(`"n":2`)
	resumed := a.client.follow("/sse/events?channel=c&user_id=7&last_event_id=" + first)
	resumed.until(`"n":2`)
	more := b.client.follow("/sse/events?channel=c&user_id=8")
	more.until("connected")

	eventually(t, "both nodes show the whole", func() bool {
		for _, s := range []*server{a, b} {
			stats := s.client.get("/sse/stats")
			nodes, _ := stats["nodes"].([]any)
			channels, _ := stats["channels"].(map[string]any)
			// User 7 is on both nodes and counts once.
			if len(nodes) != 2 || stats["total_connections"] != 3.0 || channels["c"] != 3.0 || stats["users_connected"] != 2.0 {
				return false
			}
			own, _ := nodes[0].(map[string]any)
			if want := map[*server]string{a: "uno", b: "dos"}[s]; own["name"] != want || own["this_node"] != true {
				t.Fatalf("the first node of %v is not %s", nodes, want)
			}
		}
		return true
	})
	eventually(t, "the monitor of a node shows the other", func() bool {
		_, page := a.client.ask(http.MethodGet, "/monitoring", nil, "Accept", "text/html", "Accept-Language", "en")
		return regexp.MustCompile(`(?s)data-own.*uno.*this one.*<bdi>dos</bdi>`).MatchString(page)
	})
	b.stop()
	eventually(t, "a node that has ended is not counted", func() bool {
		nodes, _ := a.client.get("/sse/stats")["nodes"].([]any)
		return len(nodes) == 1
	})
}

// priceState finds what the monitor says of the producer of simulated prices.
var priceState = regexp.MustCompile(`>Prices</bdi><span class="state" data-s="[a-z]+">([A-Za-z ]+?) *<`)

// TestSimulationsRunOnce: of two nodes with --demo one makes the simulated events,
// and when it dies the other takes over. Each shows its own machine.
func TestSimulationsRunOnce(t *testing.T) {
	t.Parallel()
	url := startNATS(t)
	nodes := []*server{start(t, node(url, "uno", "--demo")), start(t, node(url, "dos", "--demo"))}
	state := func(s *server) string {
		_, page := s.client.ask(http.MethodGet, "/monitoring", nil, "Accept", "text/html", "Accept-Language", "en")
		found := priceState.FindStringSubmatch(page)
		if found == nil {
			t.Fatal("the monitor does not show the producer of prices")
		}
		return found[1]
	}
	running := -1
	eventually(t, "one of two nodes runs the simulations", func() bool {
		states := state(nodes[0]) + ", " + state(nodes[1])
		running = map[string]int{"Running, On another node": 1, "On another node, Running": 2}[states] - 1
		return running >= 0
	})
	other := nodes[1-running]
	for name, s := range map[string]*server{"uno": nodes[0], "dos": nodes[1]} {
		_ = s.client.follow("/sse/metrics").until(`"node":"` + name + `"`)
	}
	nodes[running].kill()
	prices := other.client.follow("/sse/trading")
	eventually(t, "the other node takes over", func() bool { return state(other) == "Running" })
	prices.until("price_update")
}

// TestClusterSettings: a node says in one sentence what does not fit.
func TestClusterSettings(t *testing.T) {
	t.Parallel()
	url := startNATS(t)
	start(t, node(url, "uno")).stop()
	missing := filepath.Join(t.TempDir(), "none.creds")
	for name, c := range map[string]struct {
		args   []string
		status int
		says   string
	}{
		"other limits":    {[]string{"--nats-url", url, "--retain-age", "2h"}, 1, `time kept: 168h0m0s there, 2h0m0s asked for`},
		"other replicas":  {[]string{"--nats-url", url, "--replicas", "3"}, 1, `replicas: 1 there, 3 asked for`},
		"no replicas":     {[]string{"--nats-url", url, "--replicas", "2"}, 2, `--replicas 2`},
		"no URL":          {[]string{"--nats-url", "http://x"}, 2, `--nats-url number 1`},
		"no credentials":  {[]string{"--nats-url", url, "--nats-creds", missing}, 2, `--nats-creds`},
		"replicas of one": {[]string{"--replicas", "3"}, 2, `--replicas 3 needs --nats-url`},
		"half a pair":     {[]string{"--nats-url", url, "--nats-cert", missing}, 2, `--nats-cert must come with its key`},
	} {
		s := launch(t, setup{args: c.args})
		if status := s.exit(); status != c.status {
			t.Errorf("%s: status %d, want %d: %s", name, status, c.status, s.out.text())
		}
		if !strings.Contains(s.out.text(), c.says) {
			t.Errorf("%s: %q does not say %q", name, s.out.text(), c.says)
		}
	}
}
