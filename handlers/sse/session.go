package sse

import (
	"math/rand/v2"
	"time"

	"latido/hub"
)

// Session is the state of one stream: it decides what the client is sent next and
// when to look at the stream again. It does no I/O and has no goroutine and no
// timer. Its transport fills a batch when Reads says so, writes what Next returns,
// reports with Wrote what was taken, and calls Next again at NextAt or when
// something has happened.
//
// All moments are those of Server.Now. A Session belongs to one goroutine at a time. It is small and is embedded by value, because
// there is one per connection.
type Session struct {
	server      *Server
	kind        *Kind
	cursor      *hub.Cursor
	unsent      *[]byte       // end of a frame that the client has in part; nil for most streams
	progress    time.Duration // when the client last took bytes
	heartbeatAt time.Duration // when the next one is due
	address     *tally
	user        *tally // nil for none
	claim       *claim // nil for a stream without key and lease
	generation  uint64 // of the server when the stream was admitted
	phase       uint16 // share of every spread that is this stream's
	state       state
	why         EndReason // once state is not open
	blocked     bool
}

type state uint8

const (
	open   state = iota
	ending       // the client is to be told when to come back, then it is over
	ended
)

// newSession makes the session of a stream that is being admitted; the server's lock
// is held.
func newSession(s *Server, st *Stream) *Session {
	n := &Session{server: s, kind: st.Kind, cursor: st.Cursor, progress: s.Now(), generation: s.generation,
		phase: uint16(leastPhase + rand.N(1<<16-leastPhase))}
	if st.Key != "" || st.Lease != nil {
		n.claim = &claim{key: st.Key, lease: st.Lease}
	}
	n.scheduleHeartbeat(n.progress)
	return n
}

// Output is what a session wants written now: Lead, then Frames, in one call where
// the transport can. The bytes are shared and must not be changed.
type Output struct {
	Lead   []byte
	Frames [][]byte
	// More says that there may be more at once, whatever else happens.
	More bool

	what   outputKind
	events int // in Lead
}

type outputKind uint8

const (
	nothing outputKind = iota
	events
	remainder // what cannot be dropped: the preamble, and the end of a frame
	control   // heartbeats and pings
	farewell
)

// Len is the number of bytes; 0 when there is nothing to write.
func (o *Output) Len() int {
	n := len(o.Lead)
	for _, f := range o.Frames {
		n += len(f)
	}
	return n
}

// Cursor is what the session reads.
func (s *Session) Cursor() *hub.Cursor { return s.cursor }

// Blocked reports whether the client takes no more at the moment. The transport
// calls Writable when that has changed.
func (s *Session) Blocked() bool { return s.blocked }

// Writable notes that the client takes bytes again.
func (s *Session) Writable() { s.blocked = false }

// Ended reports whether the stream is over, and why. Its connection is to be closed.
func (s *Session) Ended() (why EndReason, over bool) { return s.why, s.state == ended }

// End ends the stream after the client has been told when to come back. One that
// takes nothing is not told: the retry field would land inside a frame.
func (s *Session) End(why EndReason) {
	switch {
	case s.state != open:
	case s.blocked:
		s.Abort(why)
	default:
		s.state, s.why = ending, why
	}
}

// Abort ends the stream at once. The first reason holds.
func (s *Session) Abort(why EndReason) {
	if s.state == open {
		s.why = why
	}
	s.state = ended
}

// Preamble is the output that the stream begins with, before anything else.
func (s *Session) Preamble(b []byte) Output { return Output{Lead: b, what: remainder} }

// Reads reports whether the next call of Next uses its batch.
func (s *Session) Reads() bool { return s.state == open && !s.blocked && s.unsent == nil }

// Next returns what to write at now; nothing while the client takes no more. If
// Reads reports true, b has been filled from the cursor since the last Wrote; it
// may be shared with other cursors at the same position. Whatever is returned must
// be followed by Wrote, or by Abort.
func (s *Session) Next(now time.Duration, b *hub.Batch) Output {
	if o, decided := s.first(now); decided {
		return o
	}
	if b.Gap == nil && len(b.Frames) == 0 {
		s.cursor.Pass(b, 0) // past what this stream does not show
		return s.keepAlive(now, nil)
	}
	o := Output{Frames: b.Frames, More: b.Full(), what: events}
	if b.Gap != nil {
		if s.kind.Gap == nil {
			return s.endNow(TooSlow)
		}
		o.Lead = s.gap(*b.Gap)
	}
	return o
}

// first returns what comes before events, and whether that decides what to do.
func (s *Session) first(now time.Duration) (o Output, decided bool) {
	switch {
	case s.state == ended:
	case s.blocked:
		if now-s.progress >= s.server.opt.WriteTimeout {
			s.Abort(Stalled)
		}
	case s.unsent != nil:
		return Output{Lead: *s.unsent, More: true, what: remainder}, true
	case s.state == ending:
		return s.endNow(s.why), true
	default:
		return Output{}, false
	}
	return Output{}, true
}

func (s *Session) endNow(why EndReason) Output {
	s.state, s.why = ending, why
	return Output{Lead: s.server.lastRetry(why), what: farewell}
}

// Wrote notes that the client took the first n bytes of o, which Next made of b
// (nil after NextConflated), and returns how many events that delivers. What was begun counts as delivered:
// its end comes first as soon as the client takes more.
func (s *Session) Wrote(now time.Duration, b *hub.Batch, o *Output, n int) (delivered int) {
	if o.what == nothing {
		return 0
	}
	if n > 0 {
		s.progress = now
	}
	total := o.Len()
	s.blocked = n < total
	switch o.what {
	case events:
		delivered = s.passed(b, o, n, total)
		if n == total {
			s.scheduleHeartbeat(now)
		}
	case remainder:
		s.unsent = nil
		s.keep(o.Lead, n)
	case control:
		if n > 0 { // one that found no room at all has lost its meaning
			s.keep(o.Lead, n)
		}
	}
	if o.what == farewell || s.blocked && s.state == ending {
		s.state, s.blocked = ended, false // its transport has not parked it
	}
	return delivered
}

// keep notes what is left of a frame. Few streams have such a rest, so it costs all
// of them a pointer only.
func (s *Session) keep(frame []byte, taken int) {
	if taken < len(frame) {
		left := frame[taken:]
		s.unsent = &left
	}
}

// passed moves the cursor behind what was taken of a batch.
func (s *Session) passed(b *hub.Batch, o *Output, n, total int) (delivered int) {
	switch {
	case b == nil: // conflated: the reader has moved already
		s.keep(o.Lead, n)
		return o.events
	case n == total:
		s.cursor.Pass(b, len(b.Frames))
		return len(b.Frames)
	case n < len(o.Lead) || n == 0:
		// The gap has moved the cursor already, so the client has still to get all of it.
		s.keep(o.Lead, n)
		s.cursor.Pass(b, 0)
		return 0
	}
	n -= len(o.Lead)
	for n >= len(b.Frames[delivered]) {
		n -= len(b.Frames[delivered])
		delivered++
	}
	if n > 0 {
		s.keep(b.Frames[delivered], n)
		delivered++
	}
	s.cursor.Pass(b, delivered)
	return delivered
}
