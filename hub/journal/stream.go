package journal

import (
	"crypto/rand"
	"maps"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	// StreamName is that of the stream of all events.
	StreamName = "latido-events"

	// EpochKey is where the stream's metadata has the epoch.
	EpochKey = "latido_epoch"

	epochLen = 8
)

// NewStream returns the stream of a new journal, under a new epoch.
func NewStream(cfg Config) jetstream.StreamConfig {
	return withLimits(jetstream.StreamConfig{
		Name:        StreamName,
		Description: "Every event of Latido, in the one order",
		Retention:   jetstream.LimitsPolicy,
		Discard:     jetstream.DiscardOld,
		Storage:     jetstream.FileStorage,
		Replicas:    1,
		MaxMsgs:     -1,
		AllowDirect: true,
		Compression: jetstream.NoCompression,
		// No MaxMsgsPerSubject: it deletes from the middle at once, where the age of
		// ephemeral events does so when they are old.
		MaxMsgsPerSubject: -1,
		Metadata:          map[string]string{EpochKey: newEpoch()},
	}, cfg.withDefaults())
}

func newEpoch() string { return strings.ToLower(rand.Text()[:epochLen]) }

// withLimits sets what a later run may change. All else, the epoch above all,
// stays as it was created.
func withLimits(s jetstream.StreamConfig, cfg Config) jetstream.StreamConfig {
	s.MaxBytes = cfg.MaxBytes
	s.MaxAge = cfg.MaxAge
	s.Duplicates = cfg.DedupeWindow
	s.Subjects = allSubjects()
	s.AllowMsgTTL = true
	s.Metadata = maps.Clone(s.Metadata)
	noteEphemeralAge(s.Metadata, cfg.EphemeralAge)
	return s
}
