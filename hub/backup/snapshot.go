package backup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"latido/hub/journal"
	"latido/hub/journal/engine"

	"github.com/klauspost/compress/s2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats-server/v2/server/archive"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/synadia-io/orbit.go/jetstreamext"
)

// A snapshot is in the form in which the engine writes its own and restores them:
// S2 around an archive of the stream's state, the messages in their order, and an
// empty entry that is its end. It is written here all the same, see Write.

// writeSnapshot writes what is stored from state's first to its last sequence.
func writeSnapshot(ctx context.Context, js jetstream.JetStream, state server.StreamState, w io.Writer) error {
	// One block after the other: publishers need the other processors.
	packed := s2.NewWriter(w, s2.WriterConcurrency(1))
	out := archive.NewWriter(packed)
	put := func(head archive.Header, parts ...[]byte) error {
		err := out.WriteHeader(&head)
		for _, part := range parts {
			if err == nil {
				_, err = out.Write(part)
			}
		}
		return err
	}
	text, err := json.Marshal(state)
	if err == nil {
		err = put(archive.Header{Name: stateEntry, Timestamp: time.Now().UnixNano(), PayloadSize: int64(len(text))}, text)
	}
	if err == nil {
		err = scan(ctx, js, max(state.FirstSeq, 1), state.LastSeq, func(s *jetstream.RawStreamMsg) error {
			header := encodeHeader(s.Header)
			return put(archive.Header{
				Name: s.Subject, Sequence: s.Sequence, Timestamp: s.Time.UnixNano(),
				HeaderSize: int64(len(header)), PayloadSize: int64(len(s.Data)),
			}, header, s.Data)
		})
	}
	if err == nil {
		err = put(archive.Header{})
	}
	return errors.Join(err, packed.Close())
}

// stateEntry is the name of a snapshot's first entry.
const stateEntry = "state.json"

// scan visits every stored message from one sequence to another, in order, and passes
// over what is gone. It asks for a page when it has visited the one before, so visit
// may take its time.
func scan(ctx context.Context, js jetstream.JetStream, from, to uint64, visit func(*jetstream.RawStreamMsg) error) error {
	for from <= to {
		var page []*jetstream.RawStreamMsg
		last, err := readPage(ctx, js, from, &page)
		if err != nil {
			return fmt.Errorf("read stored events: %w", err)
		}
		if last < from {
			return nil // nothing is stored from there on
		}
		for _, msg := range page {
			if msg.Sequence > to {
				break
			}
			for _, own := range directGetHeaders {
				delete(msg.Header, own)
			}
			if err := visit(msg); err != nil {
				return err
			}
		}
		from = last + 1
	}
	return nil
}

func readPage(ctx context.Context, js jetstream.JetStream, from uint64, page *[]*jetstream.RawStreamMsg) (last uint64, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, answerWait, errSilent)
	defer cancel()
	last, err = engine.Batch(ctx, js, journal.StreamName, engine.PageMessages, func(msg *jetstream.RawStreamMsg) error {
		*page = append(*page, msg)
		return nil
	}, jetstreamext.GetBatchSeq(from), jetstreamext.GetBatchSubject(journal.AllSubjects))
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return last, err
}

// answerWait is how long NATS may take to reply to a request of a backup or a restore.
const answerWait = 30 * time.Second

var errSilent = errors.New("the engine has fallen silent")

// directGetHeaders are those that a direct get adds (ADR-31).
var directGetHeaders = []string{
	jetstream.StreamHeader, jetstream.SubjectHeader, jetstream.SequenceHeader, jetstream.TimeStampHeaer,
	"Nats-Num-Pending", "Nats-Last-Sequence",
}

// encodeHeader is a message's headers as they are stored; nothing when there are
// none.
func encodeHeader(h nats.Header) []byte {
	if len(h) == 0 {
		return nil
	}
	text := []byte("NATS/1.0\r\n")
	for _, key := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[key] {
			text = fmt.Appendf(text, "%s: %s\r\n", key, value)
		}
	}
	return append(text, "\r\n"...)
}

// restoreChunk is how much of a snapshot the engine is sent at once, in bytes.
const restoreChunk = 128 << 10

// putSnapshot makes the stream that config describes out of a snapshot, in the
// engine's own protocol. NATS' library for it, jsm.go, would bring fourteen
// modules, and wants folders or whole buffers.
func putSnapshot(ctx context.Context, conn *nats.Conn, config jetstream.StreamConfig, state server.StreamState, in io.Reader) (err error) {
	var place struct {
		apiReply
		Subject string `json:"deliver_subject"`
	}
	request := map[string]any{"config": config, "state": state}
	if err := ask(ctx, conn, "$JS.API.STREAM.RESTORE."+journal.StreamName, request, &place); err != nil {
		return fmt.Errorf("ask to restore: %w", err)
	}
	defer func() {
		if err != nil {
			// A chunk without a reply subject is a fault to NATS. It ends at once then,
			// where it would wait 5 s for what does not come.
			_ = conn.Publish(place.Subject, nil)
			_ = conn.FlushTimeout(time.Second)
		}
	}()
	buf := make([]byte, restoreChunk)
	for {
		n, err := io.ReadFull(in, buf)
		if n > 0 {
			if err := sendChunk(ctx, conn, place.Subject, buf[:n]); err != nil {
				return fmt.Errorf("restore events: %w", err)
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break // in has said io.EOF: the file was whole
		}
		if err != nil {
			return err
		}
	}
	return sendChunk(ctx, conn, place.Subject, nil) // replies when all is restored
}

// sendChunk waits for the engine to take a chunk.
func sendChunk(ctx context.Context, conn *nats.Conn, subject string, chunk []byte) error {
	ctx, cancel := context.WithTimeoutCause(ctx, answerWait, errSilent)
	defer cancel()
	msg, err := conn.RequestWithContext(ctx, subject, chunk)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil || len(msg.Data) == 0 {
		return err
	}
	var reply apiReply
	if err := json.Unmarshal(msg.Data, &reply); err != nil {
		return fmt.Errorf("read the engine's reply: %w", err)
	}
	return reply.err()
}

// apiReply is what every reply of the API begins with.
type apiReply struct {
	Error *struct {
		Description string `json:"description"`
	} `json:"error"`
}

func (a apiReply) err() error {
	if a.Error == nil {
		return nil
	}
	return fmt.Errorf("the engine refuses: %s", a.Error.Description)
}

// ask makes a request of the engine's API.
func ask(ctx context.Context, conn *nats.Conn, subject string, request any, reply interface{ err() error }) error {
	text, err := json.Marshal(request)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, answerWait, errSilent)
	defer cancel()
	msg, err := conn.RequestWithContext(ctx, subject, text)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal(msg.Data, reply); err != nil {
		return fmt.Errorf("read the engine's reply: %w", err)
	}
	return reply.err()
}
