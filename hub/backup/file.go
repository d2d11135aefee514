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

// ErrBackup is wrapped when a file is no backup, or not whole, or says what no backup
// says, or was made by a newer version. Nothing has been changed then.
var ErrBackup = errors.New("not a backup that can be restored")

// A backup file is a tar archive of these entries, in this order:
//
//   - backup.json, an Info;
//   - records/NAME for each record, in order of their names, with its value;
//   - events/00000001 and so on: in one piece, the snapshot of the events; see
//     writeSnapshot;
//   - SHA256: the sum, as hexadecimal digits, of all bytes of the file before them.
//
// So a missing or changed byte is found before anything is restored. It is a sum, not
// a signature: anyone who can write the file can write another sum. Formats 1 and 2,
// see old.go, were files of a form of their own.
const (
	format = 3

	infoEntry     = "backup.json"
	recordEntries = "records/"
	eventEntries  = "events/%08d"
	sumEntry      = "SHA256"

	maxInfo  = 512 << 10 // bytes, of which the topics that carry samples may need half
	maxChunk = 1 << 20   // bytes of an entry with events
)

// writer writes a backup file.
type writer struct {
	tar    *tar.Writer
	sum    hash.Hash
	info   Info
	chunk  []byte // events that are not in an entry yet
	chunks int
}

func newWriter(out io.Writer, info Info) (*writer, error) {
	info.Format = format
	text, err := json.MarshalIndent(info, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write what the backup holds: %w", err)
	}
	w := &writer{sum: sha256.New(), info: info}
	w.tar = tar.NewWriter(io.MultiWriter(out, w.sum))
	return w, w.entry(infoEntry, append(text, '\n'))
}

func (w *writer) entry(name string, content []byte) error {
	err := w.tar.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(content)), ModTime: w.info.Taken})
	if err == nil {
		_, err = w.tar.Write(content)
	}
	if err == nil {
		err = w.tar.Flush() // the padding
	}
	return err
}

// records writes the records, which are in order of their names.
func (w *writer) records(all []kv.Record) error {
	for _, r := range all {
		if err := w.entry(recordEntries+r.Name, r.Value); err != nil {
			return err
		}
	}
	return nil
}

// Write adds to the events.
func (w *writer) Write(p []byte) (int, error) {
	w.chunk = append(w.chunk, p...)
	for len(w.chunk) >= maxChunk {
		if err := w.events(w.chunk[:maxChunk]); err != nil {
			return 0, err
		}
		w.chunk = append(w.chunk[:0], w.chunk[maxChunk:]...)
	}
	return len(p), nil
}

func (w *writer) events(chunk []byte) error {
	w.chunks++
	return w.entry(fmt.Sprintf(eventEntries, w.chunks), chunk)
}

// finish ends the file; without it the file is not whole.
func (w *writer) finish() error {
	if len(w.chunk) > 0 {
		if err := w.events(w.chunk); err != nil {
			return err
		}
	}
	err := w.tar.WriteHeader(&tar.Header{Name: sumEntry, Mode: 0o600, Size: sumSize, ModTime: w.info.Taken})
	if err != nil {
		return err
	}
	if _, err := w.tar.Write(hex.AppendEncode(nil, w.sum.Sum(nil))); err != nil {
		return err
	}
	return w.tar.Close()
}

// sumSize is what the sum takes, in bytes; after it the file has only zeros: up to the
// end of the block, and two blocks.
const (
	sumSize = 2 * sha256.Size
	endSize = 512 - sumSize + 2*512
)

// reader reads a backup file up to its events, and then those: Read returns io.EOF
// only when the sum was right and nothing follows it.
type reader struct {
	raw    *bufio.Reader
	tar    *tar.Reader
	sum    hash.Hash
	head   *tar.Header // of the entry that is read
	chunks int
	end    bool // io.EOF has been returned
}

// next goes on to the next entry.
func (r *reader) next() (err error) {
	r.head, err = r.tar.Next()
	switch {
	case err != nil:
		return damaged(err)
	case r.head.Typeflag != tar.TypeReg || r.head.Size < 0:
		return fmt.Errorf("%w: its entry %.40q is no file", ErrBackup, r.head.Name)
	}
	return nil
}

// content reads a whole entry of at most limit bytes.
func (r *reader) content(limit int64) ([]byte, error) {
	if r.head.Size > limit {
		return nil, fmt.Errorf("%w: its entry %.40q has %d bytes, %d are allowed", ErrBackup, r.head.Name, r.head.Size, limit)
	}
	text, err := io.ReadAll(r.tar)
	return text, damaged(err)
}

// openTar reads up to the events. visit, unless it is nil, is called for every record,
// which it may keep.
func openTar(raw *bufio.Reader, visit func(kv.Record)) (info Info, r *reader, err error) {
	r = &reader{raw: raw, sum: sha256.New()}
	r.tar = tar.NewReader(io.TeeReader(raw, r.sum))
	if err := r.next(); err != nil || r.head.Name != infoEntry {
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
	if info.Format > format {
		return info, nil, fmt.Errorf("%w: its format %d is newer than this version's, %d", ErrBackup, info.Format, format)
	}
	if info.Format != format {
		return info, nil, fmt.Errorf("%w: it says that its format is %d", ErrBackup, info.Format)
	}
	if err := info.check(); err != nil {
		return info, nil, err
	}
	return info, r, r.records(info.Records, visit)
}

// records reads the records, and the header of the entry after them.
func (r *reader) records(want int, visit func(kv.Record)) error {
	c := recordCheck{want: want, visit: visit}
	for {
		if err := r.next(); err != nil {
			return err
		}
		name, isRecord := strings.CutPrefix(r.head.Name, recordEntries)
		if !isRecord {
			return c.end()
		}
		value, err := r.content(kv.MaxValue)
		if err != nil {
			return err
		}
		if err := c.take(kv.Record{Name: name, Value: value}); err != nil {
			return err
		}
	}
}

// Read reads the events.
func (r *reader) Read(p []byte) (int, error) {
	for !r.end {
		if r.head.Name == sumEntry {
			return 0, r.finish()
		}
		if want := fmt.Sprintf(eventEntries, r.chunks+1); r.head.Name != want || r.head.Size > maxChunk {
			return 0, fmt.Errorf("%w: its entry %.40q of %d bytes is where %s should be", ErrBackup, r.head.Name, r.head.Size, want)
		}
		n, err := r.tar.Read(p)
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
	return 0, io.EOF
}

// finish compares the sum, and returns io.EOF when the file is whole.
func (r *reader) finish() error {
	want := hex.AppendEncode(nil, r.sum.Sum(nil)) // of what has been read up to here
	got, err := r.content(sumSize)
	if err != nil {
		return err
	}
	if !bytes.Equal(got, want) {
		return fmt.Errorf("%w: it is damaged: its SHA-256 is not the one it ends with", ErrBackup)
	}
	rest, err := io.ReadAll(io.LimitReader(r.raw, endSize+1))
	switch {
	case err != nil:
		return err
	case len(rest) < endSize:
		return damaged(io.ErrUnexpectedEOF)
	case !bytes.Equal(rest, make([]byte, endSize)):
		return fmt.Errorf("%w: something follows its end", ErrBackup)
	}
	r.end = true
	return io.EOF
}

// damaged says of a file that ends too early, or is not a tar archive, that it does or
// is; errors of the file's reader stay as they are.
func damaged(err error) error {
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: it is cut off", ErrBackup)
	case errors.Is(err, tar.ErrHeader), errors.Is(err, tar.ErrFieldTooLong):
		return fmt.Errorf("%w: it is damaged: %w", ErrBackup, err)
	}
	return err
}
