package sse

import (
	"sync"
	"sync/atomic"
	"time"
)

// EndReason says why a stream ended.
type EndReason uint8

// The reasons for which streams end.
const (
	PeerClosed EndReason = iota // the client closed the connection, or it broke
	Stalled                     // the client took nothing for Options.WriteTimeout
	ClientSent                  // the client sent bytes after its request
	TooSlow                     // it fell off the end of a log, and its Kind has no Gap
	Replaced                    // a newer stream of the same key came
	Revoked                     // its Lease ended, or EndAll did
	Drained                     // the server stopped
	Failed                      // a fault of this server
	endReasons
)

// The names are keys of the texts in views/locales.
var reasonNames = [endReasons]string{"peer_closed", "stalled", "client_sent", "too_slow", "replaced", "revoked", "drained", "failed"}

// String is the reason's name in counters and logs.
func (r EndReason) String() string { return reasonNames[r] }

// Stats is a snapshot of a Server's numbers. Counters begin at zero with the process.
type Stats struct {
	Open      int // streams open now
	TakenOver int // those of them that cost no goroutine
	Parked    int // taken-over streams that wait for their client to read

	Opened     uint64 // streams begun
	Deliveries uint64 // frames of events written, or still to be sent to a client that reads slowly
	Bytes      uint64 // written, with heads, heartbeats and pings
	Writes     uint64 // calls that wrote them
	Refused    uint64 // streams refused by a cap
	// Ended counts by EndReason.
	Ended [endReasons]uint64
	// Lag is the longest time, within the last 10 to 20 s, that an event stood in the
	// logs before all taken-over streams had been written to or parked.
	Lag time.Duration
}

// Counters are the numbers that transports report. One that writes many connections
// adds to them once a round, not once a write.
type Counters struct {
	Deliveries, Bytes, Writes atomic.Uint64
	TakenOver, Parked         atomic.Int64 // streams now
	Lag                       recentMax
}

// Counters returns the server's counters, for its transports.
func (s *Server) Counters() *Counters { return &s.counters }

// Stats returns the numbers of this moment.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	st := s.stats
	st.Open = s.streams
	s.mu.Unlock()
	c := &s.counters
	st.TakenOver, st.Parked = int(c.TakenOver.Load()), int(c.Parked.Load())
	st.Deliveries, st.Bytes, st.Writes = c.Deliveries.Load(), c.Bytes.Load(), c.Writes.Load()
	st.Lag = c.Lag.value(time.Now())
	return st
}

// lagWindow is how long a maximum is kept at least.
const lagWindow = 10 * time.Second

// recentMax is the largest value of the last one to two windows.
type recentMax struct {
	mu        sync.Mutex
	now, last time.Duration
	began     time.Time
}

// Add takes a value of a moment.
func (m *recentMax) Add(at time.Time, d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.age(at)
	m.now = max(m.now, d)
}

func (m *recentMax) value(at time.Time) time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.age(at)
	return max(m.now, m.last)
}

func (m *recentMax) age(at time.Time) {
	switch age := at.Sub(m.began); {
	case age >= 2*lagWindow:
		m.now, m.last, m.began = 0, 0, at
	case age >= lagWindow:
		m.now, m.last, m.began = 0, m.now, at
	}
}
