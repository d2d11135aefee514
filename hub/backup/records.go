package journal

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"

	"latido/hub/kv"

	"github.com/nats-io/nats.go/jetstream"
)

// maxRecordPiece is the longest piece that a record needs, in bytes.
const maxRecordPiece = kv.MaxName + 1 + kv.MaxValue

// records writes the part with the records, which are in order of their names.
func (b *backupWriter) records(all []kv.Record) error {
	for _, r := range all {
		if err := b.length(len(r.Name) + 1 + len(r.Value)); err != nil {
			return err
		}
		for _, part := range [][]byte{[]byte(r.Name), {'\n'}, r.Value} {
			if _, err := b.w.Write(part); err != nil {
				return err
			}
		}
	}
	return b.length(0)
}

// records reads that part. It holds no more than a bucket can.
func (b *backupReader) records(want int, visit func(kv.Record)) error {
	last, total, found := "", 0, 0
	buf := make([]byte, maxRecordPiece)
	for ; ; found++ {
		var length [4]byte
		if _, err := io.ReadFull(b.r, length[:]); err != nil {
			return cutOff(err)
		}
		b.sum.Write(length[:])
		n := binary.BigEndian.Uint32(length[:])
		if n == 0 {
			break
		}
		if n > maxRecordPiece {
			return fmt.Errorf("%w: it is damaged: a record of it has %d bytes, %d are allowed", ErrBackup, n, maxRecordPiece)
		}
		if total += int(n); total > accessMaxBytes {
			return fmt.Errorf("%w: its records have more than %d bytes", ErrBackup, accessMaxBytes)
		}
		piece := buf[:n]
		if _, err := io.ReadFull(b.r, piece); err != nil {
			return cutOff(err)
		}
		b.sum.Write(piece)
		r, err := recordIn(piece)
		if err == nil && r.Name <= last {
			err = fmt.Errorf("%s comes after %s", r.Name, last)
		}
		if err != nil {
			return fmt.Errorf("%w: record %d: %w", ErrBackup, found+1, err)
		}
		if last = r.Name; visit != nil {
			r.Value = append([]byte{}, r.Value...)
			visit(r)
		}
	}
	if found != want {
		return fmt.Errorf("%w: it says that it has %d records, and has %d", ErrBackup, want, found)
	}
	return nil
}

// recordIn takes a piece apart.
func recordIn(piece []byte) (kv.Record, error) {
	name, value, whole := bytes.Cut(piece, []byte{'\n'})
	if !whole {
		return kv.Record{}, errors.New("it has no value")
	}
	return kv.Record{Name: string(name), Value: value}, kv.Check(string(name), value)
}

// recordsDir is where the engine keeps the records.
func recordsDir(dir string) string { return streamDir(dir, "KV_"+accessBucket) }

// hasRecords reports whether records are in a folder, or markers of some.
func hasRecords(dir string) bool { return hasBlocks(filepath.Join(recordsDir(dir), "msgs")) }

// readRecords answers all records that the engine holds, in order of their names.
// A folder of an older version has none.
func readRecords(ctx context.Context, b *local, l line) ([]kv.Record, error) {
	e := newEngine(b.cfg)
	e.backend = b
	access := &bucket{conn: l.conn, stream: "KV_" + accessBucket, subject: "$KV." + accessBucket + "."}
	_, err := l.js.Stream(ctx, access.stream)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		if hasRecords(b.cfg.Dir) {
			return nil, fmt.Errorf("%w: the engine did not recover the records", ErrUnreadable)
		}
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("find the records: %w", err)
	}
	found := map[string]kv.Record{}
	all := false
	reading, done := context.WithCancel(ctx)
	defer done()
	err = e.watchBucket(reading, access, func(r kv.Record) {
		if found[r.Name] = r; r.Value == nil {
			delete(found, r.Name)
		}
	}, func() { all = true; done() })
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case !all:
		return nil, fmt.Errorf("read the records: %w", err)
	}
	records := make([]kv.Record, 0, len(found))
	for _, name := range slices.Sorted(maps.Keys(found)) {
		records = append(records, found[name])
	}
	return records, nil
}
