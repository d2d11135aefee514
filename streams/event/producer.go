package event

import "time"

// The states of a producer. One is stopped before and after it is supervised,
// retrying while the supervisor waits before it calls the producer again, and
// elsewhere when another node runs it.
const (
	ProducerRunning   = "running"
	ProducerRetrying  = "retrying"
	ProducerStopped   = "stopped"
	ProducerElsewhere = "elsewhere"
)

// Producer is the state of one supervised producer of events.
type Producer struct {
	Name     string
	State    string // one of the states above
	Restarts int    // calls after the first one
	Error    string // the last failure; "" for none
	Since    time.Time
}
