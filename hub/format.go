package hub

import (
	"fmt"
	"sync/atomic"
)

// Format is one representation of events on the wire, such as JSON or HTML in
// one language. An event is encoded at most once per format, at the first
// subscriber that needs it, and the bytes are shared by all of them.
type Format struct {
	name    string
	encode  func(*Event) []byte
	encoded atomic.Uint64
}

// NewFormat makes a format. encode returns the event's complete frame, or nil
// when the format does not show such events; it may be called from any
// goroutine, but not twice for one event.
func NewFormat(name string, encode func(*Event) []byte) *Format {
	return &Format{name: name, encode: encode}
}

// Encoded counts the events encoded so far. With N subscribers it grows by one
// an event, not by N.
func (f *Format) Encoded() uint64 { return f.encoded.Load() }

// make encodes an event, and returns a panic of the encoder as an error.
func (f *Format) make(e *Event) (b []byte, fault error) {
	defer func() {
		if v := recover(); v != nil {
			b, fault = nil, fmt.Errorf("panic: %v", v)
		}
	}()
	f.encoded.Add(1)
	return f.encode(e), nil
}
