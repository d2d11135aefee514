package access_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"latido/handlers/access"
	"latido/hub/hubtest"
)

// TestKeys: a key is identified by its whole text, has its grant, and ends when it is
// removed.
func TestKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		records := hubtest.NewRecords()
		d := directory(t, records, hubtest.NewRecords(), access.Closed, nil)
		text, k, err := d.AddKey(t.Context(), access.APIKey{Name: "ci", By: "ana", Grant: access.Grant{
			Publish: access.Patterns{"build-*"}, Read: access.Users{IDs: []int64{7}}, Notify: access.Users{All: true}}})
		if err != nil {
			t.Fatal(err)
		}
		p := must[*access.Principal](t)(d.Identify(request("Authorization", "Bearer "+text)))
		if p.Kind != access.Key || !p.Grant.Publish.Match("build-7") || p.Grant.Publish.Match("other") || len(p.Grant.Subscribe) > 0 || p.Cookie {
			t.Errorf("known as %+v", p)
		}
		for _, wrong := range []string{text + "x", text[:len(text)-1], "latido_" + k.ID + "_", "latido_nothing_x", "latido_", ""} {
			if p, err := d.Identify(request("Authorization", "Bearer "+wrong)); !errors.Is(err, access.ErrUnknown) {
				t.Errorf("%q is known as %+v, %v", wrong, p, err)
			}
		}
		if _, err := d.Identify(request("Authorization", "Basic "+text)); !errors.Is(err, access.ErrUnknown) {
			t.Errorf("Basic: %v", err)
		}
		if list := d.Keys(); len(list) != 1 || list[0].Digest != "" || list[0].Name != "ci" {
			t.Errorf("listed as %+v", list)
		}
		settled()
		if d.Keys()[0].LastUsed.IsZero() {
			t.Error("its use is not noted")
		}
		other := directory(t, records, hubtest.NewRecords(), access.Closed, nil)
		if q, err := other.Identify(request("Authorization", "Bearer "+text)); err != nil || !q.Grant.Read.Has(7) || q.Grant.Read.Has(8) || !q.Grant.Notify.Has(8) {
			t.Errorf("another node knows it as %+v, %v", q, err)
		}
		l, ended := lease(d, p)
		defer l.Release()
		if err := d.RemoveKey(t.Context(), k.ID); err != nil {
			t.Fatal(err)
		}
		if ended.Load() != 1 {
			t.Error("its stream goes on")
		}
		if _, err := d.Identify(request("Authorization", "Bearer "+text)); !errors.Is(err, access.ErrUnknown) {
			t.Errorf("a removed key: %v", err)
		}
	})
}

// TestTicketsWorkOnce: of concurrent uses one succeeds, and the ticket of a removed key has
// none.
func TestTicketsWorkOnce(t *testing.T) {
	d := closed(t)
	text, k, err := d.AddKey(t.Context(), access.APIKey{Name: "page", Grant: access.Grant{Subscribe: access.Patterns{"a"}}})
	if err != nil {
		t.Fatal(err)
	}
	p := must[*access.Principal](t)(d.Identify(request("Authorization", "Bearer "+text)))
	ask := func(ticket string) (*access.Principal, error) {
		return d.Identify(httptest.NewRequest(http.MethodGet, "/sse/events?ticket="+ticket, nil))
	}
	ticket := must[string](t)(d.NewTicket(t.Context(), p))
	var in atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if q, err := ask(ticket); err == nil && q.Name == "page" && q.Grant.Subscribe.Match("a") {
				in.Add(1)
			} else if !errors.Is(err, access.ErrUnknown) {
				t.Errorf("%+v, %v", q, err)
			}
		})
	}
	all.Wait()
	if in.Load() != 1 {
		t.Errorf("%d were admitted", in.Load())
	}
	ticket = must[string](t)(d.NewTicket(t.Context(), p))
	if err := d.RemoveKey(t.Context(), k.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := ask(ticket); !errors.Is(err, access.ErrUnknown) {
		t.Errorf("a ticket of a removed key: %v", err)
	}
}

// TestExpiry: the streams of a key end when it expires, and a ticket expires after thirty
// seconds.
func TestExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		records, tickets := hubtest.NewRecords(), hubtest.NewRecords()
		d := directory(t, records, tickets, access.Closed, nil)
		text, _, err := d.AddKey(t.Context(), access.APIKey{Name: "short", Expires: time.Now().Add(time.Minute)})
		if err != nil {
			t.Fatal(err)
		}
		p := must[*access.Principal](t)(d.Identify(request("Authorization", "Bearer "+text)))
		l, ended := lease(d, p)
		defer l.Release()
		ticket := must[string](t)(d.NewTicket(t.Context(), p))
		time.Sleep(access.TicketLifetime)
		if _, err := d.Identify(httptest.NewRequest(http.MethodGet, "/?ticket="+ticket, nil)); !errors.Is(err, access.ErrUnknown) {
			t.Errorf("an old ticket: %v", err)
		}
		if ended.Load() != 0 {
			t.Error("the stream ends too early")
		}
		time.Sleep(time.Minute - access.TicketLifetime)
		synctest.Wait()
		if ended.Load() != 1 {
			t.Error("the stream of a key that is over goes on")
		}
		if _, err := d.Identify(request("Authorization", "Bearer "+text)); !errors.Is(err, access.ErrUnknown) {
			t.Errorf("a key that is over: %v", err)
		}
	})
}
