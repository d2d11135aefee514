package sse

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"time"
)

// ErrFull is wrapped when a stream would exceed a limit; the error is a
// *LimitError.
var ErrFull = errors.New("too many streams")

// ErrOften is wrapped when streams are opened too often. It wraps ErrFull.
var ErrOften = fmt.Errorf("%w: they are opened too often", ErrFull)

// LimitError says which limit a stream would exceed.
type LimitError struct {
	Scope  string        // "server", "address" or "user"; of others what they count by
	Limit  int           // streams
	Within time.Duration // in which so many may be opened; 0 where so many may be open
}

func (e *LimitError) Error() string {
	if e.Within > 0 {
		return fmt.Sprintf("%v: %d may be opened within %d s for this %s", ErrFull, e.Limit, e.Within/time.Second, e.Scope)
	}
	return fmt.Sprintf("%v: %d are open for this %s", ErrFull, e.Limit, e.Scope)
}

// Unwrap answers ErrFull, or ErrOften.
func (e *LimitError) Unwrap() error {
	if e.Within > 0 {
		return ErrOften
	}
	return ErrFull
}

// tally counts the open streams of one address or user.
type tally struct {
	n    int
	addr netip.Addr
	user int64
}

// ticket is what an open stream holds of the limits.
type ticket struct{ addr, user *tally }

// remoteAddr is where a request comes from; the zero Addr when that is not an IP
// address.
func remoteAddr(r *http.Request) netip.Addr {
	p, _ := netip.ParseAddrPort(r.RemoteAddr)
	return p.Addr().Unmap()
}

// enter counts a stream in, unless the server drains or a limit is reached.
func (s *Server) enter(addr netip.Addr, user int64) (ticket, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var t ticket
	switch {
	case s.draining:
		return t, ErrDraining
	case s.streams >= s.opt.MaxStreams:
		return t, s.refuse("server", s.opt.MaxStreams)
	}
	if t.addr = s.byAddr[addr]; t.addr != nil && t.addr.n >= s.opt.MaxPerAddress {
		return t, s.refuse("address", s.opt.MaxPerAddress)
	}
	if t.user = s.byUser[user]; t.user != nil && t.user.n >= s.opt.MaxPerUser {
		return t, s.refuse("user", s.opt.MaxPerUser)
	}
	if t.addr == nil {
		t.addr = &tally{addr: addr}
		s.byAddr[addr] = t.addr
	}
	if user != 0 && t.user == nil {
		t.user = &tally{user: user}
		s.byUser[user] = t.user
	}
	t.addr.n++
	if t.user != nil {
		t.user.n++
	}
	s.streams++
	s.open.Add(1)
	s.count.opened.Add(1)
	return t, nil
}

func (s *Server) refuse(scope string, limit int) error {
	s.count.refused.Add(1)
	return &LimitError{Scope: scope, Limit: limit}
}

// leave counts a stream out.
func (s *Server) leave(t ticket, why Reason) {
	s.count.ended[why].Add(1)
	s.mu.Lock()
	s.streams--
	if t.addr.n--; t.addr.n == 0 {
		delete(s.byAddr, t.addr.addr)
	}
	if t.user != nil {
		if t.user.n--; t.user.n == 0 {
			delete(s.byUser, t.user.user)
		}
	}
	s.mu.Unlock()
	s.open.Done()
}
