package access

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"latido/hub/kv"
)

// Nobody may do nothing that needs a grant.
var nobody = &Principal{Kind: Anyone}

// Identify answers who makes a request. What it shows counts in this order, and
// the first that is there decides: Authorization: Bearer (an API key or a JWT), a
// ticket in the query, the session's cookie. Who shows nothing is anyone: with
// every grant but Manage where access is open, with none where it is closed.
//
// Errors wrap ErrUnknown when what is shown is wrong, over or revoked, except that
// a cookie of a session that is over counts as nothing shown; and kv.ErrUnavailable
// when a ticket cannot be looked up.
func (d *Directory) Identify(r *http.Request) (*Principal, error) {
	if values := r.Header["Authorization"]; len(values) > 0 {
		scheme, text, _ := strings.Cut(values[0], " ")
		if len(values) > 1 || !strings.EqualFold(scheme, "Bearer") {
			return nil, fmt.Errorf("%w: Authorization is not Bearer and one key or token", ErrUnknown)
		}
		return d.bearer(strings.TrimSpace(text))
	}
	if text := r.URL.Query().Get(TicketParam); text != "" {
		return d.useTicket(r.Context(), text)
	}
	if p := d.session(r); p != nil {
		return p, nil
	}
	if d.IsOpen() {
		return &Principal{Kind: Anyone, Grant: everything}, nil
	}
	return nobody, nil
}

// bearer is who a key or a token makes known.
func (d *Directory) bearer(text string) (*Principal, error) {
	if !strings.HasPrefix(text, keyPrefix) {
		return d.opt.Issuer.verify(text)
	}
	id, secret, _ := splitKey(text)
	d.mu.RLock()
	e := d.keys[id]
	used := d.lastUsed[id]
	d.mu.RUnlock()
	want := ""
	if e.value != nil {
		want = e.value.Digest
	}
	// Compared also when there is no such key, and without telling where they differ.
	same := subtle.ConstantTimeCompare([]byte(digest(secret)), []byte(want)) == 1
	if !same || over(e.value.Expires) {
		return nil, ErrUnknown
	}
	if used.value == nil || time.Since(*used.value) > lastUsedPrecision {
		select {
		case d.used <- id:
		default: // it is noted the next time
		}
	}
	return e.value.principal(e.revision), nil
}

func (k *APIKey) principal(revision uint64) *Principal {
	return &Principal{
		Kind: Key, Name: k.Name, User: k.User, Grant: k.Grant, Until: k.Expires,
		carriers: []carrier{{keyRecords + k.ID, revision}},
	}
}

func over(t time.Time) bool { return !t.IsZero() && !time.Now().Before(t) }

// session is who the cookie makes known, nil for nobody.
func (d *Directory) session(r *http.Request) *Principal {
	cookie, err := r.Cookie(CookieName(r.TLS != nil))
	if err != nil || cookie.Value == "" {
		return nil
	}
	id := digest(cookie.Value)
	d.mu.RLock()
	defer d.mu.RUnlock()
	s := d.sessions[id]
	if s.value == nil || over(s.value.Expires) {
		return nil
	}
	a := d.people[s.value.Person]
	if a.value == nil || a.value.Sessions != s.value.Count {
		return nil
	}
	return &Principal{
		Kind: Person, Name: a.value.Name, User: a.value.User, Role: a.value.Role, Grant: a.value.Role.grant(a.value.User),
		Until: s.value.Expires, Cookie: true,
		carriers: []carrier{{sessionRecords + id, s.revision}, {personRecords + a.value.Name, a.revision}},
	}
}

// Link is who a share link's secret makes known. Errors wrap ErrUnknown.
func (d *Directory) Link(secret string) (*Principal, error) {
	id := digest(secret)
	d.mu.RLock()
	e := d.links[id]
	d.mu.RUnlock()
	if e.value == nil || over(e.value.Expires) {
		return nil, ErrUnknown
	}
	p := &Principal{
		Kind: Link, Name: e.value.Name, User: e.value.User, Until: e.value.Expires, Cards: e.value.Cards,
		carriers: []carrier{{linkRecords + id, e.revision}},
	}
	return p, nil
}

const (
	// TicketParam is the query's parameter that carries a ticket.
	TicketParam = "ticket"

	// TicketAge is how long a ticket can be used, once.
	TicketAge = 30 * time.Second

	ticketRecords = "ticket."
)

// ticket is what is stored for one: enough to make the same principal again, if
// what carries it still holds then.
type ticket struct {
	Expires time.Time
	Who     Principal
	Of      []storedCarrier
}

type storedCarrier struct {
	Name     string
	Revision uint64
}

// NewTicket answers a text that makes known the same principal once, within
// TicketAge, on any node: for EventSource, which sends no headers of a program's
// choice. Errors wrap kv.ErrUnavailable.
func (d *Directory) NewTicket(ctx context.Context, p *Principal) (string, error) {
	t := ticket{Expires: time.Now().Add(TicketAge), Who: *p}
	t.Who.Cookie = false
	for _, c := range p.carriers {
		t.Of = append(t.Of, storedCarrier{c.name, c.revision})
	}
	text, err := json.Marshal(t)
	if err != nil {
		return "", err
	}
	secret := newSecret()
	if _, err := d.opt.Tickets.Put(ctx, ticketRecords+digest(secret), text, 0); err != nil {
		return "", fmt.Errorf("store a ticket: %w", err)
	}
	return secret, nil
}

// useTicket takes a ticket. Of several who use one at once, one succeeds.
func (d *Directory) useTicket(ctx context.Context, secret string) (*Principal, error) {
	name := ticketRecords + digest(secret)
	r, err := d.opt.Tickets.Get(ctx, name)
	if err == nil {
		err = d.opt.Tickets.Delete(ctx, name, r.Revision)
	}
	if errors.Is(err, kv.ErrNotFound) || errors.Is(err, kv.ErrConflict) {
		return nil, ErrUnknown
	}
	if err != nil {
		return nil, fmt.Errorf("look a ticket up: %w", err)
	}
	var t ticket
	if err := json.Unmarshal(r.Value, &t); err != nil || over(t.Expires) || over(t.Who.Until) {
		return nil, ErrUnknown
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	for _, c := range t.Of {
		if d.revisionLocked(c.Name) != c.Revision {
			return nil, ErrUnknown
		}
		t.Who.carriers = append(t.Who.carriers, carrier{c.Name, c.Revision})
	}
	return &t.Who, nil
}

// CookieName is the name of the session's cookie. Over TLS its name makes browsers
// hold it to this host and to TLS (RFC 6265bis, section 4.1.3).
func CookieName(tls bool) string {
	if tls {
		return "__Host-latido_session"
	}
	return "latido_session"
}
