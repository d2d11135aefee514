package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/klauspost/compress/s2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats-server/v2/server/archive"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// A snapshot is in the form in which the engine writes its own and restores them:
// S2 around an archive of the stream's state, the messages in their order, and an
// empty entry that is its end. It is written here all the same, see Backup.

// writeSnapshot writes what is stored from state's first to its last sequence.
func writeSnapshot(ctx context.Context, conn *nats.Conn, state server.StreamState, w io.Writer) error {
	// One block after the other: whoever publishes needs the other processors.
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
		err = scan(ctx, conn, max(state.FirstSeq, 1), state.LastSeq, func(s stored) error {
			header := encodeHeader(s.header)
			return put(archive.Header{
				Name: s.subject, Sequence: s.seq, Timestamp: s.at.UnixNano(),
				HeaderSize: int64(len(header)), PayloadSize: int64(len(s.data)),
			}, header, s.data)
		})
	}
	if err == nil {
		err = put(archive.Header{})
	}
	return errors.Join(err, packed.Close())
}

// stateEntry is the name of a snapshot's first entry.
const stateEntry = "state.json"

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
		apiAnswer
		Subject string `json:"deliver_subject"`
	}
	request := map[string]any{"config": config, "state": state}
	if err := ask(ctx, conn, "$JS.API.STREAM.RESTORE."+streamName, request, &place); err != nil {
		return fmt.Errorf("ask to restore: %w", err)
	}
	defer func() {
		if err != nil {
			// A chunk that wants no answer is a fault to the engine. It ends at once
			// then, where it would wait 5 s for what does not come.
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
	return sendChunk(ctx, conn, place.Subject, nil) // answers when all is restored
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
	var answer apiAnswer
	if err := json.Unmarshal(msg.Data, &answer); err != nil {
		return fmt.Errorf("read the engine's answer: %w", err)
	}
	return answer.err()
}

// apiAnswer is what every answer of the engine begins with.
type apiAnswer struct {
	Error *struct {
		Description string `json:"description"`
	} `json:"error"`
}

func (a apiAnswer) err() error {
	if a.Error == nil {
		return nil
	}
	return fmt.Errorf("the engine refuses: %s", a.Error.Description)
}

// ask makes a request of the engine's API.
func ask(ctx context.Context, conn *nats.Conn, subject string, request any, answer interface{ err() error }) error {
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
	if err := json.Unmarshal(msg.Data, answer); err != nil {
		return fmt.Errorf("read the engine's answer: %w", err)
	}
	return answer.err()
}
