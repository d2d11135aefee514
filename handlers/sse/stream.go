package sse

import (
	"net/http"
	"time"

	"latido/hub"
)

// Stream is one response that stays open.
type Stream struct {
	Cursor *hub.Cursor // closed when the stream has ended
	Kind   *Kind       // shared by all streams that behave alike
	Hello  []byte      // frames sent with the headers, before everything else
	// Key names what the stream shows; a newer stream of the same key ends the
	// older one. "" for none.
	Key string
	// User is whose limit the stream counts against; 0 for nobody's.
	User int64
	// Lease ends the stream when whoever opened it may no longer have it; nil for
	// never.
	Lease Lease
	// Limited reads the cursor for a client that wants fewer values; nil for the
	// others. Such a stream goes the ordinary way, because it has events and times of
	// its own. Its ids are places, in heartbeats and gaps too.
	Limited *hub.Limited
}

// Lease is the time for which a stream may go on.
type Lease interface {
	// Begin is called once, when the stream begins: end ends it, at once when the
	// lease is over already, and may be called from any goroutine.
	Begin(end func())
	// Release is called when the stream has ended, also without Begin.
	Release()
}

// abandon gives back what a stream holds that has not begun.
func (st *Stream) abandon() {
	st.Cursor.Close()
	if st.Lease != nil {
		st.Lease.Release()
	}
}

// Kind is how a stream behaves. Streams keep a pointer to it, so thousands that
// behave alike cost one.
type Kind struct {
	// Gap makes the frames that tell a hole. A stream without it is ended instead,
	// with a reconnection delay: its client comes back with its last id and is
	// answered anew.
	Gap func(hub.Gap) []byte
	// Beat makes the heartbeat. pos is a position up to which the client has
	// been sent everything, so it may ride as the heartbeat's id. It is called by
	// who writes for many: it must not wait, and the bytes may be shared.
	Beat func(pos hub.ID) []byte
	// BeatEvery is the time between heartbeats; required when Beat is set.
	BeatEvery time.Duration
	// BeatIdle sends heartbeats only after BeatEvery without an event, and up to
	// a second later, so that those of many streams do not fall together.
	BeatIdle bool
	// NoStore keeps browsers from keeping a page that has been left, with its
	// open stream, for the way back: HTTP/1.1 has six connections to a server,
	// and the seventh page would find none. The page must say no-store as well.
	NoStore bool
}

// The header fields of every stream, shared: what is in http.Header is only
// read. no-transform keeps proxies from compressing, and so from buffering, what
// must leave at once.
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
