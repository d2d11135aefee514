package sse

import (
	"sync"
	"time"

	"latido/hub"
	"latido/hub/conflate"
)

// ping is a comment, which every parser skips: it keeps proxies from closing a
// quiet connection and tells the server that a peer is gone.
var ping = []byte(":\n\n")

// LookAt is when the transport calls Next again if nothing happens before.
func (s *Session) LookAt(now time.Duration) time.Duration {
	at := s.pingDue()
	switch {
	case s.blocked:
		at = s.progress + s.server.opt.WriteTimeout
	case s.kind.Heartbeat != nil:
		at = min(at, s.beat)
	}
	if at <= now { // a heartbeat that is still being made
		at = now + lookAgain
	}
	return at
}

// keepAlive returns what is due on a stream that has no event to send. m is its
// conflating reader, nil for none.
func (s *Session) keepAlive(now time.Duration, m *conflate.Conflater) Output {
	if s.kind.Heartbeat != nil && now >= s.beat {
		if frame, ready := s.heartbeat(m); ready {
			s.scheduleHeartbeat(now)
			if len(frame) > 0 {
				return Output{Lead: frame, what: control}
			}
		}
	}
	if now >= s.pingDue() {
		return Output{Lead: ping, what: control}
	}
	return Output{}
}

// share is this stream's part of a spread.
func (s *Session) share(spread time.Duration) time.Duration {
	return spread * time.Duration(s.phase) >> 16
}

func (s *Session) pingDue() time.Duration {
	ping := s.server.opt.Ping
	return s.progress + ping - s.share(ping/pingSpread)
}

// scheduleHeartbeat sets the next heartbeat: a steady one keeps its rhythm.
func (s *Session) scheduleHeartbeat(now time.Duration) {
	if s.kind.HeartbeatIdle {
		s.beat = now + s.kind.HeartbeatEvery + s.share(idleSpread)
		return
	}
	s.beat = max(s.beat+s.kind.HeartbeatEvery, now+lookAgain)
}

func (s *Session) heartbeat(m *conflate.Conflater) (frame []byte, ready bool) {
	defer s.recovered(&frame)
	ready = true // after a panic there is none this time
	frame, ready = s.kind.Heartbeat(s.cursor.Position())
	if m != nil {
		frame = withToken(frame, m.ResumeToken())
	}
	return frame, ready
}

func (s *Session) gap(g hub.Gap) (frame []byte) {
	defer s.recovered(&frame)
	return s.kind.Gap(g)
}

// recovered costs a stream whose Kind panics one frame, and not the process: the
// goroutine may write for thousands of others.
func (s *Session) recovered(frame *[]byte) {
	if v := recover(); v != nil {
		*frame = nil
		s.server.opt.Logger.Error("making a gap or a heartbeat failed, it is left out", "error", v)
	}
}

// SharedHeartbeat returns a Kind.Heartbeat for frames that take time to make, such
// as rendered HTML. render runs in a goroutine of its own, when a stream wants the
// frame and the last one is older than fresh; all streams share the bytes, and
// nobody waits for them. Drain waits for a render that has begun.
func (s *Server) SharedHeartbeat(fresh time.Duration, render func() []byte) func(hub.ID) ([]byte, bool) {
	h := &sharedFrame{}
	return func(hub.ID) ([]byte, bool) {
		h.mu.Lock()
		defer h.mu.Unlock()
		if !h.made.IsZero() && time.Since(h.made) < fresh {
			return h.frame, true
		}
		if !h.making {
			h.making = s.inBackground(func() { h.make(s, render) })
		}
		return nil, false
	}
}

type sharedFrame struct {
	mu     sync.Mutex
	frame  []byte
	made   time.Time
	making bool
}

func (h *sharedFrame) make(s *Server, render func() []byte) {
	var frame []byte
	defer func() {
		if v := recover(); v != nil {
			frame = nil
			s.opt.Logger.Error("rendering a heartbeat failed, it is left out", "error", v)
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		h.frame, h.made, h.making = frame, time.Now(), false
	}()
	frame = render()
}
