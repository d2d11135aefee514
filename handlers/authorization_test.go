package handlers_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"latido/handlers"
	"latido/handlers/access"
	"latido/handlers/web"
	"latido/hub/hubtest"
)

// closedRig is a rig with closed access, and a header for each person and key.
type closedRig struct {
	*rig
	access  *access.Directory
	records *hubtest.Records
	as      map[string][]string // by the name of the person or key
}

const rigPassword = "correct horse battery"

func newClosedRig(t *testing.T, options ...func(*handlers.Config)) *closedRig {
	t.Helper()
	return newClosedRigWith(t, access.Options{Mode: access.Closed}, options...)
}

// newClosedRigWith is newClosedRig with other rules for requests without credentials, or for
// logins.
func newClosedRigWith(t *testing.T, o access.Options, options ...func(*handlers.Config)) *closedRig {
	t.Helper()
	records := hubtest.NewRecords()
	o.Tickets, o.Logger = hubtest.NewRecords(), slog.New(slog.NewTextHandler(io.Discard, nil))
	roles := []access.Role{access.Admin, access.Sender, access.Viewer}
	for i, role := range roles {
		keepPerson(t, records, string(role), role, int64(i+1))
	}
	d := access.New(records, o)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	<-d.Ready()
	r := &closedRig{newRig(t, append(options, func(c *handlers.Config) { c.Access = d })...), d, records, map[string][]string{"nobody": nil}}
	for _, role := range roles {
		name := string(role)
		secret, _, err := d.Login(t.Context(), name, rigPassword, "192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		r.as[name] = []string{"Cookie", access.CookieName(false) + "=" + secret}
	}
	for name, grant := range map[string]access.Grant{
		"a reader of own":      {Subscribe: access.Patterns{"own"}, Read: access.Users{IDs: []int64{3}}},
		"a sender to own":      {Publish: access.Patterns{"own"}, Notify: access.Users{IDs: []int64{3}}},
		"a key without grants": {},
	} {
		text, _, err := d.AddKey(t.Context(), access.APIKey{Name: name, Grant: grant})
		if err != nil {
			t.Fatal(err)
		}
		r.as[name] = []string{"Authorization", "Bearer " + text}
	}
	return r
}

// keepPerson stores a person whose password costs next to nothing to compare. A hash
// carries its cost, and under the race detector the real one takes seconds for each rig.
func keepPerson(t *testing.T, records *hubtest.Records, name string, role access.Role, user int64) {
	t.Helper()
	salt, enc := []byte("0123456789abcdef"), base64.RawStdEncoding
	hash := fmt.Sprintf("$argon2id$v=%d$m=8,t=1,p=1$%s$%s", argon2.Version, enc.EncodeToString(salt), enc.EncodeToString(argon2.IDKey([]byte(rigPassword), salt, 1, 8, 1, 32)))
	text, err := json.Marshal(access.Account{Name: name, Password: hash, Role: role, User: user, Created: time.Now()})
	if err == nil {
		_, err = records.Put(t.Context(), "person."+name, text, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// everyone are those of the table, in its order.
var everyone = []string{"nobody", "viewer", "sender", "admin", "a reader of own", "a sender to own", "a key without grants"}

// authorizations (A6) says for every route which callers its rule admits: a letter each,
// y or n, in the order of everyone. What a path names is foreign to some, own to others.
var authorizations = []struct{ method, path, in string }{
	{"GET", "/healthz", "yyyyyyy"},
	{"GET", "/readyz", "yyyyyyy"},
	{"GET", "/assets/none", "yyyyyyy"},
	{"GET", "/favicon.ico", "yyyyyyy"},
	{"GET", "/login", "yyyyyyy"},
	{"POST", "/login", "yyyyyyy"}, // what is sent is no login
	{"POST", "/ui/prefs", "yyyyyyy"},
	{"GET", "/sse/events?channel=own", "nyyyynn"},
	{"GET", "/sse/events?channel=foreign", "nyyynnn"},
	{"GET", "/sse/events?channel=own&channel=foreign", "nyyynnn"},
	{"GET", "/sse/events", "nyyynnn"},
	{"GET", "/sse/events?channel=own&user_id=3", "nynyynn"},
	{"GET", "/sse/events?channel=own&user_id=4", "nnnynnn"},
	{"GET", "/sse/events?channel=own&last_event_id=aaaaaaaa-1", "nyyyynn"},
	{"GET", "/sse/events?channel=foreign&last_event_id=aaaaaaaa-1", "nyyynnn"},
	{"GET", "/sse/metrics", "nyyynnn"},
	{"GET", "/sse/trading", "nyyynnn"},
	{"GET", "/sse/logs", "nyyynnn"},
	{"GET", "/sse/notifications/3", "nynyynn"},
	{"GET", "/sse/notifications/4", "nnnynnn"},
	{"GET", "/sse/history/own", "nyyyynn"},
	{"GET", "/sse/history/foreign", "nyyynnn"},
	{"GET", "/sse/stats", "nyyyyyy"},
	{"POST", "/sse/broadcast/own", "nnyynyn"},
	{"POST", "/sse/broadcast/foreign", "nnyynnn"},
	{"POST", "/sse/notify/3", "nnyynyn"},
	{"POST", "/sse/notify/4", "nnyynnn"},
	{"POST", "/sse/task-update", "nnyynnn"},
	{"POST", "/sse/ticket", "nyyyyyy"},
	{"POST", "/tasks/export", "nnyynnn"},
	{"POST", "/tasks/7/cancel", "nnyynnn"},
	{"GET", "/exports/AAAAAAAAAAAA.ndjson", "nyyynnn"},
	{"GET", "/", "nyyynnn"},
	{"GET", "/notifications", "nyyynnn"},
	{"GET", "/monitoring", "nyyynnn"},
	{"GET", "/help", "yyyyyyy"},
	{"GET", "/live?user=3", "nynynnn"},
	{"GET", "/live?user=4", "nnnynnn"},
	{"GET", "/ui/stats", "nyyynnn"},
	{"GET", "/share/nothing", "yyyyyyy"}, // to nobody, for there is no such link
	{"GET", "/share/nothing/live", "yyyyyyy"},
	{"POST", "/ui/broadcast", "nnyynyn"}, // to own
	{"POST", "/ui/notify", "nnyynyn"},    // to 3
	{"POST", "/ui/notify-test", "nnyynnn"},
	{"POST", "/ui/clear", "nyyynnn"},
	{"POST", "/ui/connection", "nyyynnn"},
	{"GET", "/access", "nnnynnn"},
	{"POST", "/access/people", "nnnynnn"},
	{"GET", "/access/people/nobody", "nnnynnn"},
	{"POST", "/access/people/nobody/role", "nnnynnn"},
	{"POST", "/access/people/nobody/password", "nnnynnn"},
	{"POST", "/access/people/nobody/remove", "nnnynnn"},
	{"POST", "/access/keys", "nnnynnn"},
	{"POST", "/access/keys/none/revoke", "nnnynnn"},
	{"POST", "/access/links", "nnnynnn"},
	{"POST", "/access/links/none/revoke", "nnnynnn"},
	{"GET", "/backup", "nnnnnnn"},
	{"GET", "/account", "nyyynnn"},
	{"POST", "/account", "nyyynnn"},
	{"POST", "/logout", "yyyyyyy"}, // last: it ends the sessions of the rows above
}

// bodyOf is a body that each route takes.
var bodyOf = map[string]string{
	"/sse/notify/3": `{"title":"t","message":"m"}`, "/sse/notify/4": `{"title":"t","message":"m"}`,
	"/sse/task-update": `{"task_id":"1","progress":1,"status":"s","message":"m"}`, "/tasks/export": `{"channel":"own"}`,
	"/ui/broadcast": `{"channel":"own","message":"m"}`, "/ui/notify": `{"user_id":"3","title":"t","message":"m"}`,
	"/ui/clear": `{"list":"logs"}`, "/ui/connection": `{"action":"connect","cards":"logs"}`,
}

// TestAuthorization (A6): every route, for everyone: a principal that is not in the table's list gets
// 401 when nothing was shown, 403 otherwise, and nothing is published.
func TestAuthorization(t *testing.T) {
	r := newClosedRig(t)
	for _, row := range authorizations {
		for i, name := range everyone {
			before := r.last()
			path, _, _ := strings.Cut(row.path, "?")
			body := bodyOf[path]
			if row.method == "POST" && body == "" {
				body = `{"n":1}`
			}
			headers := append([]string{"Content-Type", "application/json"}, r.as[name]...)
			status, header := r.status(row.method, row.path, body, headers...)
			admitted := row.in[i] == 'y'
			switch {
			case admitted && (status == http.StatusUnauthorized || status == http.StatusForbidden):
				t.Errorf("%s %s refuses %s: %d", row.method, row.path, name, status)
			case !admitted && name == "nobody" && (status != http.StatusUnauthorized || header.Get("WWW-Authenticate") == ""):
				t.Errorf("%s %s responds to nobody with %d", row.method, row.path, status)
			case !admitted && name != "nobody" && status != http.StatusForbidden:
				t.Errorf("%s %s responds to %s with %d, want 403", row.method, row.path, name, status)
			}
			if !admitted && r.last() != before {
				t.Errorf("%s %s of %s published something", row.method, row.path, name)
			}
		}
	}
}

// status asks and reads no more than the head: a stream does not end.
func (r *rig) status(method, path, body string, headers ...string) (int, http.Header) {
	r.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, r.url+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	return res.StatusCode, res.Header
}

// TestEveryRouteIsInTheTable: a route that is added needs a row, and a row that admits
// callers without credentials needs a route that is public or a share link's.
func TestEveryRouteIsInTheTable(t *testing.T) {
	routes := closedRoutes(newClosedRig(t))
	for _, route := range routes {
		found := false
		for _, row := range authorizations {
			path, _, _ := strings.Cut(row.path, "?")
			if row.method != route.Method || !fits(route.Path, path) {
				continue
			}
			found = true
			if open := route.Public || strings.HasPrefix(path, web.SharePrefix); open != (row.in == "yyyyyyy") {
				t.Errorf("%s %s: public is %v, and the table admits %s", row.method, row.path, route.Public, row.in)
			}
		}
		if !found {
			t.Errorf("%s %s is not in the table", route.Method, route.Path)
		}
	}
	if len(routes) < 40 {
		t.Errorf("only %d routes", len(routes))
	}
}

// closedRoutes are all routes of a server that asks its callers for credentials.
func closedRoutes(r *closedRig) []web.Route {
	return handlers.Routes(handlers.Config{Hub: r.hub, Streams: r.streams, Jobs: r.jobs, Node: fakeNode{}, Backup: noBackup, Access: access.New(hubtest.NewRecords(), access.Options{})})
}

// fits compares a path with a route's pattern.
func fits(pattern, path string) bool {
	a, b := strings.Split(pattern, "/"), strings.Split(path, "/")
	if last := len(a) - 1; strings.HasPrefix(a[last], "*") && len(b) >= len(a) {
		a, b = a[:last], b[:last]
	}
	if len(a) != len(b) {
		return false
	}
	for i, part := range a {
		if part != b[i] && !strings.HasPrefix(part, ":") {
			return false
		}
	}
	return true
}

func noBackup(_ context.Context, w io.Writer) error {
	_, err := io.WriteString(w, "a backup")
	return err
}

// TestConsole: what came through the console's listener may manage everything and take
// backups, and nothing that a client sends elsewhere does.
func TestConsole(t *testing.T) {
	r := newClosedRig(t)
	console := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.handler.ServeHTTP(w, req.WithContext(access.WithConsole(req.Context())))
	}))
	t.Cleanup(console.Close)
	over := *r.rig
	over.url = console.URL
	json := []string{"Accept", "application/json"}
	for _, row := range authorizations {
		if !strings.HasPrefix(row.path, "/access") && row.path != "/backup" {
			continue
		}
		if status, _ := over.status(row.method, row.path, "{}", json...); status == http.StatusUnauthorized || status == http.StatusForbidden {
			t.Errorf("%s %s refuses the console: %d", row.method, row.path, status)
		}
	}
	if a := over.do("GET", "/backup", ""); a.status != http.StatusOK || a.body != "a backup" {
		t.Errorf("the backup: %d %q", a.status, a.body)
	}
	if a := over.do("GET", "/account", ""); a.status != http.StatusForbidden {
		t.Errorf("the console's account: %d", a.status)
	}
	for _, pretend := range [][]string{{"Authorization", "Bearer console"}, {"Latido-Console", "true"}, {"X-Console", "command line"}, {"Cookie", "latido_session=console"}} {
		if status, _ := r.status("GET", "/backup", "", pretend...); status != http.StatusUnauthorized {
			t.Errorf("%v over TCP gets %d", pretend, status)
		}
	}
	made := over.post("/access/keys", `{"name":"ci","publish":["a,b"],"user":7,"tasks":false,"expires":"never"}`, json...)
	k := made.json(t)
	if made.status != http.StatusOK || k["key"] == "" || k["by"] != access.ConsoleName || k["user"] != 7.0 || strings.Contains(made.body, "digest") {
		t.Errorf("the key: %d %s", made.status, made.body)
	}
	if a := over.do("GET", "/access", "", json...); a.status != http.StatusOK || !strings.Contains(a.body, `"publish":["a,b"]`) || strings.Contains(a.body, "digest") || strings.Contains(a.body, "argon") {
		t.Errorf("the list: %d %s", a.status, a.body)
	}
	if a := over.post("/access/keys", `{"name":"ci","publish":"a","expires":"2001-01-01T00:00:00Z"}`, json...); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, `"expired"`) {
		t.Errorf("a key that is over: %d %s", a.status, a.body)
	}
	if log := r.log.String(); !strings.Contains(log, `who="command line" from="control socket"`) || !strings.Contains(log, "key made") {
		t.Errorf("the audit: %s", log)
	}
}
