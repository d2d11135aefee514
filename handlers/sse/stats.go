package sse

import (
	"sync"
	"sync/atomic"
	"time"
)

// Reason says why a stream ended.
type Reason int

// The reasons for which streams end.
const (
	Gone     Reason = iota // the client closed the connection, or it broke
	Stalled                // the client took nothing for Options.WriteTimeout
	Spoke                  // the client sent bytes after its request
	Behind                 // it fell off the end of a log, and had no way to be told
	Replaced               // a newer stream of the same key came
	Revoked                // its Lease ended, or EndAll did
	Drained                // the server stopped
	Failed                 // a fault of this server
	reasons
)

var reasonNames = [reasons]string{"gone", "stalled", "spoke", "behind", "replaced", "revoked", "drained", "failed"}

// String is the reason's name in counters and logs.
func (r Reason) String() string { return reasonNames[r] }

// Reasons lists all reasons, for who shows the counters.
func Reasons() []Reason {
	return []Reason{Gone, Stalled, Spoke, Behind, Replaced, Revoked, Drained, Failed}
}

// Stats is a snapshot of a Server's numbers; taking it costs a few dozen
// nanoseconds. Counters begin at zero with the process.
type Stats struct {
	Open      int // streams open now
	TakenOver int // those of them that cost no goroutine
	Parked    int // taken-over streams that wait for their client to read

	Opened     uint64 // streams begun
	Deliveries uint64 // frames of events written, or owed to a client that reads slowly
	Bytes      uint64 // written, with heads, heartbeats and pings
	Writes     uint64 // calls that wrote them
	Refused    uint64 // streams refused by a limit
	// Ended counts by Reason.
	Ended [reasons]uint64
	// Lag is the longest time, within the last 10 to 20 s, that an event stood in the
	// logs before all taken-over streams had been written to or parked.
	Lag time.Duration
}

// counters are the numbers that grow. Writers of many connections add to them
// once a round, not once a write.
type counters struct {
	opened, deliveries, bytes, writes, refused atomic.Uint64
	ended                                      [reasons]atomic.Uint64
	takenOver, parked                          atomic.Int64
	lag                                        recentMax
}

// Stats answers the numbers of this moment.
func (s *Server) Stats() Stats {
	c := &s.count
	st := Stats{
		TakenOver: int(c.takenOver.Load()), Parked: int(c.parked.Load()), Opened: c.opened.Load(),
		Deliveries: c.deliveries.Load(), Bytes: c.bytes.Load(), Writes: c.writes.Load(), Refused: c.refused.Load(),
		Lag: c.lag.value(time.Now()),
	}
	for r := range c.ended {
		st.Ended[r] = c.ended[r].Load()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	st.Open = s.streams
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

func (m *recentMax) add(at time.Time, d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.turn(at)
	m.now = max(m.now, d)
}

func (m *recentMax) value(at time.Time) time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.turn(at)
	return max(m.now, m.last)
}

func (m *recentMax) turn(at time.Time) {
	switch age := at.Sub(m.began); {
	case age >= 2*lagWindow:
		m.now, m.last, m.began = 0, 0, at
	case age >= lagWindow:
		m.now, m.last, m.began = 0, m.now, at
	}
}
