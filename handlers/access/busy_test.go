package access

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"latido/hub/hubtest"
)

// TestBusyPasswords: while other passwords take too long, nobody is added, no password is
// changed, and nobody is logged in. ErrBusy comes after two seconds.
func TestBusyPasswords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := New(hubtest.NewRecords(), Options{})
		const password, another = "correct horse battery", "another password"
		for _, name := range []string{"ana", "bea"} {
			if _, err := d.AddPerson(t.Context(), name, password, Admin, 0); err != nil {
				t.Fatal(err)
			}
		}
		before := *d.people["ana"].value
		for range cap(d.passwords.slots) {
			if err := d.passwords.enter(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		for what, try := range map[string]func() error{
			"a new person":   func() error { _, err := d.AddPerson(t.Context(), "cid", password, Viewer, 0); return err },
			"a new password": func() error { return d.SetPassword(t.Context(), "ana", another) },
			"a changed password": func() error {
				_, _, err := d.ChangePassword(t.Context(), "ana", password, another, "192.0.2.1")
				return err
			},
			"a login": func() error { _, _, err := d.Login(t.Context(), "ana", password, "192.0.2.1"); return err },
		} {
			began := time.Now()
			if err := try(); !errors.Is(err, ErrBusy) || time.Since(began) != 2*time.Second {
				t.Errorf("%s: %v after %v", what, err, time.Since(began))
			}
		}
		if after := *d.people["ana"].value; after != before || d.people.count() != 2 || d.sessions.count() != 0 {
			t.Errorf("%+v became %+v; there are %d people and %d sessions", before, after, d.people.count(), d.sessions.count())
		}
	})
}

// TestUnknownNamesCostAsMuch: the hash that a password is compared with for an unknown name
// has the cost and the length of those that are stored.
func TestUnknownNamesCostAsMuch(t *testing.T) {
	stored, compared := strings.Split(hashPassword("correct horse battery"), "$"), strings.Split(noPassword, "$")
	if len(stored) != len(compared) {
		t.Fatalf("%q is compared, and %q stored", compared, stored)
	}
	for i, part := range stored {
		if random := i >= 4; !random && part != compared[i] || len(part) != len(compared[i]) {
			t.Errorf("%q is compared, and %q stored", compared[i], part)
		}
	}
}
