package backup

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"latido/hub/journal"
	"latido/hub/journal/engine"

	"github.com/klauspost/compress/s2"
	"github.com/nats-io/nats-server/v2/server/archive"
	"github.com/nats-io/nats.go/jetstream"
)

// maxSnapshotState bounds what a snapshot says of its stream, in bytes.
const maxSnapshotState = 64 << 10

// Check reads a whole backup file and returns what it holds. The sum at its end must be
// right, every record one that can be stored, once, and every entry an event that a
// journal can have stored, in rising order. Memory does not grow with the file,
// whatever it says of itself. Errors wrap ErrBackup, or are the reader's.
func Check(file io.Reader) (Info, error) {
	info, r, err := open(file, nil)
	if err != nil {
		return info, err
	}
	return info, r.finish(badSnapshot(checkSnapshot(r, &info)))
}

// checkSnapshot reads what writeSnapshot writes.
func checkSnapshot(r io.Reader, info *Info) error {
	entries := archive.NewReader(s2.NewReader(r, s2.ReaderAllocBlock(64<<10))) // it grows with the blocks
	if err := checkState(entries, info); err != nil {
		return err
	}
	info.Events = 0
	last := uint64(0)
	for {
		head, err := entries.Next()
		if err != nil {
			return err
		}
		if *head == (archive.Header{}) {
			break
		}
		if err := checkEntry(head, last, info); err != nil {
			return err
		}
		last = head.Sequence
		info.Newest = time.Unix(0, head.Timestamp).UTC()
		if info.Events++; info.Events == 1 {
			info.Oldest = info.Newest
		}
	}
	_, err := entries.Next()
	switch {
	case err == nil:
		return errors.New("an entry follows its end")
	case errors.Is(err, io.EOF):
		return nil
	}
	return err
}

// checkState reads the first entry and compares it with what the file says.
func checkState(entries *archive.Reader, info *Info) error {
	head, err := entries.Next()
	if err != nil {
		return err
	}
	if head.Name != stateEntry || head.HeaderSize != 0 || head.PayloadSize > maxSnapshotState {
		return fmt.Errorf("%w: its stream's state is missing", ErrBackup)
	}
	text, err := io.ReadAll(entries)
	if err != nil {
		return err
	}
	var state jetstream.StreamState
	if err := json.Unmarshal(text, &state); err != nil {
		return fmt.Errorf("%w: read its stream's state: %w", ErrBackup, err)
	}
	if state.FirstSeq != info.First || state.LastSeq != info.Last || state.Consumers != 0 {
		return fmt.Errorf("%w: it says sequences %d to %d, its stream has %d to %d and %d consumers",
			ErrBackup, info.First, info.Last, state.FirstSeq, state.LastSeq, state.Consumers)
	}
	return nil
}

// checkEntry compares one message with what journal.Append stores.
func checkEntry(head *archive.Header, last uint64, info *Info) error {
	if head.Sequence <= last || head.Sequence < info.First || head.Sequence > info.Last {
		return fmt.Errorf("%w: sequence %d comes after %d, within %d to %d", ErrBackup, head.Sequence, last, info.First, info.Last)
	}
	if _, err := journal.ParseSubject(head.Name); err != nil {
		return fmt.Errorf("%w: sequence %d: %w", ErrBackup, head.Sequence, err)
	}
	if head.HeaderSize > engine.Headroom || head.PayloadSize > engine.MaxData {
		return fmt.Errorf("%w: sequence %d has %d bytes of data and %d beside them, %d and %d are allowed",
			ErrBackup, head.Sequence, head.PayloadSize, head.HeaderSize, engine.MaxData, engine.Headroom)
	}
	return nil
}

// badSnapshot blames the file.
func badSnapshot(err error) error {
	switch {
	case err == nil, errors.Is(err, ErrBackup):
		return err
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: its events are cut off", ErrBackup)
	}
	return fmt.Errorf("%w: read its events: %w", ErrBackup, err)
}
