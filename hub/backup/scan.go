package journal

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// stored is a message as the stream keeps it.
type stored struct {
	seq     uint64
	at      time.Time
	subject string
	header  nats.Header
	data    []byte
}

// scan visits every stored message from one sequence to another, in order, and
// passes over what is gone. It asks for a page when it has visited the one
// before, so visit may take its time, and nothing waits for it but ctx.
func scan(ctx context.Context, conn *nats.Conn, from, to uint64, visit func(stored) error) error {
	inbox, err := conn.SubscribeSync(conn.NewInbox())
	if err != nil {
		return err
	}
	// A connection that is closed has no subscription left to end.
	defer func() { _ = inbox.Unsubscribe() }()
	for from <= to {
		request, err := json.Marshal(directGet{Seq: from, Subject: anyPrefix + ">", Batch: pageEvents, MaxBytes: pageBytes})
		if err != nil {
			return err
		}
		if err := conn.PublishRequest("$JS.API.DIRECT.GET."+streamName, inbox.Subject, request); err != nil {
			return err
		}
		last, err := visitPage(ctx, inbox, to, visit)
		if err != nil {
			return err
		}
		if last < from {
			return nil // nothing is stored from there on
		}
		from = last + 1
	}
	return nil
}

// visitPage answers the last sequence of the page; 0 for an empty one.
func visitPage(ctx context.Context, inbox *nats.Subscription, to uint64, visit func(stored) error) (last uint64, err error) {
	for {
		msg, err := nextAnswer(ctx, inbox)
		if err != nil {
			return 0, fmt.Errorf("wait for stored events: %w", err)
		}
		switch status := msg.Header.Get("Status"); status {
		case "":
		case "204", "404": // end of the page, nothing found
			return last, nil
		default:
			return 0, fmt.Errorf("the engine answers %s %s", status, msg.Header.Get("Description"))
		}
		s, err := storedIn(msg)
		if err != nil {
			return 0, err
		}
		if last = s.seq; s.seq > to {
			continue
		}
		if err := visit(s); err != nil {
			return 0, err
		}
	}
}

// answerWait is how long the engine may take to answer a backup or a restore.
const answerWait = 30 * time.Second

func nextAnswer(ctx context.Context, inbox *nats.Subscription) (*nats.Msg, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, answerWait, errSilent)
	defer cancel()
	msg, err := inbox.NextMsgWithContext(ctx)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return msg, err
}

// storedIn takes a message out of the answer to a direct get, whose own headers
// stand beside those that are stored.
func storedIn(msg *nats.Msg) (s stored, err error) {
	s = stored{subject: msg.Header.Get(jetstream.SubjectHeader), header: msg.Header, data: msg.Data}
	if s.seq, err = strconv.ParseUint(msg.Header.Get(jetstream.SequenceHeader), 10, 64); err != nil {
		return s, fmt.Errorf("read a stored event's sequence: %w", err)
	}
	if s.at, err = time.Parse(time.RFC3339Nano, msg.Header.Get(jetstream.TimeStampHeaer)); err != nil {
		return s, fmt.Errorf("read a stored event's time: %w", err)
	}
	for _, own := range directGetHeaders {
		delete(s.header, own)
	}
	return s, nil
}

// directGetHeaders are those that a direct get adds (ADR-31).
var directGetHeaders = []string{
	jetstream.StreamHeader, jetstream.SubjectHeader, jetstream.SequenceHeader, jetstream.TimeStampHeaer,
	"Nats-Num-Pending", "Nats-Last-Sequence",
}
