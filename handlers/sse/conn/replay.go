package conn

import (
	"context"
	"net"

	"latido/handlers/sse"
)

// Replay writes head, and then what memory does not keep for an admitted stream, to
// a connection that has been taken away from net/http. It waits for the journal and
// for the client. over reports that the stream has ended meanwhile; otherwise the
// connection stands between two frames and the cursor has no backlog any more.
func (t *Transport) Replay(ctx context.Context, a *sse.Admitted, c net.Conn, head []byte) (why sse.EndReason, over bool) {
	s := newStream(t.server, &a.Stream, connection{c})
	s.orders = t.orders()
	if t.server.Revoked(a) { // orders may be of after that
		s.session.End(sse.Revoked)
	}
	// What is wrong with the connection shows in the session's end.
	if s.begin(head) == nil {
		_, _ = s.runUntil(ctx, func() bool { return !a.Cursor.Backlog() })
	}
	return s.session.Ended()
}

// connection is the writer of a connection that has no buffer.
type connection struct{ net.Conn }

func (connection) Flush() error { return nil }
