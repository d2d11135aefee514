package access_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"latido/handlers/access"
	"latido/handlers/limits"
	"latido/hub/hubtest"
	"latido/hub/kv"
)

// kinds counts the stored records by the first part of their names.
func kinds(t *testing.T, records kv.Store) map[string]int {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	count := map[string]int{}
	_ = records.Watch(ctx, func(r kv.Record) {
		if r.Value != nil {
			kind, _, _ := strings.Cut(r.Name, ".")
			count[kind]++
		}
	}, stop)
	return count
}

// TestSweep: the store keeps no sessions that have ended, nor the uses of
// keys that were removed.
func TestSweep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		records := hubtest.NewRecords()
		d := directory(t, records, hubtest.NewRecords(), access.Closed, nil)
		for _, name := range []string{"ana", "bea", "cid"} {
			must[access.PersonInfo](t)(d.AddPerson(t.Context(), name, goodPassword, access.Admin, 0))
			if _, _, err := d.Login(t.Context(), name, goodPassword, "192.0.2.1"); err != nil {
				t.Fatal(err)
			}
		}
		text, k, err := d.AddKey(t.Context(), access.APIKey{Name: "ci"})
		if err != nil {
			t.Fatal(err)
		}
		must[*access.Principal](t)(d.Identify(request("Authorization", "Bearer "+text)))
		settled()
		if got := kinds(t, records); got["session"] != 3 || got["used"] != 1 {
			t.Fatalf("stored are %v, want three sessions and one use of a key", got)
		}
		if err := d.RemovePerson(t.Context(), "bea"); err != nil {
			t.Fatal(err)
		}
		if err := d.SetPassword(t.Context(), "cid", goodPassword+"!"); err != nil {
			t.Fatal(err)
		}
		if err := d.RemoveKey(t.Context(), k.ID); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := kinds(t, records); got["session"] != 1 || got["used"] != 0 {
			t.Errorf("stored are %v, want the session of ana and no use of a key", got)
		}
		time.Sleep(access.SessionAge)
		synctest.Wait()
		if got := kinds(t, records); got["session"] != 0 {
			t.Errorf("stored are %v, want no session", got)
		}
	})
}

func rate(burst int) limits.Rate { return limits.Rate{Burst: burst, Per: time.Minute} }

func tooOften(err error) bool {
	var often *limits.RateError
	return errors.As(err, &often)
}

// TestLoginsAreLimitedByAccountAndNetwork: one account has a bound for all networks together,
// and one network for all accounts.
func TestLoginsAreLimitedByAccountAndNetwork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := access.New(hubtest.NewRecords(), access.Options{
			Mode: access.Closed, Tickets: hubtest.NewRecords(), Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
			Logins: access.LoginLimits{Account: rate(3), Network: rate(5)},
		})
		tries := func(try func(i int) (name, from string)) (errs []error) {
			for i := range 6 {
				name, from := try(i)
				_, _, err := d.Login(t.Context(), name, "wrong password", from)
				errs = append(errs, err)
			}
			return errs
		}
		names, networks := []string{"a", "b", "c", "d", "e", "f"}, []string{"192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5", "192.0.2.6"}
		byAccount := tries(func(i int) (string, string) { return "ana", networks[i] })
		time.Sleep(time.Hour)
		byNetwork := tries(func(i int) (string, string) { return names[i], networks[0] })
		for what, c := range map[string]struct {
			errs    []error
			allowed int
		}{"one account": {byAccount, 3}, "one network": {byNetwork, 5}} {
			if first := slices.IndexFunc(c.errs, tooOften); first != c.allowed {
				t.Errorf("%s: try %d was the first that came too often, want %d: %v", what, first+1, c.allowed+1, c.errs)
			}
		}
	})
}

// TestDefaultLoginLimits: a network has 30 attempts a minute unless something else is set.
func TestDefaultLoginLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := access.New(hubtest.NewRecords(), access.Options{Mode: access.Closed})
		for i := range 31 {
			_, _, err := d.Login(t.Context(), fmt.Sprint("p", i), "wrong password", "192.0.2.1")
			if tooOften(err) != (i == 30) {
				t.Errorf("attempt %d: %v", i+1, err)
			}
		}
	})
}
