package handlers_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"latido/hub"
)

// TestStoreThatTakesNothing: the page says why nothing can be stored, POSTs say
// what to do about it, streams and pages go on, and it passes by itself.
func TestStoreThatTakesNothing(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		status int
		detail string
		says   string
	}{
		"full": {hub.ErrFull, 507, "no room left on its disk", "disk is full"},
		"away": {errors.New("the disk is broken"), 503, "try again", "cannot store anything new"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			shows := func(banner bool) {
				t.Helper()
				deadline := time.Now().Add(20 * time.Second)
				for tick := time.NewTicker(50 * time.Millisecond); ; <-tick.C {
					page := r.do("GET", "/", "", "Accept-Language", "en").body
					if strings.Contains(page, c.says) == banner {
						return
					}
					if time.Now().After(deadline) {
						t.Fatalf("the page shows the banner: %t, want %t", !banner, banner)
					}
				}
			}
			shows(false)
			s := r.open("/sse/events?channel=a")
			s.next() // connected
			r.journal.FailAppend(c.err)
			shows(true)
			a := r.do("POST", "/sse/broadcast/a", `{}`, "Content-Type", "application/json")
			if a.status != c.status || !strings.Contains(a.body, c.detail) || a.header.Get("Retry-After") == "" {
				t.Errorf("a POST gets %d %s, Retry-After %q", a.status, a.body, a.header.Get("Retry-After"))
			}
			if ready := r.do("GET", "/readyz", ""); ready.status != 503 {
				t.Errorf("readyz is %d", ready.status)
			}
			r.journal.FailAppend(nil)
			shows(false)
			r.post("/sse/broadcast/a", `{"back":true}`)
			if e := s.next(); !strings.Contains(e.Data, `"back":true`) {
				t.Errorf("the stream that was open goes on with %+v", e)
			}
		})
	}
}
