package backup

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"latido/hub"
	"latido/hub/journal"
	"latido/hub/kv"
)

// maxSeq bounds a sequence, so that no sum of two overflows.
const maxSeq = 1 << 62

// Info says what a backup holds.
type Info struct {
	Format  int       `json:"format"` // of the file: 3, or 0 in files before it
	Version string    `json:"latido"` // of the program that made it
	Engine  string    `json:"engine"` // version of nats-server
	Taken   time.Time `json:"taken"`

	// Epoch is that of the events' ids. A restored journal has another one.
	Epoch string `json:"epoch"`
	// First and Last are the sequences that were stored when it began; Last is 0
	// before the first event ever, and First is above Last when all have gone.
	First uint64 `json:"first"`
	Last  uint64 `json:"last"`
	// Events is how many were stored when it began. Those that retention has dropped
	// while it was written are missing: Check counts them.
	Events uint64 `json:"events"`
	// Bytes is about what they take when they are restored.
	Bytes uint64 `json:"bytes"`

	// Records is how many records there are. In a file of format 1, which holds none,
	// it is 0.
	Records int `json:"records"`

	// Sampled and SampleAge are what the stream says of samples: see
	// journal.SampledKey and journal.SampleAgeKey.
	Sampled   string `json:"sampled,omitempty"`
	SampleAge string `json:"sample_age,omitempty"`

	// Oldest and Newest are when the first and the last event were stored; zero when
	// there is none. Check fills them in.
	Oldest time.Time `json:"-"`
	Newest time.Time `json:"-"`
}

// check returns what no backup says of itself.
func (b Info) check() error {
	switch {
	case !hub.ValidEpoch(b.Epoch):
		return fmt.Errorf("%w: its epoch %.40q is none", ErrBackup, b.Epoch)
	case b.Records < 0:
		return fmt.Errorf("%w: it says that it has %d records", ErrBackup, b.Records)
	case b.Last > maxSeq || b.First > b.Last+1:
		return fmt.Errorf("%w: its sequences %d to %d are none", ErrBackup, b.First, b.Last)
	}
	var topics []hub.Topic
	if b.Sampled != "" {
		if err := json.Unmarshal([]byte(b.Sampled), &topics); err != nil {
			return fmt.Errorf("%w: read which topics carry samples: %w", ErrBackup, err)
		}
	}
	if n := len(topics); n > journal.MaxSampled {
		return fmt.Errorf("%w: it names %d topics that carry samples, there are %d at most", ErrBackup, n, journal.MaxSampled)
	}
	if age, err := time.ParseDuration(b.SampleAge); b.SampleAge != "" && (err != nil || age < time.Second) {
		return fmt.Errorf("%w: its age of samples %.40q is none", ErrBackup, b.SampleAge)
	}
	return nil
}

// recordCheck checks the records of a file, which are to be in order of their names
// and no more than a bucket can hold.
type recordCheck struct {
	want  int
	visit func(kv.Record) // nil, or called for each
	last  string
	found int
	total int
}

func (c *recordCheck) take(r kv.Record) error {
	c.found++
	if c.total += len(r.Name) + len(r.Value); int64(c.total) > kv.Access.MaxBytes {
		return fmt.Errorf("%w: its records have more than %d bytes", ErrBackup, kv.Access.MaxBytes)
	}
	err := kv.Check(r.Name, r.Value)
	if err == nil && r.Name <= c.last {
		err = fmt.Errorf("%s comes after %s", r.Name, c.last)
	}
	if err != nil {
		return fmt.Errorf("%w: record %d: %w", ErrBackup, c.found, err)
	}
	if c.last = r.Name; c.visit != nil {
		c.visit(r)
	}
	return nil
}

func (c *recordCheck) end() error {
	if c.found != c.want {
		return fmt.Errorf("%w: it says that it has %d records, and has %d", ErrBackup, c.want, c.found)
	}
	return nil
}

// snapshotReader reads the snapshot of the events of a file of any format.
type snapshotReader struct {
	io.Reader

	// fault is what reading the file failed of; what unpacks the snapshot has errors of
	// its own for it.
	fault error
}

func (s *snapshotReader) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if err != nil && err != io.EOF { // it is never wrapped
		s.fault = err
	}
	return n, err
}

// open reads a file up to the snapshot. visit, unless it is nil, is called for every
// record, which it may keep.
func open(file io.Reader, visit func(kv.Record)) (info Info, s *snapshotReader, err error) {
	raw := bufio.NewReaderSize(file, maxInfo)
	begin, err := raw.Peek(len(oldMagic))
	if err != nil && err != io.EOF { // a short file is no backup
		return info, nil, err
	}
	var r io.Reader
	if strings.HasPrefix(string(begin), oldMagic) {
		info, r, err = openOld(raw, visit)
	} else {
		info, r, err = openTar(raw, visit)
	}
	return info, &snapshotReader{Reader: r}, err
}
