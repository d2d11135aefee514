package card

import (
	"time"

	"latido/streams/event"
)

// Hub shows the numbers of this process in detail.
var Hub = Type{Name: "hub", Shareable: true, New: reads(func(r *Readings, v *HubView) bool {
	if r.Hub == nil {
		return false
	}
	*v = *r.Hub
	v.At = r.At
	return true
})}

// HubView is the hub's own numbers, those of its streams and of its producers.
type HubView struct {
	At           time.Time
	Epoch        string
	First, Last  uint64 // stored sequences
	StoredBytes  uint64
	Topics       int
	MemoryEvents int // events kept ready in memory
	MemoryBytes  int64
	Goroutines   int
	HeapBytes    uint64
	Uptime       time.Duration
	Version      string
	Producers    []event.Producer
	Traffic      Traffic
	Nodes        []Node // this one first; none for a process on its own
}

// Node is one process of several that share their events.
type Node struct {
	Name      string
	Own       bool // the one that serves the page
	Streams   int  // open
	Users     int
	Published uint64 // events, since it was started
	Delivered uint64
	Uptime    time.Duration
	Version   string
}

// Traffic is what goes in and out of this process. Counters begin at zero with
// it.
type Traffic struct {
	Open      int // streams
	TakenOver int // those of them that cost no goroutine
	Parked    int // those of them that wait for a client that reads slowly
	Opened    uint64
	Refused   uint64  // streams that a cap forbade
	Ended     []Ended // every reason, also those that never happened

	Rated     bool   // the rates below are known
	Denied    uint64 // POST requests that a rate or quota forbade
	Published Counter
	Read      Counter // events read from the journal
	Delivered Counter // events written to streams
	Bytes     Counter
	Writes    Counter
	Gaps      uint64        // gaps reported to streams
	Conflated uint64        // events that streams with max_rate were not sent, for a newer value
	Lag       time.Duration // longest recent wait of an event for the writers; 0 for none
}

// Counter is a number that grows.
type Counter struct {
	Total     uint64
	PerSecond float64 // over the last seconds
}

// Ended counts the streams that ended for a reason.
type Ended struct {
	Reason string
	Count  uint64
}
