package engine

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/synadia-io/orbit.go/jetstreamext"
)

const (
	// PageMessages and PageBytes bound one request for stored messages. NATS replies in
	// one go through the queue of its acknowledgements, so publishers wait for the
	// length of a page.
	PageMessages = 256
	PageBytes    = 1 << 20

	// pendingHeader is how many messages of a batch were still to come when one was
	// sent (ADR-31).
	pendingHeader = "Nats-Num-Pending"
)

var errHole = errors.New("messages were lost on the way")

// Batch reads up to n stored messages of a stream in order (ADR-31), from where the
// options say, and at most PageMessages and PageBytes; none where there is nothing more.
//
// jetstreamext takes a time-out for the end of the batch, so Batch returns ctx's error
// itself; and it compares how many messages are said to follow each, which must fall by
// one. A batch that is cut off at its end goes on with the next one.
func Batch(ctx context.Context, js jetstream.JetStream, stream string, n int, opts ...jetstreamext.GetBatchOpt) (all []*jetstream.RawStreamMsg, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	n = min(n, PageMessages)
	// When it ends, so does the goroutine that jetstreamext has for the context.
	ctx, cancel := context.WithTimeout(ctx, startWait)
	defer cancel()
	messages, err := jetstreamext.GetBatch(ctx, js, stream, n, append(opts, jetstreamext.GetBatchMaxBytes(PageBytes))...)
	if err != nil {
		return nil, err
	}
	before := 0
	for msg, err := range messages {
		if errors.Is(err, jetstreamext.ErrNoMessages) {
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read stored messages: %w", err)
		}
		pending, err := Pending(msg)
		if err != nil {
			return nil, err
		}
		if len(all) > 0 && pending != max(before-1, 0) {
			return nil, fmt.Errorf("%w: %d are to follow sequence %d, before it were %d", errHole, pending, msg.Sequence, before)
		}
		before = pending
		if all = append(all, msg); len(all) == n {
			return all, nil
		}
	}
	return all, ctx.Err()
}

// Pending returns how many messages of what a batch was asked for are stored after one
// of it.
func Pending(msg *jetstream.RawStreamMsg) (int, error) {
	n, err := strconv.Atoi(msg.Header.Get(pendingHeader))
	if err != nil {
		return 0, fmt.Errorf("read how many messages follow: %w", err)
	}
	return n, nil
}

// LeaderStream returns a stream of which GetMsg and GetLastMsgForSubject ask the leader. Where
// direct reads are allowed nats.go otherwise asks any server that has a copy, and what one
// that is behind does not have yet looks like what there never was.
func LeaderStream(ctx context.Context, js jetstream.JetStream, name string) (jetstream.Stream, error) {
	s, err := js.Stream(ctx, name)
	if err == nil {
		s.CachedInfo().Config.AllowDirect = false // of what this s knows of the stream
	}
	return s, err
}
