package main_test

import (
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const password = "correct horse battery"

// manages runs a command that reads a password, and returns what it says.
func manages(t testing.TB, args ...string) string {
	t.Helper()
	s := launchInput(t, built(t, program), args, nil, password+"\n")
	if status := s.exit(); status != 0 {
		t.Fatalf("latido %s ended with status %d:\n%s", strings.Join(args, " "), status, s.out.text())
	}
	return s.out.text()
}

// secretOf is the last line of what a command says, which carries what it made.
func secretOf(says string) string {
	lines := strings.Split(strings.TrimSpace(says), "\n")
	return lines[len(lines)-1]
}

// TestSafeAsItStarts: on an address that others can reach the program starts when
// somebody has access, or with --open.
func TestSafeAsItStarts(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	onNetwork := setup{dir: dir, addr: "0.0.0.0:0"}
	s := launch(t, onNetwork)
	if status := s.exit(); status != 2 {
		t.Errorf("it ended with status %d", status)
	}
	last := secretOf(s.out.text())
	oneSentence(t, last+"\n", `other machines can reach 0\.0\.0\.0:0, .*latido setup --data \S+/data, .*--open`)

	open := onNetwork
	open.args = []string{"--open"}
	if s := reached(t, open); s.client.get("/sse/stats")["channels"] == nil {
		t.Error("--open does not open")
	} else {
		s.stop()
	}

	if says := manages(t, "setup", "--data", dir); !strings.Contains(says, "admin is an administrator now, with user id 1") {
		t.Errorf("setup says %q", says)
	}
	if again := launchInput(t, built(t, program), []string{"setup", "ana", "--data", dir}, nil, password); again.exit() != 1 || !strings.Contains(again.out.text(), "latido user add") {
		t.Errorf("a second setup: %s", again.out.text())
	}
	s = reached(t, onNetwork)
	if status, _ := s.client.ask(http.MethodGet, "/sse/stats", nil); status != http.StatusUnauthorized {
		t.Errorf("a request without credentials gets %d", status)
	}
	if status, _ := s.client.with("Cookie", s.client.login("admin")).ask(http.MethodGet, "/sse/stats", nil); status != http.StatusOK {
		t.Errorf("the administrator gets %d", status)
	}
}

// reached starts a program that listens on every address.
func reached(t *testing.T, with setup) *server {
	t.Helper()
	s := launch(t, with)
	if !s.out.wait(s.exited, listening.MatchString) {
		t.Fatalf("the program did not begin to listen:\n%s", s.out.text())
	}
	u, err := url.Parse(listening.FindStringSubmatch(s.out.text())[1])
	if err != nil {
		t.Fatal(err)
	}
	s.url = "http://127.0.0.1:" + u.Port()
	s.client = newClient(s, s.url)
	return s
}

// login returns the cookie of a new session.
func (c client) login(name string) string {
	c.Helper()
	response, err := c.http.PostForm(c.base+"/login", url.Values{"name": {name}, "password": {password}})
	if err != nil {
		c.Fatal(err)
	}
	response.Body.Close()
	cookie, _, _ := strings.Cut(response.Header.Get("Set-Cookie"), ";")
	if response.StatusCode != http.StatusSeeOther || cookie == "" {
		c.Fatalf("%s logs in: %d", name, response.StatusCode)
	}
	return cookie
}

// TestLoopbackIsOpenUntilSetup: and commands work while a server runs.
func TestLoopbackIsOpenUntilSetup(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	s.client.notify("Abierto", "m")
	open := s.client.follow("/sse/events")
	open.until("connected")
	manages(t, "setup", "--data", s.dir)
	for range open.data { // it ends, without a request of its client
	}
	eventually(t, "access to be closed", func() bool {
		status, _ := s.client.ask(http.MethodGet, "/sse/stats", nil)
		return status == http.StatusUnauthorized
	})
	manages(t, "user", "add", "zoila", "--role", "sender", "--user-id", "7", "--data", s.dir)
	if list := manages(t, "user", "list", "--data", s.dir); !strings.Contains(list, "zoila") || !strings.Contains(list, "admin") {
		t.Errorf("the list says %q", list)
	}
	key := secretOf(manages(t, "key", "add", "builds", "--publish", "build-*", "--data", s.dir))
	bearer := s.client.with("Authorization", "Bearer "+key)
	if status, text := bearer.ask(http.MethodPost, "/sse/broadcast/build-1", fields{"n": 1}); status != http.StatusOK {
		t.Errorf("the key sends: %d %s", status, text)
	}
	if status, _ := bearer.ask(http.MethodPost, "/sse/broadcast/other", fields{"n": 1}); status != http.StatusForbidden {
		t.Errorf("the key sends elsewhere: %d", status)
	}
	s.client.with("Cookie", s.client.login("zoila")).notify("De Zoila", "m")
	zoila := s.client.with("Cookie", s.client.login("zoila"))
	// The name has letters that no hexadecimal request id can have by chance.
	for _, e := range zoila.history("logs", "") {
		if strings.Contains(string(e.Data), "audit") || strings.Contains(string(e.Data), "zoila") {
			t.Errorf("who did what is on the channel logs: %s", e.Data)
		}
	}
	for _, what := range []string{`msg=audit action="person added as sender" on=zoila who="command line" from="control socket"`, `action="key made" on="builds ` + strings.Split(key, "_")[1]} {
		if !strings.Contains(s.out.text(), what) {
			t.Errorf("the log has no record %s:\n%s", what, s.out.text())
		}
	}
	for _, secret := range []string{key, password, strings.SplitN(key, "_", 3)[2]} {
		if strings.Contains(s.out.text(), secret) {
			t.Error("a secret is in the log")
		}
	}
	for args, says := range map[string]string{
		"user add Zoila!":                  "a name is 1 to 32 characters",
		"user add zoila":                   "exists already",
		"user remove admin":                "this is the last administrator: give another person that role first",
		"user role zoe admin":              "not found",
		"key add x":                        "--publish, --subscribe",
		"key add x --publish a**":          "neither a channel nor a prefix",
		"key remove nothing":               "not found",
		"link add x --cards prices":        "there is no card",
		"link add x --cards notifications": "--user-id",
		"key add x --tasks":                "has to subscribe to *",
		"key add x --tasks --expires=-3d":  "no time above zero",
	} {
		c := launchInput(t, built(t, program), append(strings.Fields(args), "--data", s.dir), nil, password+"\n")
		if c.exit() == 0 || !strings.Contains(c.out.text(), says) {
			t.Errorf("latido %s says %q, not %q", args, c.out.text(), says)
		}
	}
}

// TestRevokedOnEveryNode (A11): a session and a key begun at one node carry streams
// at another, and their end ends these.
func TestRevokedOnEveryNode(t *testing.T) {
	t.Parallel()
	nats := startNATS(t)
	manages(t, "setup", "--nats-url", nats)
	a, b := start(t, node(nats, "uno")), start(t, node(nats, "dos"))
	says := manages(t, "key", "add", "lector", "--subscribe", "*", "--nats-url", nats)
	key := secretOf(says)
	id := strings.Split(key, "_")[1]
	var cookie string
	ended := func(what string, end func(), header ...string) {
		t.Helper()
		for _, s := range []*server{a, b} {
			eventually(t, what+" is known at every node", func() bool {
				status, _ := s.client.with(header...).ask(http.MethodGet, "/sse/history/c", nil)
				return status == http.StatusOK
			})
			stream := s.client.with(header...).follow("/sse/events?channel=c")
			stream.until("connected")
			if s == a {
				continue
			}
			begun := time.Now()
			end()
			for range stream.data { // until it ends; patience ends the test otherwise
			}
			t.Logf("%s: the stream at the other node ended after %v", what, time.Since(begun))
		}
		for _, s := range []*server{a, b} {
			eventually(t, what+" is not known any more", func() bool {
				status, _ := s.client.with(header...).ask(http.MethodGet, "/sse/history/c", nil)
				return status == http.StatusUnauthorized
			})
		}
	}
	cookie = a.client.login("admin")
	ended("a session", func() {
		if status, _ := a.client.with("Cookie", cookie).ask(http.MethodPost, "/logout", nil); status != http.StatusSeeOther {
			t.Errorf("the logout: %d", status)
		}
	}, "Cookie", cookie)
	ended("a key", func() { manages(t, "key", "remove", id, "--nats-url", nats) }, "Authorization", "Bearer "+key)
	cookie = b.client.login("admin")
	ended("a password", func() { manages(t, "user", "password", "admin", "--nats-url", nats) }, "Cookie", cookie)
}
