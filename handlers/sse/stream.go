package sse

import (
	"net/http"
	"time"

	"latido/hub"
	"latido/hub/conflate"
)

// Stream is one response that stays open.
type Stream struct {
	Cursor   *hub.Cursor // closed when the stream has ended
	Kind     *Kind       // shared by all streams that behave alike
	Preamble []byte      // frames sent with the headers, before everything else
	// Key names what the stream shows; a newer stream of the same key ends the
	// older one. "" for none.
	Key string
	// User is whose cap the stream counts against; 0 for nobody's.
	User int64
	// Lease ends the stream when its client may no longer have it; nil for never.
	Lease Lease
	// Conflated reads the cursor for a client that wants fewer values; nil for the
	// others. Ids are its resume tokens, in heartbeats and gaps too: each frame says
	// what is still to be sent, because the connection may break after any of them.
	Conflated *conflate.Conflater
}

// Lease is the time for which a stream may go on.
type Lease interface {
	// Begin is called once, when the stream begins. end ends the stream. It may be
	// called from any goroutine, and within Begin when the lease is over already.
	Begin(end func())
	// Release is called when the stream has ended, also without Begin.
	Release()
}

// abandon gives back what a stream holds that was not admitted.
func (st *Stream) abandon() {
	st.Cursor.Close()
	if st.Lease != nil {
		st.Lease.Release()
	}
}

// Kind is how a stream behaves. Streams keep a pointer to it, so thousands that
// behave alike cost one. Gap and Heartbeat are called from goroutines that write
// for many streams: they must not wait, and their bytes may be shared.
type Kind struct {
	// Gap makes the frames that tell a gap. A stream without it is ended instead,
	// with a reconnection delay: its client comes back with its last id and its
	// response begins from the start.
	Gap func(hub.Gap) []byte
	// Heartbeat makes a heartbeat; nil for none. The client has been sent everything up
	// to pos, so pos may be the heartbeat's id.
	Heartbeat func(pos hub.ID) []byte
	// HeartbeatEvery is the time without an event after which a heartbeat is sent, up to
	// a second later, so that those of many streams do not fall together; required with
	// Heartbeat.
	HeartbeatEvery time.Duration
	// NoStore keeps browsers from keeping a page that has been left, with its
	// open stream, for the way back: HTTP/1.1 has six connections to a server,
	// and the seventh page would find none. The page must say no-store as well.
	NoStore bool
}

// The header fields of every stream, shared: what is in http.Header is not changed.
// no-transform keeps proxies from compressing, and so from buffering, what must
// leave at once.
var (
	contentType = []string{"text/event-stream"}
	noCache     = []string{"no-cache, no-transform"}
	noStore     = []string{"no-store, no-transform"}
	noBuffer    = []string{"no"}
	closing     = []string{"close"}
)

func (k *Kind) headers(h http.Header) {
	h["Content-Type"] = contentType
	h["Cache-Control"] = noCache
	if k.NoStore {
		h["Cache-Control"] = noStore
	}
	h["X-Accel-Buffering"] = noBuffer
}
