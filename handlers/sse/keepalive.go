package sse

import (
	"bytes"
	"time"

	"latido/hub"
	"latido/hub/conflate"
)

// ping is a comment, which every parser skips: it keeps proxies from closing a
// quiet connection and shows the server that a peer is gone.
var ping = []byte(":\n\n")

const (
	// pingSpread is the share of Options.Ping by which streams differ, so that the
	// pings after an event for all do not fall together: a third.
	pingSpread = 3
	// heartbeatSpread is by how much heartbeats differ, for the same reason.
	heartbeatSpread = time.Second
	// leastPhase keeps a ping ahead of its time by a 48th of Options.Ping: transports
	// are a little late.
	leastPhase = 1 << 12
)

// NextAt is when the transport calls Next again if nothing happens before.
func (s *Session) NextAt() time.Duration {
	switch {
	case s.blocked:
		return s.progress + s.server.opt.WriteTimeout
	case s.kind.Heartbeat != nil:
		return min(s.pingAt(), s.heartbeatAt)
	}
	return s.pingAt()
}

// keepAlive returns what is due on a stream that has no event to send. m is its
// conflating reader, nil for none.
func (s *Session) keepAlive(now time.Duration, m *conflate.Conflater) Output {
	if s.kind.Heartbeat != nil && now >= s.heartbeatAt {
		s.scheduleHeartbeat(now)
		if frame := s.heartbeat(m); len(frame) > 0 {
			return Output{Lead: frame, what: control}
		}
	}
	if now >= s.pingAt() {
		return Output{Lead: ping, what: control}
	}
	return Output{}
}

// share is this stream's part of a spread.
func (s *Session) share(spread time.Duration) time.Duration {
	return spread * time.Duration(s.phase) >> 16
}

func (s *Session) pingAt() time.Duration {
	ping := s.server.opt.Ping
	return s.progress + ping - s.share(ping/pingSpread)
}

func (s *Session) scheduleHeartbeat(now time.Duration) {
	s.heartbeatAt = now + s.kind.HeartbeatEvery + s.share(heartbeatSpread)
}

func (s *Session) heartbeat(m *conflate.Conflater) (frame []byte) {
	defer s.recovered(&frame)
	frame = s.kind.Heartbeat(s.cursor.Position())
	if m != nil && bytes.HasPrefix(frame, idField) {
		frame = appendWithToken(nil, frame, m.ResumeToken())
	}
	return frame
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
