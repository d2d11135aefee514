package backup

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"strconv"
	"strings"
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
)

// oldEntries are those of formats 1 and 2.
type oldEntries struct {
	raw    *bufio.Reader
	sum    hash.Hash
	hashed io.Reader // reads raw and adds to sum

	io.Reader // of the entry

	begun   bool
	records bool // the next entry is one, or their end
	chunks  int
}

func (o *oldEntries) next() (name string, size int64, err error) {
	if !o.begun {
		return o.begin()
	}
	var length [4]byte
	if _, err := io.ReadFull(o.hashed, length[:]); err != nil {
		return "", 0, damaged(err)
	}
	size = int64(binary.BigEndian.Uint32(length[:]))
	switch {
	case size == 0 && o.records:
		o.records = false
		return o.next()
	case size == 0:
		var sum [sha256.Size]byte
		_, err := io.ReadFull(o.raw, sum[:])
		o.Reader = strings.NewReader(hex.EncodeToString(sum[:]))
		return sumEntry, sumSize, damaged(err)
	case o.records:
		text, err := o.line()
		if err != nil {
			return "", 0, err
		}
		name, size = recordEntries+string(text), size-int64(len(text))-1
		if size < 0 {
			return "", 0, fmt.Errorf("%w: its record %.40q has no value", ErrBackup, text)
		}
	default:
		o.chunks++
		name = fmt.Sprintf(eventEntries, o.chunks)
	}
	o.Reader = io.LimitReader(o.hashed, size) // where the file ends before, next finds out
	return name, size, nil
}

// begin reads the two lines.
func (o *oldEntries) begin() (string, int64, error) {
	first, err := o.line()
	if err != nil {
		return "", 0, err
	}
	n, err := strconv.Atoi(strings.TrimPrefix(string(first), oldMagic))
	if err != nil || n < 1 || n > oldFormat {
		return "", 0, fmt.Errorf("%w: its format %.40q is none", ErrBackup, first)
	}
	text, err := o.line()
	if err != nil {
		return "", 0, err
	}
	o.begun, o.records, o.Reader = true, n > 1, bytes.NewReader(text)
	return infoEntry, int64(len(text)), nil
}

// line reads a line, which is valid until the next read.
func (o *oldEntries) line() ([]byte, error) {
	text, err := o.raw.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return nil, fmt.Errorf("%w: it has a line of more than %d bytes", ErrBackup, maxInfo)
	}
	if err != nil {
		return nil, damaged(err)
	}
	o.sum.Write(text)
	return text[:len(text)-1], nil
}
