package web

import (
	"errors"
	"fmt"

	"github.com/gin-gonic/gin"

	"latido/handlers/sse"
	"latido/hub"
	"latido/hub/conflate"
)

// Serve begins a stream, which may go on after the return. A peer that goes away
// or stops reading is no error.
func (k *Kernel) Serve(c *gin.Context, st sse.Stream) error {
	err := k.Streams.Serve(c.Writer, c.Request, st)
	if err != nil && !c.Writer.Written() {
		return fmt.Errorf("serve a stream: %w", err)
	}
	return nil
}

// Later puts off a JSON stream that could not begin for a reason of the server's:
// err, nil for one that could. Pages get the error instead: htmx backs off by itself
// after a 5xx, and would ask again at once after a stream that ends.
func (k *Kernel) Later(c *gin.Context, err error) {
	if err == nil || c.Request.Context().Err() != nil {
		return
	}
	if !errors.Is(err, sse.ErrFull) { // a limit does its work; the counters tell
		k.Logger.Warn("a stream was put off", "route", c.FullPath(), "error", err)
	}
	if err := k.Streams.Later(c.Writer, err); err != nil {
		k.Logger.Debug("the client of a stream has gone", "error", err)
	}
}

// Lease returns the time for which the caller may have a stream; nil for no end.
func (k *Kernel) Lease(c *gin.Context) sse.Lease {
	if l := k.Access.Lease(Principal(c)); l != nil {
		return l
	}
	return nil
}

// ResumeToken reads where a client wants to go on: the header wins over the query's
// field, and what is malformed counts as not given.
func ResumeToken(c *gin.Context, field string) hub.ResumeToken {
	text := c.GetHeader("Last-Event-ID")
	if text == "" {
		text = c.Query(field)
	}
	at, _ := hub.ParseResumeToken(text)
	return at
}

// Conflate makes a conflating reader of a cursor, nil when none is wanted, and
// returns the id at which its stream begins. A client that resumes a conflated stream
// without max_rate gets a conflated one too: only values are still to be sent to it,
// and nothing else may come twice.
func (k *Kernel) Conflate(c *hub.Cursor, wanted bool, classify func(*hub.Event) conflate.Class, back uint64) (*conflate.Conflater, string) {
	if !wanted && back == 0 {
		return nil, c.Position().String()
	}
	m := conflate.New(c, conflate.Options{Classify: classify, Back: back, Conflated: &k.Conflated})
	return m, m.ResumeToken().String()
}

// Frame encodes a message that the hub has checked; it panics on one that is not.
func Frame(m sse.Message) []byte {
	b, err := sse.Append(nil, m)
	if err != nil {
		panic("encode a checked message: " + err.Error())
	}
	return b
}
