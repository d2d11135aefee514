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

// nobody is the principal of a request without credentials where access is closed.
var nobody = &Principal{Kind: Anyone}

// Identify returns the principal of a request: the Console for one of WithConsole,
// whatever it presents. Otherwise the first credential that is present
// decides, in this order: Authorization: Bearer (an API key or a JWT), a ticket in the
// query, a session cookie. Without one the principal is of Kind Anyone: with every grant
// but Manage where access is open, with none where it is closed.
//
// Errors wrap ErrUnknown when a credential is wrong, expired or revoked; a cookie of such
// a session, however, counts as absent. They wrap kv.ErrUnavailable when looking a ticket up
// fails.
func (d *Directory) Identify(r *http.Request) (*Principal, error) {
	if IsConsole(r) {
		return console(), nil
	}
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

// bearer returns the principal of a key or a token.
func (d *Directory) bearer(text string) (*Principal, error) {
	if !strings.HasPrefix(text, keyPrefix) {
		return d.opt.Issuer.verify(text)
	}
	id, secret, _ := splitKey(text)
	e, used := get(d, d.keys, id), get(d, d.lastUsed, id)
	want := ""
	if e.value != nil {
		want = e.value.Digest
	}
	// Compared even when there is no such key, and in constant time.
	same := subtle.ConstantTimeCompare([]byte(digest(secret)), []byte(want)) == 1
	if !same || expired(e.value.Expires) {
		return nil, ErrUnknown
	}
	if used.value == nil || time.Since(*used.value) > lastUsedPrecision {
		select {
		case d.used <- id:
		default: // a later use is stored
		}
	}
	return e.value.principal(e.revision), nil
}

func (k *APIKey) principal(revision uint64) *Principal {
	return &Principal{
		Kind: Key, Name: k.Name, User: k.User, Grant: k.Grant, Until: k.Expires,
		dependencies: []dependency{{keyRecords + k.ID, revision}},
	}
}

func expired(t time.Time) bool { return !t.IsZero() && !time.Now().Before(t) }

// session returns the principal of a session cookie, nil without a valid one.
func (d *Directory) session(r *http.Request) *Principal {
	cookie, err := r.Cookie(CookieName(r.TLS != nil))
	if err != nil || cookie.Value == "" {
		return nil
	}
	id := digest(cookie.Value)
	d.mu.RLock()
	defer d.mu.RUnlock()
	s := d.sessions[id]
	if s.value == nil || expired(s.value.Expires) {
		return nil
	}
	a := d.people[s.value.Person]
	if a.value == nil || a.value.Sessions != s.value.Count {
		return nil
	}
	return &Principal{
		Kind: Person, Name: a.value.Name, User: a.value.User, Role: a.value.Role, Grant: a.value.Role.grant(a.value.User),
		Until: s.value.Expires, Cookie: true,
		dependencies: []dependency{{sessionRecords + id, s.revision}, {personRecords + a.value.Name, a.revision}},
	}
}

// Link returns the principal of the secret of a share link. Errors wrap ErrUnknown.
func (d *Directory) Link(secret string) (*Principal, error) {
	id := digest(secret)
	e := get(d, d.links, id)
	if e.value == nil || expired(e.value.Expires) {
		return nil, ErrUnknown
	}
	p := &Principal{
		Kind: Link, Name: e.value.Name, User: e.value.User, Until: e.value.Expires, Cards: e.value.Cards,
		dependencies: []dependency{{linkRecords + id, e.revision}},
	}
	return p, nil
}

const (
	// TicketParam is the query parameter of a ticket.
	TicketParam = "ticket"

	// TicketLifetime is how long a ticket can be used, once.
	TicketLifetime = 30 * time.Second

	ticketRecords = "ticket."
)

// ticket is the stored form of a ticket: the principal, and the records it depends on.
type ticket struct {
	Expires      time.Time
	Principal    Principal    `json:"Who"`
	Dependencies []dependency `json:"Of"`
}

// NewTicket returns a text that identifies a principal once, within TicketLifetime, on
// any node. It is for EventSource, which cannot send an Authorization header. Errors
// wrap kv.ErrUnavailable.
func (d *Directory) NewTicket(ctx context.Context, p *Principal) (string, error) {
	t := ticket{Expires: time.Now().Add(TicketLifetime), Principal: *p, Dependencies: p.dependencies}
	t.Principal.Cookie = false
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

// useTicket deletes a ticket and returns its principal. Of several concurrent uses one
// succeeds.
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
		return nil, fmt.Errorf("look up a ticket: %w", err)
	}
	var t ticket
	if err := json.Unmarshal(r.Value, &t); err != nil || expired(t.Expires) || expired(t.Principal.Until) {
		return nil, ErrUnknown
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	if !d.validLocked(t.Dependencies) {
		return nil, ErrUnknown
	}
	t.Principal.dependencies = t.Dependencies
	return &t.Principal, nil
}

// CookieName returns the name of the session cookie. The prefix that it has over TLS makes
// browsers restrict the cookie to this host and to TLS (RFC 6265bis, section 4.1.3).
func CookieName(tls bool) string {
	if tls {
		return "__Host-latido_session"
	}
	return "latido_session"
}
