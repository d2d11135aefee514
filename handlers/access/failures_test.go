package access_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"latido/handlers/access"
	"latido/hub/hubtest"
	"latido/hub/kv"
)

// TestNothingIsChangedWithoutTheStore: a login or a new password that cannot be stored is
// an error, and no secret is returned.
func TestNothingIsChangedWithoutTheStore(t *testing.T) {
	records := hubtest.NewRecords()
	d := directory(t, records, hubtest.NewRecords(), access.Closed, nil)
	must[access.PersonInfo](t)(d.AddPerson(t.Context(), "ana", goodPassword, access.Admin, 0))
	away := errors.New("away")
	records.FailWrites(away)
	if secret, until, err := d.Login(t.Context(), "ana", goodPassword, "192.0.2.1"); !errors.Is(err, away) || secret != "" || !until.IsZero() {
		t.Errorf("a login: %q until %v, %v", secret, until, err)
	}
	if secret, until, err := d.ChangePassword(t.Context(), "ana", goodPassword, "another password", "192.0.2.1"); !errors.Is(err, away) || secret != "" || !until.IsZero() {
		t.Errorf("a new password: %q until %v, %v", secret, until, err)
	}
	records.FailWrites(nil)
	if _, _, err := d.Login(t.Context(), "ana", goodPassword, "192.0.2.1"); err != nil {
		t.Errorf("the login afterwards: %v", err)
	}
}

// conflicting refuses changes of people as if another node were always faster, also when
// the context has ended.
type conflicting struct {
	*hubtest.Records
	on    bool
	tries int
}

func (r *conflicting) Put(ctx context.Context, name string, value []byte, revision uint64) (uint64, error) {
	if r.on {
		r.tries++
		return 0, fmt.Errorf("store %s: %w", name, kv.ErrConflict)
	}
	return r.Records.Put(ctx, name, value, revision)
}

// TestChangeThatConflicts is tried again until the other node's change is delivered, 50
// times, or until its context ends.
func TestChangeThatConflicts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		records := &conflicting{Records: hubtest.NewRecords()}
		d := directory(t, records, hubtest.NewRecords(), access.Closed, nil)
		for _, name := range []string{"ana", "bea"} {
			must[access.PersonInfo](t)(d.AddPerson(t.Context(), name, goodPassword, access.Admin, 0))
		}
		records.on = true
		ctx, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer stop()
		if err := d.SetRole(ctx, "bea", access.Viewer); !errors.Is(err, context.DeadlineExceeded) || records.tries != 3 {
			t.Errorf("with 50 ms: %v after %d tries, want the end of the context after 3", err, records.tries)
		}
		records.tries = 0
		if err := d.SetRole(t.Context(), "bea", access.Viewer); !errors.Is(err, kv.ErrConflict) || records.tries != 50 {
			t.Errorf("without an end: %v after %d tries, want a conflict after 50", err, records.tries)
		}
		records.on = false

		settled()
		records.FailWatch(errors.New("away"))
		r := must[kv.Record](t)(records.Get(t.Context(), "person.bea"))
		var a access.Account
		if err := json.Unmarshal(r.Value, &a); err != nil {
			t.Fatal(err)
		}
		a.User = 70 // by another node
		must[uint64](t)(records.Records.Put(t.Context(), r.Name, must[[]byte](t)(json.Marshal(a)), r.Revision))
		changed := make(chan error, 1)
		go func() { changed <- d.SetRole(t.Context(), "bea", access.Viewer) }()
		time.Sleep(30 * time.Millisecond)
		records.FailWatch(nil)
		if err := <-changed; err != nil {
			t.Errorf("once the other change is delivered: %v", err)
		}
		if p, err := d.Person("bea"); err != nil || p.Role != access.Viewer || p.User != 70 {
			t.Errorf("%+v, %v, want both changes", p, err)
		}
	})
}

// TestParseUsers: what people write into a field, and how it is shown again.
func TestParseUsers(t *testing.T) {
	many := func(n int) string { return strings.TrimSuffix(strings.Repeat("12, ", n), ", ") }
	for in, want := range map[string]string{
		"": "", " , ": "", "*": "*", "7": "7", "3,12 , 5,": "3, 12, 5", "9007199254740991": "9007199254740991", many(64): many(64),
	} {
		u, err := access.ParseUsers(in)
		if err != nil || u.String() != want || u.All != (want == "*") {
			t.Errorf("%q is %+v, %v, want %q", in, u, err, want)
		}
		if again, err := access.ParseUsers(u.String()); err != nil || again.String() != want {
			t.Errorf("%q is %+v, %v the second time", in, again, err)
		}
	}
	for _, in := range []string{"0", "-1", "x", "1;2", "**", "3, *", "9223372036854775808", many(65)} {
		if u, err := access.ParseUsers(in); !errors.Is(err, access.ErrInput) {
			t.Errorf("%.40q is %+v, %v", in, u, err)
		}
	}
}

// TestLongNamesShareALoginRate: names that no account can have are told apart by their
// first 64 bytes, so that their rates take no more room than those of accounts.
func TestLongNamesShareALoginRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := access.New(hubtest.NewRecords(), access.Options{
			Mode: access.Closed, Logger: slog.New(slog.NewTextHandler(io.Discard, nil)), Logins: access.LoginLimits{Pair: rate(3), Network: rate(100)},
		})
		attempt := func(name string) error {
			_, _, err := d.Login(t.Context(), name, "wrong password", "192.0.2.1")
			return err
		}
		begin := strings.Repeat("x", 63)
		for i, end := range []string{"yf", "ye", "yd" + strings.Repeat("z", 1<<20), "yc"} {
			if err := attempt(begin + end); tooOften(err) != (i == 3) {
				t.Errorf("attempt %d: %v", i+1, err)
			}
		}
		for _, name := range []string{begin + "zf", begin} {
			if err := attempt(name); !errors.Is(err, access.ErrUnknown) {
				t.Errorf("a name of %d bytes that differs earlier: %v", len(name), err)
			}
		}
	})
}

// TestStoredPassword: the hash has the cost that OWASP recommends, with a salt of its own.
func TestStoredPassword(t *testing.T) {
	records := hubtest.NewRecords()
	d := directory(t, records, hubtest.NewRecords(), access.Closed, nil)
	form := regexp.MustCompile(`^\$argon2id\$v=19\$m=19456,t=2,p=1\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})$`)
	seen := map[string]bool{}
	for _, name := range []string{"ana", "bea"} {
		must[access.PersonInfo](t)(d.AddPerson(t.Context(), name, goodPassword, access.Admin, 0))
		var a access.Account
		if err := json.Unmarshal(must[kv.Record](t)(records.Get(t.Context(), "person."+name)).Value, &a); err != nil {
			t.Fatal(err)
		}
		parts := form.FindStringSubmatch(a.Password)
		if parts == nil {
			t.Fatalf("the hash is %q", a.Password)
		}
		seen[parts[1]], seen[parts[2]] = true, true
	}
	if len(seen) != 4 {
		t.Errorf("two people share a salt or a hash: %v", seen)
	}
}
