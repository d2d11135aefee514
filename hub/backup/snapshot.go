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
	"github.com/nats-io/nats-server/v2/server/archive"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/synadia-io/orbit.go/jetstreamext"
)

// A snapshot is in the form in which the engine writes its own and restores them:
// S2 around an archive of the stream's state, the messages in their order, and an
// empty entry that is its end. It is written here all the same, see Write.

// writeSnapshot writes what is stored from state's first to its last sequence.
func writeSnapshot(ctx context.Context, js jetstream.JetStream, state jetstream.StreamState, w io.Writer) error {
	// One block after the other: publishers need the other processors.
	packed := s2.NewWriter(w, s2.WriterConcurrency(1))
	return errors.Join(writeEntries(ctx, js, state, archive.NewWriter(packed)), packed.Close())
}

// stateEntry is the name of a snapshot's first entry.
const stateEntry = "state.json"

// writeEntries asks for a page when it has written the one before, so the writer may take
// its time. Messages that are gone are missing.
func writeEntries(ctx context.Context, js jetstream.JetStream, state jetstream.StreamState, out *archive.Writer) error {
	text, err := json.Marshal(state)
	if err != nil {
		return err
	}
	if err := writeEntry(out, archive.Header{Name: stateEntry, Timestamp: time.Now().UnixNano()}, nil, text); err != nil {
		return err
	}
	for from := max(state.FirstSeq, 1); from <= state.LastSeq; {
		page, err := readPage(ctx, js, from)
		if err != nil {
			return fmt.Errorf("read stored events from sequence %d: %w", from, err)
		}
		if len(page) == 0 {
			break
		}
		for _, msg := range page {
			if from = msg.Sequence + 1; from > state.LastSeq+1 {
				break
			}
			head := archive.Header{Name: msg.Subject, Sequence: msg.Sequence, Timestamp: msg.Time.UnixNano()}
			if err := writeEntry(out, head, encodeHeader(msg.Header), msg.Data); err != nil {
				return err
			}
		}
	}
	return writeEntry(out, archive.Header{}, nil, nil)
}

func writeEntry(out *archive.Writer, head archive.Header, header, data []byte) error {
	head.HeaderSize, head.PayloadSize = int64(len(header)), int64(len(data))
	err := out.WriteHeader(&head)
	if err == nil {
		_, err = out.Write(header)
	}
	if err == nil {
		_, err = out.Write(data)
	}
	return err
}

func readPage(ctx context.Context, js jetstream.JetStream, from uint64) ([]*jetstream.RawStreamMsg, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, replyWait, errNoReply)
	defer cancel()
	page, err := engine.Batch(ctx, js, journal.StreamName, engine.PageMessages,
		jetstreamext.GetBatchSeq(from), jetstreamext.GetBatchSubject(journal.AllSubjects))
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return page, err
}

// replyWait is how long NATS may take to reply to a request of a backup or a restore.
const replyWait = 30 * time.Second

var errNoReply = errors.New("the engine has not replied in time")

// directGetHeaders are those that a direct get adds (ADR-31).
var directGetHeaders = []string{
	jetstream.StreamHeader, jetstream.SubjectHeader, jetstream.SequenceHeader, jetstream.TimeStampHeaer,
	"Nats-Num-Pending", "Nats-Last-Sequence",
}

// encodeHeader returns a message's headers as they are stored, nothing when there are
// none.
func encodeHeader(h nats.Header) []byte {
	for _, added := range directGetHeaders {
		delete(h, added)
	}
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
