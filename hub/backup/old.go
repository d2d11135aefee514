package backup

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"strconv"
	"strings"

	"latido/hub/kv"
)

// A file of format 1 or 2 has, in this order:
//
//   - the line "latido-backup 2", whose number is the format's;
//   - a line of JSON, an Info;
//   - in format 2, the records in order of their names, each as a name, a line break and
//     the value, after the length of these (4 bytes, the most significant first), and a
//     length of 0 at their end;
//   - the snapshot of the events, in pieces, each after its length, and a length of 0
//     at their end;
//   - the SHA-256 of everything before it, and nothing after it.
const (
	oldMagic  = "latido-backup "
	oldFormat = 2

	maxOldPiece  = 1 << 20                      // bytes of a snapshot
	maxOldRecord = kv.MaxName + 1 + kv.MaxValue // bytes
)

// oldReader reads the snapshot out of such a file. It returns io.EOF only when the sum
// was right and nothing follows it.
type oldReader struct {
	r    *bufio.Reader
	sum  hash.Hash
	left int  // bytes of the piece
	end  bool // io.EOF has been returned
}

func openOld(raw *bufio.Reader, visit func(kv.Record)) (info Info, r *oldReader, err error) {
	r = &oldReader{r: raw, sum: sha256.New()}
	first, err := r.line()
	if err != nil {
		return info, nil, err
	}
	n, err := strconv.Atoi(strings.TrimPrefix(string(first), oldMagic))
	if err != nil || n < 1 || n > oldFormat {
		return info, nil, fmt.Errorf("%w: it does not begin like one", ErrBackup)
	}
	text, err := r.line()
	if err != nil {
		return info, nil, err
	}
	if err := json.Unmarshal(text, &info); err != nil {
		return info, nil, fmt.Errorf("%w: read what it holds: %w", ErrBackup, err)
	}
	if n < 2 {
		info.Records = 0
	}
	if err := info.check(); err != nil || n < 2 {
		return info, r, err
	}
	return info, r, r.records(info.Records, visit)
}

// line reads a line, which is valid until the next read.
func (r *oldReader) line() ([]byte, error) {
	text, err := r.r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return nil, fmt.Errorf("%w: it has a line of more than %d bytes", ErrBackup, maxInfo)
	}
	if err != nil {
		return nil, damaged(err)
	}
	r.sum.Write(text)
	return text[:len(text)-1], nil
}

// length reads the length of a piece.
func (r *oldReader) length(limit uint32) (int, error) {
	var length [4]byte
	if _, err := io.ReadFull(r.r, length[:]); err != nil {
		return 0, damaged(err)
	}
	r.sum.Write(length[:])
	n := binary.BigEndian.Uint32(length[:])
	if n > limit {
		return 0, fmt.Errorf("%w: it is damaged: a piece of it has %d bytes, %d are allowed", ErrBackup, n, limit)
	}
	return int(n), nil
}

func (r *oldReader) records(want int, visit func(kv.Record)) error {
	c := recordCheck{want: want, visit: visit}
	for {
		n, err := r.length(maxOldRecord)
		if err != nil {
			return err
		}
		if n == 0 {
			return c.end()
		}
		piece := make([]byte, n)
		if _, err := io.ReadFull(r.r, piece); err != nil {
			return damaged(err)
		}
		r.sum.Write(piece)
		name, value, whole := bytes.Cut(piece, []byte{'\n'})
		if !whole {
			return fmt.Errorf("%w: record %d has no value", ErrBackup, c.found+1)
		}
		if err := c.take(kv.Record{Name: string(name), Value: value}); err != nil {
			return err
		}
	}
}

// Read reads the snapshot.
func (r *oldReader) Read(p []byte) (int, error) {
	if r.end {
		return 0, io.EOF
	}
	if len(p) == 0 {
		return 0, nil
	}
	if r.left == 0 {
		var err error
		if r.left, err = r.length(maxOldPiece); err != nil {
			return 0, err
		}
		if r.left == 0 {
			return 0, r.finish()
		}
	}
	n, err := r.r.Read(p[:min(len(p), r.left)])
	r.sum.Write(p[:n])
	r.left -= n
	if n > 0 {
		err = nil // it comes again
	}
	return n, damaged(err)
}

// finish compares the sum, and returns io.EOF when the file is whole.
func (r *oldReader) finish() error {
	var sum [sha256.Size]byte
	if _, err := io.ReadFull(r.r, sum[:]); err != nil {
		return damaged(err)
	}
	if !bytes.Equal(sum[:], r.sum.Sum(nil)) {
		return fmt.Errorf("%w: it is damaged: its SHA-256 is not the one it ends with", ErrBackup)
	}
	if _, err := r.r.ReadByte(); !errors.Is(err, io.EOF) {
		if err == nil {
			err = fmt.Errorf("%w: something follows its end", ErrBackup)
		}
		return err
	}
	r.end = true
	return io.EOF
}
