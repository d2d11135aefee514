package card

import "time"

// Streams counts the open streams.
var Streams = Type{Name: "streams", New: reads(func(r *Readings, v *StreamsView) bool {
	*v = r.Streams
	v.At = r.At
	return true
})}

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
