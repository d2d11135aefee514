package backup

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
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
// a signature: anyone who can write the file can write another sum. Formats 1 and 2 are
// described in old.go.
const (
	format = 3

	infoEntry     = "backup.json"
	recordEntries = "records/"
	eventEntries  = "events/%08d"
	sumEntry      = "SHA256"

	maxInfo  = 512 << 10 // bytes, of which the topics that carry ephemeral events may need half
	maxChunk = 1 << 20   // bytes of an entry with events
)

// writer writes a backup file.
type writer struct {
	tar    *tar.Writer
	sum    hash.Hash
	info   Info
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

// Write adds to the events, in entries of maxChunk bytes at most.
func (w *writer) Write(p []byte) (int, error) {
	for chunk := range slices.Chunk(p, maxChunk) {
		w.chunks++
		if err := w.entry(fmt.Sprintf(eventEntries, w.chunks), chunk); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

// finish ends the file; without it the file is not whole.
func (w *writer) finish() error {
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
