package main

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"latido/hub"
)

// TestPosterTellsWhatBecame: an event is refused only when no attempt can have
// stored it, or the judge would call a server a liar that is none.
func TestPosterTellsWhatBecame(t *testing.T) {
	type answer func(w http.ResponseWriter)
	ack := func(w http.ResponseWriter) { _, _ = w.Write([]byte(`{"id":"e-7"}`)) }
	refuse := func(w http.ResponseWriter) { http.Error(w, `{"detail":"no"}`, http.StatusUnprocessableEntity) }
	fail := func(w http.ResponseWriter) { http.Error(w, `{"detail":"wait"}`, http.StatusServiceUnavailable) }
	full := func(w http.ResponseWriter) { http.Error(w, `{"detail":"full"}`, http.StatusInsufficientStorage) }
	hangUp := func(http.ResponseWriter) { panic(http.ErrAbortHandler) }
	seven := hub.ID{Epoch: "e", Seq: 7}
	for name, c := range map[string]struct {
		answers  []answer
		id       hub.ID
		refused  bool
		failures int
	}{
		"acknowledged":                   {[]answer{ack}, seven, false, 0},
		"refused":                        {[]answer{refuse}, hub.ID{}, true, 0},
		"acknowledged at the second try": {[]answer{fail, ack}, seven, false, 1},
		"cut off, then acknowledged":     {[]answer{hangUp, ack}, seven, false, 1},
		"cut off, then refused":          {[]answer{hangUp, refuse}, hub.ID{}, false, 1},
		"failed, then refused":           {[]answer{fail, refuse}, hub.ID{}, false, 1},
		"a full disk, then refused":      {[]answer{full, refuse}, hub.ID{}, true, 1},
		"a full disk, then room":         {[]answer{full, ack}, seven, false, 1},
	} {
		t.Run(name, func(t *testing.T) {
			var n atomic.Int64
			keys := make(chan string, 10)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				keys <- r.Header.Get("Idempotency-Key")
				c.answers[n.Add(1)-1](w)
			}))
			defer server.Close()
			p := &posters{url: server.URL, client: server.Client()}
			post := p.settle(t.Context(), "a", eventName, "k", []byte(`{}`))
			if post.ID != c.id || post.Refused != c.refused || len(p.failures) != c.failures {
				t.Errorf("%+v and the failures %+v, want %s, refused %t, %d failures", post, p.failures, c.id, c.refused, c.failures)
			}
			if int(n.Load()) != len(c.answers) {
				t.Errorf("%d attempts, want %d", n.Load(), len(c.answers))
			}
			close(keys)
			for k := range keys {
				if k != "k" {
					t.Errorf("an attempt had the key %q", k)
				}
			}
		})
	}
}

// TestPosterOutlivesAServer: while nobody listens nothing is sent, so nothing is
// left open.
func TestPosterOutlivesAServer(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	p := &posters{url: server.URL, client: &http.Client{Timeout: time.Second}}
	if _, err := p.attempt(t.Context(), "a", eventName, "k", nil); !errors.Is(err, errNotStored) || len(p.failures) > 0 {
		t.Errorf("%v with the failures %v, want one that was not sent and no failure", err, p.failures)
	}
}

// TestFailuresAreTimed: what F5 holds a program to.
func TestFailuresAreTimed(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusInsufficientStorage)
		if r.Header.Get("Idempotency-Key") == "explained" {
			_, _ = w.Write([]byte(`{"detail":"The disk is full"}`))
		}
	}))
	defer server.Close()
	p := &posters{url: server.URL, client: server.Client()}
	begun := time.Now()
	for _, key := range []string{"explained", "not"} {
		if _, err := p.attempt(t.Context(), "a", eventName, key, nil); err == nil {
			t.Error("no error")
		}
	}
	list := p.failuresSince(begun)
	if len(list) != 2 || list[0].status != 507 || !list[0].explained || list[1].explained || list[0].took <= 0 {
		t.Errorf("%+v, want two failures with 507, the first one explained", list)
	}
	if later := p.failuresSince(time.Now()); len(later) != 0 {
		t.Errorf("%+v since now", later)
	}
}
