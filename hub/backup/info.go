package backup

import (
	"encoding/json"
	"fmt"
	"time"

	"latido/hub"
	"latido/hub/journal"
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

	// Ephemeral and EphemeralAge are what the stream says of ephemeral events: see
	// journal.EphemeralKey and journal.EphemeralAgeKey.
	Ephemeral    string `json:"sampled,omitempty"`
	EphemeralAge string `json:"sample_age,omitempty"`

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
	if b.Ephemeral != "" {
		if err := json.Unmarshal([]byte(b.Ephemeral), &topics); err != nil {
			return fmt.Errorf("%w: read which topics carry ephemeral events: %w", ErrBackup, err)
		}
	}
	if n := len(topics); n > journal.MaxEphemeral {
		return fmt.Errorf("%w: it names %d topics that carry ephemeral events, there are %d at most", ErrBackup, n, journal.MaxEphemeral)
	}
	if age, err := time.ParseDuration(b.EphemeralAge); b.EphemeralAge != "" && (err != nil || age < time.Second) {
		return fmt.Errorf("%w: its age of ephemeral events %.40q is none", ErrBackup, b.EphemeralAge)
	}
	return nil
}
