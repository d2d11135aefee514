package conn

import (
	"context"
	"net"

	"latido/handlers/sse"
)

// Replay writes head, and then what memory does not keep for a stream, to
// a connection that has been taken away from net/http. It waits for the journal and
// for the client. over reports that the stream has ended meanwhile; otherwise the
// connection stands between two frames and the cursor has no backlog any more.
func (t *Transport) Replay(ctx context.Context, st *sse.Stream, session *sse.Session, c net.Conn, head []byte) (why sse.EndReason, over bool) {
	s := t.stream(st, session, connection{c})
	if session.Revoked() { // orders may be of after that
		session.End(sse.Revoked)
	}
	// What is wrong with the connection shows in the session's end.
	if s.begin(head) == nil {
		_, _ = s.run(ctx, func() bool { return !st.Cursor.Backlog() })
	}
	return session.Ended()
}

// connection is the writer of a connection that has no buffer.
type connection struct{ net.Conn }

func (connection) Flush() error { return nil }
