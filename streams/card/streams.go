package card

import (
	"time"

	"latido/hub"
)

// Streams counts the open streams.
var Streams = Type{Name: "streams", New: func(Env) State { return &streams{} }}

// StreamsView counts open streams.
type StreamsView struct {
	At       time.Time
	Total    int
	Users    int
	Channels []ChannelCount // most streams first, at most 8
}

// ChannelCount is the number of open streams of a channel.
type ChannelCount struct {
	Name  string
	Count int
}

type streams struct {
	readOnly
	view StreamsView
}

// Read takes the counts of the moment.
func (s *streams) Read(r *Readings) bool {
	s.view = r.Streams
	s.view.At = r.At
	return true
}

func (s *streams) View() any { return s.view }

// readOnly is the part of a state that folds no events and is drawn whole.
type readOnly struct{}

// Apply has nothing to fold.
func (readOnly) Apply(*hub.Event) bool { return false }

// Change is the whole view.
func (readOnly) Change() any { return nil }

// Full is always so: no event matters.
func (readOnly) Full() bool { return true }

// Filled has nothing to note.
func (readOnly) Filled(bool) {}

// Painted has nothing to note.
func (readOnly) Painted() {}
