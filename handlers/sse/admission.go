package sse

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"time"
)

// ErrFull is wrapped when a stream would exceed a cap; the error is a *LimitError.
var ErrFull = errors.New("too many streams")

// ErrOften is wrapped when streams are opened too often. It wraps ErrFull.
var ErrOften = fmt.Errorf("%w: they are opened too often", ErrFull)

// LimitError says which cap a stream would exceed.
type LimitError struct {
	Scope  string        // "server", "address" or "user"; other packages name what they count by
	Limit  int           // streams
	Within time.Duration // in which Limit may be opened; 0 where Limit may be open
}

func (e *LimitError) Error() string {
	if e.Within > 0 {
		return fmt.Sprintf("%v: %d may be opened within %d s for this %s", ErrFull, e.Limit, e.Within/time.Second, e.Scope)
	}
	return fmt.Sprintf("%v: %d are open for this %s", ErrFull, e.Limit, e.Scope)
}

// Unwrap returns ErrFull, or ErrOften.
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

// remoteAddr is the client's address; the zero Addr when that is not an IP address.
func remoteAddr(r *http.Request) netip.Addr {
	p, _ := netip.ParseAddrPort(r.RemoteAddr)
	return p.Addr().Unmap()
}

// admit counts a stream in, unless the server drains or a cap is reached.
func (s *Server) admit(addr netip.Addr, st Stream) (*Admitted, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := &Admitted{Stream: st, generation: s.generation}
	switch {
	case s.draining:
		return nil, ErrDraining
	case s.streams >= s.opt.MaxStreams:
		return nil, s.refuse("server", s.opt.MaxStreams)
	}
	if a.address = s.byAddr[addr]; a.address != nil && a.address.n >= s.opt.MaxPerAddress {
		return nil, s.refuse("address", s.opt.MaxPerAddress)
	}
	if a.user = s.byUser[st.User]; a.user != nil && a.user.n >= s.opt.MaxPerUser {
		return nil, s.refuse("user", s.opt.MaxPerUser)
	}
	if a.address == nil {
		a.address = &tally{addr: addr}
		s.byAddr[addr] = a.address
	}
	if st.User != 0 && a.user == nil {
		a.user = &tally{user: st.User}
		s.byUser[st.User] = a.user
	}
	a.address.n++
	if a.user != nil {
		a.user.n++
	}
	s.streams++
	s.open.Add(1)
	s.counters.opened.Add(1)
	return a, nil
}

func (s *Server) refuse(scope string, limit int) error {
	s.counters.refused.Add(1)
	return &LimitError{Scope: scope, Limit: limit}
}

// leaveCaps takes a stream off the counts; s.mu is held.
func (s *Server) leaveCaps(a Admission) {
	s.streams--
	if a.address.n--; a.address.n == 0 {
		delete(s.byAddr, a.address.addr)
	}
	if a.user != nil {
		if a.user.n--; a.user.n == 0 {
			delete(s.byUser, a.user.user)
		}
	}
}
