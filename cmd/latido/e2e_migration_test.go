//go:build unix

package main_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"latido/hub"
	"latido/hub/hubtest/eventsource"
	"latido/hub/journal"
)

// fixture is where what commit 0185f84 stored lies; its README says what it is.
const fixture = "testdata/0185f84"

// retention keeps events as long as the fixture's server did.
var retention = []string{"--retain-age", "438000h", "--retain-samples", "438000h"}

// manifest is what a test knows of the fixture beside what the server stored.
type manifest struct {
	Password   string            // of every person
	Keys       map[string]string // by name
	Links      map[string]string // paths of pages, by name
	First      string            // id of the first event that was sent
	Last       string            // id of the last one
	Idempotent struct{ Channel, Key, ID string }
}

func readManifest(t testing.TB) (m manifest) {
	t.Helper()
	readJSON(t, "manifest.json", &m)
	if m.Password != password {
		t.Fatalf("the people of the fixture have the password %q, want the tests' %q", m.Password, password)
	}
	return m
}

func readFixture(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(fixture, name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func readJSON(t testing.TB, name string, into any) {
	t.Helper()
	if err := json.Unmarshal(readFixture(t, name), into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// cookies reads a jar in the format of curl into a Cookie header.
func cookies(t testing.TB, name string) string {
	t.Helper()
	var pairs []string
	for line := range strings.Lines(string(readFixture(t, name))) {
		if f := strings.Split(strings.TrimSpace(line), "\t"); len(f) == 7 {
			pairs = append(pairs, f[5]+"="+f[6])
		}
	}
	if len(pairs) == 0 {
		t.Fatalf("%s has no cookies", name)
	}
	return strings.Join(pairs, "; ")
}

// unpack gives a test a copy of the old data folder.
func unpack(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	packed, err := gzip.NewReader(bytes.NewReader(readFixture(t, "data.tar.gz")))
	if err != nil {
		t.Fatal(err)
	}
	for files := tar.NewReader(packed); ; {
		h, err := files.Next()
		if errors.Is(err, io.EOF) {
			return dir
		}
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, filepath.FromSlash(h.Name))
		if h.Typeflag == tar.TypeDir {
			err = os.MkdirAll(path, 0o700)
		} else {
			var content []byte
			if content, err = io.ReadAll(files); err == nil {
				err = os.WriteFile(path, content, 0o600)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// migrated is the program of today on the old folder.
func migrated(t testing.TB) (*server, manifest) {
	t.Helper()
	return start(t, setup{dir: unpack(t), args: retention}), readManifest(t)
}

func (c client) bearer(key string) client { return c.with("Authorization", "Bearer "+key) }

// allowed is one request, and the status that its client gets.
type allowed struct {
	as     string
	client client
	method string
	path   string
	status int
}

func (a allowed) check(t testing.TB) {
	t.Helper()
	var body any
	if a.method == http.MethodPost {
		body = fields{"n": 1, "title": "t", "message": "m"}
	}
	if status, text := a.client.ask(a.method, a.path, body); status != a.status {
		t.Errorf("%s: %s %s: %d, want %d: %.200s", a.as, a.method, a.path, status, a.status, text)
	}
}

// TestMigrationAccess: people, keys and sessions of the old folder may what they might,
// and what had expired is not known.
func TestMigrationAccess(t *testing.T) {
	t.Parallel()
	s, m := migrated(t)
	checkAccess(t, s, m)
	for _, a := range []allowed{
		{"a session", s.client.with("Cookie", cookies(t, "cookies.txt")), "GET", "/access", 200},
		{"an expired session", s.client.with("Cookie", cookies(t, "cookies-expired.txt")), "GET", "/sse/history/general", 401},
		{"nobody", s.client, "GET", "/sse/history/general", 401},
	} {
		a.check(t)
	}
	// What is stored now goes beside what was stored then, and holds over a restart.
	key := secretOf(manages(t, "key", "add", "new", "--publish", "general", "--data", s.dir))
	manages(t, "user", "add", "cid", "--data", s.dir)
	if list := succeeds(t, "user", "list", "--data", s.dir); !strings.Contains(list, "cid") || !strings.Contains(list, "41") {
		t.Errorf("cid should have the user id after vera's, 41:\n%s", list)
	}
	s.stop()
	again := start(t, setup{dir: s.dir, args: retention})
	allowed{"a new key", again.client.bearer(key), "POST", "/sse/broadcast/general", 200}.check(t)
	checkAccess(t, again, m)
}

// checkAccess checks the people and keys of the fixture.
func checkAccess(t testing.TB, s *server, m manifest) {
	t.Helper()
	person := func(name string) client { return s.client.with("Cookie", s.client.login(name)) }
	key := func(name string) client { return s.client.bearer(m.Keys[name]) }
	ana, bea, vera := person("ana"), person("bea"), person("vera")
	for _, a := range []allowed{
		{"ana", ana, "GET", "/access", 200},
		{"bea", bea, "POST", "/sse/broadcast/general", 200},
		{"bea", bea, "POST", "/sse/notify/40", 200},
		{"bea", bea, "GET", "/access", 403},
		{"bea", bea, "GET", "/sse/events?user_id=40", 403},
		{"vera", vera, "GET", "/sse/history/general", 200},
		{"vera", vera, "POST", "/sse/broadcast/general", 403},
		{"builds", key("builds"), "POST", "/sse/broadcast/build-9", 200},
		{"builds", key("builds"), "POST", "/sse/broadcast/general", 403},
		{"builds", key("builds"), "POST", "/sse/notify/2", 200},
		{"builds", key("builds"), "POST", "/sse/notify/3", 403},
		{"builds", key("builds"), "GET", "/sse/history/build-7", 403},
		{"wall", key("wall"), "GET", "/sse/history/build-7", 200},
		{"wall", key("wall"), "GET", "/sse/history/logs", 403},
		{"wall", key("wall"), "GET", "/sse/notifications/1", 403},
		{"wall", key("wall"), "POST", "/sse/broadcast/general", 403},
		{"an expired key", key("expired"), "GET", "/sse/history/general", 401},
	} {
		a.check(t)
	}
	for name, c := range map[string]client{"vera": vera, "wall": key("wall")} {
		user := map[string]string{"vera": "40", "wall": "2"}[name]
		c.follow("/sse/events?channel=general&user_id=" + user).until("connected")
	}
}

// TestMigrationEvents: history, ids and resuming are as they were.
func TestMigrationEvents(t *testing.T) {
	t.Parallel()
	s, m := migrated(t)
	all := s.client.bearer(m.Keys["all"])
	var old map[string][]historic
	readJSON(t, "history.json", &old)
	if len(old) != 6 {
		t.Fatalf("the fixture has the history of %d channels, want 6", len(old))
	}
	for channel, want := range old {
		got := all.history(channel, "")
		if channel == "logs" && len(got) > len(want) { // the server's own entries follow
			got = got[:len(want)]
		}
		sameEvents(t, channel, got, want, true)
	}
	// A client that was connected before the upgrade goes on where it was, without a gap.
	stream := all.follow("/sse/events?channel=general&channel=build-7&channel=taller%2F%C3%B1&user_id=2&last_event_id=" + m.First)
	for p := eventsource.NewParser(bytes.NewReader(readFixture(t, "resume.txt")), ""); ; {
		b, err := p.Event()
		if err != nil {
			break // the fixture's end
		}
		data := b.Data
		got := receive(t, "the event "+data, stream.data)
		if got != data && !strings.Contains(data, `"event":"connected"`) {
			t.Errorf("a client that resumes is sent\n%s, want\n%s", got, data)
		}
	}
	id, _ := all.post("/sse/broadcast/general", fields{"n": 9})["id"].(string)
	if epoch := strings.Split(m.Last, "-")[0]; !strings.HasPrefix(id, epoch+"-") || sequence(t, id) <= sequence(t, m.Last) {
		t.Errorf("a new event has the id %s, want one after %s", id, m.Last)
	}
	stream.until(`"n":9`)
}

// sameEvents compares histories; without ids only their sequences, as after a restore.
func sameEvents(t *testing.T, channel string, got, want []historic, ids bool) {
	t.Helper()
	if len(got) != len(want) || len(want) == 0 {
		t.Errorf("%s has %d events, want %d", channel, len(got), len(want))
		return
	}
	for i, w := range want {
		g := got[i]
		var data bytes.Buffer
		if err := json.Compact(&data, w.Data); err != nil {
			t.Fatal(err)
		}
		same := g.ID == w.ID || !ids && sequence(t, g.ID) == sequence(t, w.ID)
		if !same || g.Event != w.Event || !g.Time.Equal(w.Time) || !bytes.Equal(g.Data, data.Bytes()) {
			t.Errorf("%s has %s %s %v %s, want %s %s %v %s", channel, g.ID, g.Event, g.Time, g.Data, w.ID, w.Event, w.Time, data.Bytes())
		}
	}
}

// TestMigrationIdempotencyKeys: keys that were stored are understood. The fixture's is
// older than the ten minutes for which a server remembers one, so this test opens the
// journal with a longer window.
func TestMigrationIdempotencyKeys(t *testing.T) {
	t.Parallel()
	m := readManifest(t)
	years := 40 * 365 * 24 * time.Hour
	cfg := journal.Config{MaxAge: years, EphemeralAge: years, DedupeWindow: years}
	cfg.Dir = filepath.Join(unpack(t), "journal")
	for run := range 2 { // the first run stores the window, the second reads keys back by it
		j, err := journal.Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		if run == 1 {
			k := m.Idempotent
			d := hub.Draft{Name: "broadcast", Channel: k.Channel, Data: json.RawMessage(`{"n":9}`), Key: k.Key}
			if r, err := j.Append(context.WithoutCancel(t.Context()), d); err != nil || r.ID.String() != k.ID || !r.Duplicate {
				t.Errorf("the key %s is %+v, %v, want a duplicate of %s", k.Key, r, err, k.ID)
			}
			d.Key += "-other"
			if r, err := j.Append(context.WithoutCancel(t.Context()), d); err != nil || r.Duplicate {
				t.Errorf("another key is %+v, %v", r, err)
			}
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// page asks for a page and parses it.
func (c client) page(path string, header ...string) *goquery.Document {
	c.Helper()
	status, text := c.ask(http.MethodGet, path, nil, append(slices.Clip(header), "Accept", "text/html")...)
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(text))
	if status != http.StatusOK || err != nil {
		c.Fatalf("%s: %d, %v", path, status, err)
	}
	return doc
}
