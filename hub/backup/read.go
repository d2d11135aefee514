package backup

import (
	"archive/tar"
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"

	"latido/hub/kv"
)

// entries is how a file is divided, which is all that differs between the formats.
type entries interface {
	// next goes on to the next entry, named as in format 3.
	next() (name string, size int64, err error)
	// Reader reads that entry.
	io.Reader
}

// tarEntries are those of format 3.
type tarEntries struct{ *tar.Reader }

func (t tarEntries) next() (string, int64, error) {
	head, err := t.Next()
	if err != nil {
		return "", 0, damaged(err)
	}
	if head.Typeflag != tar.TypeReg || head.Size < 0 {
		return "", 0, fmt.Errorf("%w: its entry %.40q is no file", ErrBackup, head.Name)
	}
	return head.Name, head.Size, nil
}

// reader reads the events of a backup file: Read returns io.EOF only when the sum was
// right and nothing follows it. open makes it.
type reader struct {
	raw      *bufio.Reader
	entries  entries
	sum      hash.Hash
	trailing int    // zeros after the sum
	name     string // of the entry that is read
	size     int64
	chunks   int

	// interrupted, unless it is nil, returns why reading must end.
	interrupted func() error

	// end is what every further Read returns: io.EOF, or what is wrong with the file. What
	// unpacks the events has errors of its own for that.
	end error
}

// open reads a file up to its events. visit, unless it is nil, is called for every
// record, which it may retain.
func open(file io.Reader, visit func(kv.Record)) (info Info, r *reader, err error) {
	r = &reader{raw: bufio.NewReaderSize(file, maxInfo), sum: sha256.New()}
	begin, err := r.raw.Peek(len(oldMagic))
	if err != nil && err != io.EOF { // a short file is no backup
		return info, nil, err
	}
	hashed := io.TeeReader(r.raw, r.sum)
	old := string(begin) == oldMagic
	if old {
		r.entries = &oldEntries{raw: r.raw, sum: r.sum, hashed: hashed}
	} else {
		r.entries, r.trailing = tarEntries{tar.NewReader(hashed)}, endSize
	}
	if err := r.next(); err != nil || r.name != infoEntry {
		if err == nil || errors.Is(err, ErrBackup) {
			err = fmt.Errorf("%w: it does not begin like one", ErrBackup)
		}
		return info, nil, err
	}
	text, err := r.content(maxInfo)
	if err != nil {
		return info, nil, err
	}
	if err := json.Unmarshal(text, &info); err != nil {
		return info, nil, fmt.Errorf("%w: read what it holds: %w", ErrBackup, err)
	}
	switch {
	case old:
	case info.Format > format:
		return info, nil, fmt.Errorf("%w: its format %d is newer than this version's, %d", ErrBackup, info.Format, format)
	case info.Format != format:
		return info, nil, fmt.Errorf("%w: it says that its format is %d", ErrBackup, info.Format)
	}
	if err := info.check(); err != nil {
		return info, nil, err
	}
	return info, r, r.records(info.Records, visit)
}

func (r *reader) next() (err error) {
	r.name, r.size, err = r.entries.next()
	return err
}

// content reads a whole entry of at most limit bytes.
func (r *reader) content(limit int64) ([]byte, error) {
	if r.size > limit {
		return nil, fmt.Errorf("%w: its entry %.40q has %d bytes, %d are allowed", ErrBackup, r.name, r.size, limit)
	}
	text, err := io.ReadAll(r.entries)
	return text, damaged(err)
}

// records reads the records, and goes on to the entry after them. They must be in order
// of their names and no more than a bucket can hold.
func (r *reader) records(want int, visit func(kv.Record)) error {
	found, total, last := 0, int64(0), ""
	for {
		if err := r.next(); err != nil {
			return err
		}
		name, isRecord := strings.CutPrefix(r.name, recordEntries)
		if !isRecord {
			break
		}
		value, err := r.content(kv.MaxValue)
		if err != nil {
			return err
		}
		found++
		if total += int64(len(name) + len(value)); total > kv.Access.MaxBytes {
			return fmt.Errorf("%w: its records have more than %d bytes", ErrBackup, kv.Access.MaxBytes)
		}
		if err = kv.Check(name, value); err == nil && name <= last {
			err = fmt.Errorf("%s comes after %s", name, last)
		}
		if err != nil {
			return fmt.Errorf("%w: record %d: %w", ErrBackup, found, err)
		}
		if last = name; visit != nil {
			visit(kv.Record{Name: name, Value: value})
		}
	}
	if found != want {
		return fmt.Errorf("%w: it says that it has %d records, and has %d", ErrBackup, want, found)
	}
	return nil
}

// Read reads the events.
func (r *reader) Read(p []byte) (n int, err error) {
	if r.end == nil && r.interrupted != nil {
		r.end = r.interrupted()
	}
	if r.end == nil {
		n, r.end = r.read(p)
	}
	return n, r.end
}

func (r *reader) read(p []byte) (int, error) {
	for {
		if r.name == sumEntry {
			return 0, r.checkSum()
		}
		if want := fmt.Sprintf(eventEntries, r.chunks+1); r.name != want || r.size > maxChunk {
			return 0, fmt.Errorf("%w: its entry %.40q of %d bytes is where %s should be", ErrBackup, r.name, r.size, want)
		}
		n, err := r.entries.Read(p)
		switch {
		case n > 0 || len(p) == 0:
			return n, nil // an error comes again
		case !errors.Is(err, io.EOF):
			return 0, damaged(err)
		}
		r.chunks++
		if err := r.next(); err != nil {
			return 0, err
		}
	}
}

// checkSum returns io.EOF when the file is whole.
func (r *reader) checkSum() error {
	want := hex.AppendEncode(nil, r.sum.Sum(nil)) // of what has been read up to here
	got, err := r.content(sumSize)
	if err != nil {
		return err
	}
	if !bytes.Equal(got, want) {
		return fmt.Errorf("%w: it is damaged: its SHA-256 is not the one it ends with", ErrBackup)
	}
	rest, err := io.ReadAll(io.LimitReader(r.raw, int64(r.trailing)+1))
	switch {
	case err != nil:
		return err
	case len(rest) < r.trailing:
		return damaged(io.ErrUnexpectedEOF)
	case !bytes.Equal(rest, make([]byte, r.trailing)):
		return fmt.Errorf("%w: something follows its end", ErrBackup)
	}
	return io.EOF
}

// finish reads the rest of the file once the events have been used, or could not be: err
// says why. What is wrong with the file itself comes first. The end of the events is not
// that of the file, whose sum counts.
func (r *reader) finish(err error) error {
	if err == nil {
		_, err = io.Copy(io.Discard, r)
	}
	if r.end != nil && r.end != io.EOF {
		return r.end
	}
	return err
}

// damaged describes the error of a file that ends too early, or is not a tar archive.
// Errors of the file's reader stay as they are.
func damaged(err error) error {
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: it is cut off", ErrBackup)
	case errors.Is(err, tar.ErrHeader), errors.Is(err, tar.ErrFieldTooLong):
		return fmt.Errorf("%w: it is damaged: %w", ErrBackup, err)
	}
	return err
}
