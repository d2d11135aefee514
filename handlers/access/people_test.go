package access_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"latido/handlers/access"
	"latido/handlers/limits"
	"latido/hub/hubtest"
)

// TestChangePassword: with the present password a person sets a new one and gets a new
// session; all earlier sessions end.
func TestChangePassword(t *testing.T) {
	d := closed(t)
	must[access.PersonInfo](t)(d.AddPerson(t.Context(), "ana", goodPassword, access.Viewer, 0))
	old, _, err := d.Login(t.Context(), "ana", goodPassword, "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	p := must[*access.Principal](t)(d.Identify(withCookie(old)))
	l, ended := lease(d, p)
	defer l.Release()
	for _, c := range []struct {
		name, present, next string
		want                error
	}{
		{"ana", "wrong password", "another password", access.ErrUnknown},
		{"nobody", goodPassword, "another password", access.ErrUnknown},
		{"ana", goodPassword, "short", access.ErrInput},
	} {
		if secret, _, err := d.ChangePassword(t.Context(), c.name, c.present, c.next, "192.0.2.1"); !errors.Is(err, c.want) || secret != "" {
			t.Errorf("%s with %q to %q: %v, want %v", c.name, c.present, c.next, err, c.want)
		}
	}
	if ended.Load() != 0 {
		t.Error("a try that failed ended a stream")
	}
	secret, until, err := d.ChangePassword(t.Context(), "ana", goodPassword, "another password", "192.0.2.1")
	if err != nil || time.Until(until) < time.Hour {
		t.Fatalf("%v, until %v", err, until)
	}
	if p := must[*access.Principal](t)(d.Identify(withCookie(secret))); p.Name != "ana" {
		t.Errorf("the new session is of %+v", p)
	}
	if p := must[*access.Principal](t)(d.Identify(withCookie(old))); p.Kind != access.Anyone || ended.Load() != 1 {
		t.Errorf("the old session is of %+v, its stream ended %d times", p, ended.Load())
	}
	if _, _, err := d.Login(t.Context(), "ana", goodPassword, "192.0.2.1"); !errors.Is(err, access.ErrUnknown) {
		t.Errorf("the old password: %v", err)
	}
	if _, _, err := d.Login(t.Context(), "ana", "another password", "192.0.2.1"); err != nil {
		t.Errorf("the new password: %v", err)
	}
	var often *limits.RateError
	for range 6 {
		_, _, err = d.ChangePassword(t.Context(), "ana", "wrong password", "one more password", "192.0.2.1")
	}
	if !errors.As(err, &often) {
		t.Errorf("after six tries: %v", err)
	}
}

// slowRecords take some time of the bubble to write, so that two changes overlap unless
// something keeps them apart.
type slowRecords struct{ *hubtest.Records }

func (r slowRecords) Put(ctx context.Context, name string, value []byte, revision uint64) (uint64, error) {
	time.Sleep(20 * time.Millisecond)
	return r.Records.Put(ctx, name, value, revision)
}

// TestUserIDsAreUnique: two people have different user ids, also when they are added at the
// same time.
func TestUserIDsAreUnique(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := directory(t, slowRecords{hubtest.NewRecords()}, hubtest.NewRecords(), access.Closed, nil)
		must[access.PersonInfo](t)(d.AddPerson(t.Context(), "ana", goodPassword, access.Admin, 7))
		if _, err := d.AddPerson(t.Context(), "bea", goodPassword, access.Viewer, 7); !errors.Is(err, access.ErrUserTaken) {
			t.Errorf("a user id for the second time: %v", err)
		}
		if _, err := d.AddPerson(t.Context(), "bea", goodPassword, access.Viewer, 1<<53); !errors.Is(err, access.ErrInput) {
			t.Errorf("a user id that JSON cannot hold: %v", err)
		}
		var all sync.WaitGroup
		for _, name := range []string{"bea", "cid", "dan", "eva"} {
			all.Go(func() {
				if _, err := d.AddPerson(t.Context(), name, goodPassword, access.Viewer, 0); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			})
		}
		all.Wait()
		var users []int64
		for _, p := range d.People() {
			users = append(users, p.User)
		}
		slices.Sort(users)
		if !slices.Equal(users, []int64{7, 8, 9, 10, 11}) {
			t.Errorf("the user ids are %v", users)
		}
		if p, err := d.Person("eva"); err != nil || p.Name != "eva" {
			t.Errorf("%+v, %v", p, err)
		}
		if _, err := d.Person("zoe"); !errors.Is(err, access.ErrNotFound) {
			t.Errorf("an unknown name: %v", err)
		}
	})
}

// TestChangeWaitsForTheOther: a change whose context ends while another one is written is not
// made, and does not disturb the other.
func TestChangeWaitsForTheOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := directory(t, slowRecords{hubtest.NewRecords()}, hubtest.NewRecords(), access.Closed, nil)
		for _, name := range []string{"ana", "bea"} {
			must[access.PersonInfo](t)(d.AddPerson(t.Context(), name, goodPassword, access.Admin, 0))
		}
		other := make(chan error, 1)
		go func() { other <- d.SetRole(t.Context(), "ana", access.Viewer) }()
		synctest.Wait() // it is written for 20 ms
		ctx, stop := context.WithTimeout(t.Context(), time.Millisecond)
		defer stop()
		if err := d.SetRole(ctx, "bea", access.Viewer); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a change that had no time: %v", err)
		}
		if err := <-other; err != nil {
			t.Errorf("the other change: %v", err)
		}
		if p, err := d.Person("bea"); err != nil || p.Role != access.Admin {
			t.Errorf("%+v, %v, want an administrator still", p, err)
		}
	})
}

// TestOneAdminStays: when both of two administrators are demoted or removed at the same
// time, one of the changes fails.
func TestOneAdminStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := directory(t, slowRecords{hubtest.NewRecords()}, hubtest.NewRecords(), access.Closed, nil)
		for _, name := range []string{"ana", "bea"} {
			must[access.PersonInfo](t)(d.AddPerson(t.Context(), name, goodPassword, access.Admin, 0))
		}
		errs := make(chan error, 2)
		go func() { errs <- d.SetRole(t.Context(), "ana", access.Viewer) }()
		go func() { errs <- d.RemovePerson(t.Context(), "bea") }()
		first, second := <-errs, <-errs
		if !errors.Is(errors.Join(first, second), access.ErrLastAdmin) || (first != nil && second != nil) {
			t.Errorf("%v and %v", first, second)
		}
	})
}

// TestParsePatterns: what people write into a field.
func TestParsePatterns(t *testing.T) {
	for in, want := range map[string]string{
		"": "", " , ,\n": "", "*": "*", "orders": "orders", " shop-* , orders,orders": "shop-* orders", "a\r\nb c\nd": "a|b c|d",
	} {
		got, err := access.ParsePatterns(in)
		if want := strings.FieldsFunc(want, func(r rune) bool { return r == '|' || r == ' ' && !strings.Contains(want, "|") }); err != nil || !slices.EqualFunc(got, want, func(p access.Pattern, s string) bool { return string(p) == s }) {
			t.Errorf("%q is %q, %v, want %q", in, got, err, want)
		}
	}
	var many []string
	for i := range 65 {
		many = append(many, "c"+strings.Repeat("x", i))
	}
	for _, in := range []string{"a*b", "**", ">", strings.Repeat("x", 129), "a\x00", "\xff", strings.Join(many, ",")} {
		if got, err := access.ParsePatterns(in); !errors.Is(err, access.ErrInput) {
			t.Errorf("%.40q is %q, %v", in, got, err)
		}
	}
}

// FuzzParsePatterns: whatever is written, what comes out is few, no two alike, and
// means the same when it is written again.
func FuzzParsePatterns(f *testing.F) {
	f.Add("orders, shop-*\n*")
	f.Add("a,,b\r*")
	f.Add("\u2028*,\xff")
	f.Fuzz(func(t *testing.T, text string) {
		ps, err := access.ParsePatterns(text)
		if err != nil {
			if !errors.Is(err, access.ErrInput) {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		var again []string
		for i, p := range ps {
			if slices.Contains(ps[:i], p) {
				t.Fatalf("%q twice", p)
			}
			again = append(again, string(p))
		}
		if same, err := access.ParsePatterns(strings.Join(again, ",")); len(ps) > 64 || err != nil || !slices.Equal(same, ps) {
			t.Fatalf("%q is %q, and that %q, %v", text, ps, same, err)
		}
	})
}
