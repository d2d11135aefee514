package journal

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
	"time"

	"latido/hub"
	"latido/hub/kv"
)

// ErrBackup is wrapped when a file is no backup, or not whole, or says what no
// backup says, or was made by a newer version. Nothing has been changed then.
var ErrBackup = errors.New("not a backup that can be restored")

// A backup file is, in this order:
//
//   - the line "latido-backup 2", whose number is the format's;
//   - a line of JSON, a BackupInfo, so that head -2 tells what a file holds;
//   - the records, in order of their names, each a piece with its name, a line break
//     and its value after the piece's length (4 bytes, the most significant first),
//     and a length of 0 at their end; format 1 has no such part;
//   - the engine's snapshot of the events, in pieces, each after its length, and
//     a length of 0 at their end;
//   - the SHA-256 of everything before it, and nothing after it.
//
// Whatever is missing or was changed is so found before anything is restored. It
// is a sum, not a signature: who can write the file can write another sum.
const (
	backupMagic  = "latido-backup "
	backupFormat = 2

	maxBackupInfo  = 512 << 10 // bytes, of which the topics that carry samples may need half
	maxBackupPiece = 1 << 20   // bytes
)

// maxBackupSeq bounds a sequence, so that no sum of two overflows.
const maxBackupSeq = 1 << 62

// BackupInfo says what a backup holds.
type BackupInfo struct {
	Version string    `json:"latido"` // of the program that made it
	Engine  string    `json:"engine"` // version of nats-server
	Taken   time.Time `json:"taken"`

	// Epoch is that of the events' ids. A restored journal has another one.
	Epoch string `json:"epoch"`
	// First and Last are the sequences that were stored when it began; Last is 0
	// before the first event ever, and First is above Last when all have gone.
	First uint64 `json:"first"`
	Last  uint64 `json:"last"`
	// Events is how many were stored when it began. Those that retention has
	// dropped while it was written are missing: CheckBackup counts them.
	Events uint64 `json:"events"`
	// Bytes is about what they take when they are restored.
	Bytes uint64 `json:"bytes"`

	// Records is how many Records there are. In a file of format 1, which holds none,
	// it is 0.
	Records int `json:"records"`

	// Sampled and SampleAge are what the stream knows of samples.
	Sampled   string `json:"sampled,omitempty"`
	SampleAge string `json:"sample_age,omitempty"`

	// Oldest and Newest are when the first and the last event were stored; zero
	// when there is none. CheckBackup fills them in.
	Oldest time.Time `json:"-"`
	Newest time.Time `json:"-"`
}

// check holds what a file says of itself to what a backup can say.
func (b BackupInfo) check() error {
	switch {
	case !hub.ValidEpoch(b.Epoch):
		return fmt.Errorf("%w: its epoch %.40q is none", ErrBackup, b.Epoch)
	case b.Records < 0:
		return fmt.Errorf("%w: it says that it has %d records", ErrBackup, b.Records)
	case b.Last > maxBackupSeq || b.First > b.Last+1:
		return fmt.Errorf("%w: its sequences %d to %d are none", ErrBackup, b.First, b.Last)
	}
	var topics []hub.Topic
	if b.Sampled != "" {
		if err := json.Unmarshal([]byte(b.Sampled), &topics); err != nil {
			return fmt.Errorf("%w: read which topics carry samples: %w", ErrBackup, err)
		}
	}
	if n := len(topics); n > maxSampled {
		return fmt.Errorf("%w: it names %d topics that carry samples, there are %d at most", ErrBackup, n, maxSampled)
	}
	if age, err := time.ParseDuration(b.SampleAge); b.SampleAge != "" && (err != nil || age < time.Second) {
		return fmt.Errorf("%w: its age of samples %.40q is none", ErrBackup, b.SampleAge)
	}
	return nil
}

// backupWriter puts a snapshot, written to it, into the form of a backup file.
type backupWriter struct {
	w   io.Writer // the file and the sum
	out io.Writer // the file alone
	sum hash.Hash
}

func newBackupWriter(out io.Writer, info BackupInfo) (*backupWriter, error) {
	text, err := json.Marshal(info)
	if err != nil {
		return nil, fmt.Errorf("write what the backup holds: %w", err)
	}
	b := &backupWriter{out: out, sum: sha256.New()}
	b.w = io.MultiWriter(out, b.sum)
	_, err = fmt.Fprintf(b.w, "%s%d\n%s\n", backupMagic, backupFormat, text)
	return b, err
}

// Write adds to the snapshot.
func (b *backupWriter) Write(p []byte) (n int, err error) {
	for len(p) > 0 {
		piece := p[:min(len(p), maxBackupPiece)]
		if err := b.length(len(piece)); err != nil {
			return n, err
		}
		k, err := b.w.Write(piece)
		if n += k; err != nil {
			return n, err
		}
		p = p[len(piece):]
	}
	return n, nil
}

func (b *backupWriter) length(n int) error {
	_, err := b.w.Write(binary.BigEndian.AppendUint32(nil, uint32(n)))
	return err
}

// finish ends the file; without it the file is none.
func (b *backupWriter) finish() error {
	if err := b.length(0); err != nil {
		return err
	}
	_, err := b.out.Write(b.sum.Sum(nil))
	return err
}

// backupReader reads the snapshot out of a backup file. It answers io.EOF only
// when the sum was right and nothing follows it.
type backupReader struct {
	r    *bufio.Reader
	sum  hash.Hash
	left int  // bytes of the piece
	end  bool // io.EOF has been answered

	// fault is what reading the file failed of; those who unpack what Read answers
	// have errors of their own for it.
	fault error
}

// openBackup reads up to the snapshot. visit, unless it is nil, is called for every
// record, which it may keep.
func openBackup(file io.Reader, visit func(kv.Record)) (BackupInfo, *backupReader, error) {
	b := &backupReader{r: bufio.NewReaderSize(file, maxBackupInfo), sum: sha256.New()}
	var info BackupInfo
	format, err := b.line()
	if err != nil || !strings.HasPrefix(string(format), backupMagic) {
		return info, nil, fmt.Errorf("%w: it does not begin like one", ErrBackup)
	}
	n, err := strconv.Atoi(string(format[len(backupMagic):]))
	switch {
	case err != nil || n < 1:
		return info, nil, fmt.Errorf("%w: it does not begin like one", ErrBackup)
	case n > backupFormat:
		return info, nil, fmt.Errorf("%w: its format %d is newer than this version's, %d", ErrBackup, n, backupFormat)
	}
	text, err := b.line()
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
		return info, b, err
	}
	return info, b, b.records(info.Records, visit)
}

// line reads a line, which is valid until the next read.
func (b *backupReader) line() ([]byte, error) {
	text, err := b.r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return nil, fmt.Errorf("%w: it has a line of more than %d bytes", ErrBackup, maxBackupInfo)
	}
	if err != nil {
		return nil, cutOff(err)
	}
	b.sum.Write(text)
	return text[:len(text)-1], nil
}

// Read reads the snapshot.
func (b *backupReader) Read(p []byte) (int, error) {
	n, err := b.read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		b.fault = err
	}
	return n, err
}

func (b *backupReader) read(p []byte) (int, error) {
	if b.end {
		return 0, io.EOF
	}
	if len(p) == 0 {
		return 0, nil
	}
	if b.left == 0 {
		if err := b.next(); err != nil {
			return 0, err
		}
	}
	n, err := b.r.Read(p[:min(len(p), b.left)])
	b.sum.Write(p[:n])
	b.left -= n
	if n > 0 {
		err = nil // it comes again
	}
	return n, cutOff(err)
}

// next begins a piece, or answers io.EOF at the end of a whole file.
func (b *backupReader) next() error {
	var length [4]byte
	if _, err := io.ReadFull(b.r, length[:]); err != nil {
		return cutOff(err)
	}
	b.sum.Write(length[:])
	n := binary.BigEndian.Uint32(length[:])
	if n > maxBackupPiece {
		return fmt.Errorf("%w: it is damaged: a piece of it has %d bytes, %d are allowed", ErrBackup, n, maxBackupPiece)
	}
	if b.left = int(n); n > 0 {
		return nil
	}
	var sum [sha256.Size]byte
	if _, err := io.ReadFull(b.r, sum[:]); err != nil {
		return cutOff(err)
	}
	if !bytes.Equal(sum[:], b.sum.Sum(nil)) {
		return fmt.Errorf("%w: it is damaged: its SHA-256 is not the one it ends with", ErrBackup)
	}
	if _, err := b.r.ReadByte(); !errors.Is(err, io.EOF) {
		if err == nil {
			err = fmt.Errorf("%w: something follows its end", ErrBackup)
		}
		return err
	}
	b.end = true
	return io.EOF
}

// cutOff says of a file that ends too early that it does.
func cutOff(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: it is cut off", ErrBackup)
	}
	return err
}
