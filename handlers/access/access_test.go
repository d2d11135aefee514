package access_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"latido/handlers/access"
	"latido/handlers/limits"
	"latido/hub/hubtest"
	"latido/hub/kv"
)

const goodPassword = "correct horse battery"

// directory runs a Directory on records until the test ends.
func directory(t *testing.T, records, tickets kv.Store, mode access.Mode, issuer *access.Issuer) *access.Directory {
	t.Helper()
	d := access.New(records, access.Options{Mode: mode, Issuer: issuer, Tickets: tickets, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
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
	return d
}

func closed(t *testing.T) *access.Directory {
	t.Helper()
	return directory(t, hubtest.NewRecords(), hubtest.NewRecords(), access.Closed, nil)
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func request(headers ...string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "http://latido.test/", nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	return r
}

func withCookie(secret string) *http.Request {
	return request("Cookie", access.CookieName(false)+"="+secret)
}

// lease takes a lease, and returns how often it has ended its stream.
func lease(d *access.Directory, p *access.Principal) (*access.Lease, *atomic.Int32) {
	var ended atomic.Int32
	l := d.Lease(p)
	l.Begin(func() { ended.Add(1) })
	return l, &ended
}

// settled waits until every node has heard of everything, in the bubble's time: a
// node that has lost its store tries again within a second.
func settled() {
	time.Sleep(time.Second)
	synctest.Wait()
}

// TestSessions: a session holds until the logout, a new password or the removal of the
// person. Then its streams end, on every node.
func TestSessions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		records := hubtest.NewRecords()
		d := directory(t, records, hubtest.NewRecords(), access.Closed, nil)
		other := directory(t, records, hubtest.NewRecords(), access.Closed, nil)
		if _, err := d.AddPerson(t.Context(), "ana", goodPassword, access.Admin, 0); err != nil {
			t.Fatal(err)
		}
		if _, err := d.AddPerson(t.Context(), "bea", goodPassword, access.Viewer, 0); err != nil {
			t.Fatal(err)
		}
		endings := map[string]func(secret string) error{
			"logout":       func(secret string) error { return d.Logout(t.Context(), secret) },
			"new password": func(string) error { return d.SetPassword(t.Context(), "bea", goodPassword+"!") },
			"removal":      func(string) error { return d.RemovePerson(t.Context(), "bea") },
		}
		password := goodPassword
		for _, how := range []string{"logout", "new password", "removal"} {
			secret, until, err := d.Login(t.Context(), "bea", password, "192.0.2.1")
			if err != nil || until.Before(time.Now().Add(time.Hour)) {
				t.Fatalf("%s: %v, until %v", how, err, until)
			}
			p := must[*access.Principal](t)(d.Identify(withCookie(secret)))
			if p.Kind != access.Person || p.Name != "bea" || p.User != 2 || !p.Cookie || !p.Grant.Read.Has(2) || p.Grant.Read.Has(1) || len(p.Grant.Publish) > 0 {
				t.Errorf("%s: known as %+v", how, p)
			}
			settled()
			there := must[*access.Principal](t)(other.Identify(withCookie(secret)))
			here, endedHere := lease(d, p)
			away, endedThere := lease(other, there)
			if err := endings[how](secret); err != nil {
				t.Fatal(err)
			}
			if q, err := d.Identify(withCookie(secret)); err != nil || q.Kind != access.Anyone || !q.Grant.Read.IsZero() || len(q.Grant.Subscribe) > 0 {
				t.Errorf("%s: afterwards %+v, %v", how, q, err)
			}
			settled()
			if endedHere.Load() != 1 || endedThere.Load() != 1 {
				t.Errorf("%s: the streams were ended %d and %d times", how, endedHere.Load(), endedThere.Load())
			}
			if _, late := lease(d, p); late.Load() != 1 {
				t.Errorf("%s: a stream that comes late goes on", how)
			}
			here.Release()
			away.Release()
			if how == "new password" {
				password += "!"
			}
		}
		if err := d.RemovePerson(t.Context(), "ana"); err != nil {
			t.Errorf("the only person cannot be removed: %v", err)
		}
	})
}

// TestLoginTellsNothing: a wrong password and an unknown name have the same error.
func TestLoginTellsNothing(t *testing.T) {
	d := closed(t)
	must[access.PersonInfo](t)(d.AddPerson(t.Context(), "ana", goodPassword, access.Admin, 7))
	_, _, wrong := d.Login(t.Context(), "ana", "wrong password", "192.0.2.1")
	_, _, nobody := d.Login(t.Context(), "nobody", "wrong password", "192.0.2.2")
	if !errors.Is(wrong, access.ErrUnknown) || !errors.Is(nobody, access.ErrUnknown) || wrong.Error() != nobody.Error() {
		t.Errorf("%v, %v", wrong, nobody)
	}
}

// TestLoginsAreLimited: after five attempts from one network an account has to wait there,
// and not elsewhere.
func TestLoginsAreLimited(t *testing.T) {
	d := closed(t)
	must[access.PersonInfo](t)(d.AddPerson(t.Context(), "ana", goodPassword, access.Admin, 0))
	for i := range 5 {
		if _, _, err := d.Login(t.Context(), "ana", "wrong password", "192.0.2.1"); !errors.Is(err, access.ErrUnknown) {
			t.Fatalf("try %d: %v", i, err)
		}
	}
	var often *limits.RateError
	if _, _, err := d.Login(t.Context(), "ana", goodPassword, "192.0.2.1"); !errors.As(err, &often) || often.Seconds() < 1 || often.Seconds() > 12 {
		t.Errorf("the sixth try: %v", err)
	}
	if _, _, err := d.Login(t.Context(), "ana", goodPassword, "192.0.2.9"); err != nil {
		t.Errorf("from another network: %v", err)
	}
}

// TestNotOpenBeforeLoaded: whether anybody is let in by name is not known before what
// is stored has been read.
func TestNotOpenBeforeLoaded(t *testing.T) {
	d := access.New(hubtest.NewRecords(), access.Options{Mode: access.Local})
	if d.IsOpen() {
		t.Error("access is open before people and keys have been read")
	}
}

// TestModes: what a request without credentials may do.
func TestModes(t *testing.T) {
	records := hubtest.NewRecords()
	local := directory(t, records, hubtest.NewRecords(), access.Local, nil)
	may := func(d *access.Directory) bool {
		p := must[*access.Principal](t)(d.Identify(request()))
		if p.Grant.Manage {
			t.Error("a request without credentials may manage access")
		}
		return p.Grant.Publish.Match("general")
	}
	if !may(local) || may(closed(t)) || !may(access.New(nil, access.Options{Mode: access.Open})) {
		t.Error("open, closed and local are not what they say")
	}
	must[access.PersonInfo](t)(local.AddPerson(t.Context(), "ana", goodPassword, access.Admin, 0))
	if may(local) {
		t.Error("open although there is a person")
	}
	if err := local.SetRole(t.Context(), "ana", access.Viewer); !errors.Is(err, access.ErrLastAdmin) {
		t.Errorf("the last administrator becomes a viewer: %v", err)
	}
}

// TestStoreAway: credentials go on working, and changes fail.
func TestStoreAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		records := hubtest.NewRecords()
		d := directory(t, records, hubtest.NewRecords(), access.Closed, nil)
		text, _, err := d.AddKey(t.Context(), access.APIKey{Name: "ci"})
		if err != nil {
			t.Fatal(err)
		}
		away := errors.New("away")
		records.FailWrites(away)
		records.FailWatch(away)
		if p, err := d.Identify(request("Authorization", "Bearer "+text)); err != nil || p.Name != "ci" {
			t.Errorf("%+v, %v", p, err)
		}
		if _, _, err := d.AddKey(t.Context(), access.APIKey{Name: "more"}); !errors.Is(err, away) {
			t.Errorf("a key is made: %v", err)
		}
		// Changes by another node are seen afterwards.
		records.FailWrites(nil)
		k := d.Keys()[0]
		r := must[kv.Record](t)(records.Get(t.Context(), "key."+k.ID))
		if err := records.Delete(t.Context(), r.Name, r.Revision); err != nil {
			t.Fatal(err)
		}
		records.FailWatch(nil)
		settled()
		if len(d.Keys()) != 0 {
			t.Error("the key is not known to be gone")
		}
	})
}

// TestInputIsRefused: each with a sentence.
func TestInputIsRefused(t *testing.T) {
	d := closed(t)
	for what, err := range map[string]error{
		"a short password":  second(d.AddPerson(t.Context(), "ana", "short", access.Admin, 0)),
		"a long password":   second(d.AddPerson(t.Context(), "ana", strings.Repeat("x", 1025), access.Admin, 0)),
		"not UTF-8":         second(d.AddPerson(t.Context(), "ana", goodPassword+"\xff", access.Admin, 0)),
		"a name":            second(d.AddPerson(t.Context(), "Ana Ruiz", goodPassword, access.Admin, 0)),
		"a role":            second(d.AddPerson(t.Context(), "ana", goodPassword, "king", 0)),
		"a user id":         second(d.AddPerson(t.Context(), "ana", goodPassword, access.Admin, -1)),
		"a pattern":         third(d.AddKey(t.Context(), access.APIKey{Name: "k", Grant: access.Grant{Publish: access.Patterns{"a*b"}}})),
		"a key's name":      third(d.AddKey(t.Context(), access.APIKey{Name: " k"})),
		"a key that is old": third(d.AddKey(t.Context(), access.APIKey{Name: "k", Expires: time.Now()})),
		"a key that rules":  third(d.AddKey(t.Context(), access.APIKey{Name: "k", Grant: access.Grant{Manage: true}})),
	} {
		if !errors.Is(err, access.ErrInput) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func second[T any](_ T, err error) error        { return err }
func third[T, U any](_ T, _ U, err error) error { return err }
