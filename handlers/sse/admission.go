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

// holder is whom a cap counts the streams of: an address or a user.
type holder struct {
	addr netip.Addr
	user int64
}

// tally counts the open streams of a holder.
type tally struct {
	of holder
	n  int
}

// remoteAddr is the client's address; the zero Addr when that is not an IP address.
func remoteAddr(r *http.Request) netip.Addr {
	p, _ := netip.ParseAddrPort(r.RemoteAddr)
	return p.Addr().Unmap()
}

// admit counts a stream in, unless the server drains or a cap is reached.
func (s *Server) admit(addr netip.Addr, st *Stream) (*Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	address, user := holder{addr: addr}, holder{user: st.User}
	switch {
	case s.draining:
		return nil, ErrDraining
	case s.streams >= s.opt.MaxStreams:
		return nil, s.refuse("server", s.opt.MaxStreams)
	case s.full(address, s.opt.MaxPerAddress):
		return nil, s.refuse("address", s.opt.MaxPerAddress)
	case st.User != 0 && s.full(user, s.opt.MaxPerUser):
		return nil, s.refuse("user", s.opt.MaxPerUser)
	}
	n := newSession(s, st)
	n.address = s.count(address)
	if st.User != 0 {
		n.user = s.count(user)
	}
	s.streams++
	s.stats.Opened++
	s.open.Add(1)
	return n, nil
}

func (s *Server) full(h holder, limit int) bool {
	t := s.tallies[h]
	return t != nil && t.n >= limit
}

func (s *Server) refuse(scope string, limit int) error {
	s.stats.Refused++
	return &LimitError{Scope: scope, Limit: limit}
}

// count adds a stream to the tally of its holder.
func (s *Server) count(h holder) *tally {
	t := s.tallies[h]
	if t == nil {
		t = &tally{of: h}
		s.tallies[h] = t
	}
	t.n++
	return t
}

// uncount takes a stream off a tally, which may be nil.
func (s *Server) uncount(t *tally) {
	if t == nil {
		return
	}
	if t.n--; t.n == 0 {
		delete(s.tallies, t.of)
	}
}
