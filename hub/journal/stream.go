package journal

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"latido/hub"
)

const (
	streamName = "latido-events"
	epochKey   = "latido_epoch"
	epochLen   = 8
)

// ErrUnreadable is wrapped when the folder holds events that the engine could
// not recover, or a stream that is not Latido's. Nothing has been changed. Put
// the folder back from a copy, or move it away to begin anew.
var ErrUnreadable = errors.New("stored events cannot be read")

// ensureStream answers the stream's epoch, making the stream when the folder
// is new and giving an old one the limits of today, and another epoch when some
// of its sequences may be given a second time.
func ensureStream(ctx context.Context, js jetstream.JetStream, cfg Config, anew bool) (string, error) {
	s, err := js.Stream(ctx, streamName)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return createStream(ctx, js, cfg)
	}
	if err != nil {
		return "", fmt.Errorf("find the stream: %w", err)
	}
	old := s.CachedInfo().Config
	epoch := old.Metadata[epochKey]
	if !hub.ValidEpoch(epoch) {
		return "", fmt.Errorf("%w: the stream %s in %s has no epoch", ErrUnreadable, streamName, cfg.Dir)
	}
	now := withLimits(old, cfg)
	if anew {
		epoch = newEpoch()
		now.Metadata[epochKey] = epoch
	}
	if anew || differ(old, now) {
		if _, err := js.UpdateStream(ctx, now); err != nil {
			return "", fmt.Errorf("change the stream: %w", err)
		}
	}
	return epoch, nil
}

func createStream(ctx context.Context, js jetstream.JetStream, cfg Config) (string, error) {
	// A stream that the engine fails to recover is a warning in its log and
	// nothing more; creating it then would write over what is there.
	if dir := blocksDir(cfg.Dir); hasBlocks(dir) {
		return "", fmt.Errorf("%w: %s holds some, but the engine did not recover them (its log says why): "+
			"put the folder back from a copy, or move it away to begin anew", ErrUnreadable, dir)
	}
	epoch := newEpoch()
	if _, err := js.CreateStream(ctx, withLimits(freshStream(epoch), cfg)); err != nil {
		return "", fmt.Errorf("create the stream: %w", err)
	}
	return epoch, nil
}

// freshStream is the stream as it is made, without the limits that a Config sets.
func freshStream(epoch string) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:        streamName,
		Description: "Every event of Latido, in the one order",
		Retention:   jetstream.LimitsPolicy,
		Discard:     jetstream.DiscardOld,
		Storage:     jetstream.FileStorage,
		Replicas:    1,
		MaxMsgs:     -1,
		AllowDirect: true,
		Compression: jetstream.NoCompression,
		// No MaxMsgsPerSubject: it deletes from the middle at once, where the age of
		// samples does so when they are old.
		MaxMsgsPerSubject: -1,
		Metadata:          map[string]string{epochKey: epoch},
	}
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
	noteSampleAge(s.Metadata, cfg.SampleAge)
	return s
}

func differ(a, b jetstream.StreamConfig) bool {
	return a.MaxBytes != b.MaxBytes || a.MaxAge != b.MaxAge || a.Duplicates != b.Duplicates ||
		a.AllowMsgTTL != b.AllowMsgTTL || !slices.Equal(a.Subjects, b.Subjects) || a.Metadata[sampleAgeKey] != b.Metadata[sampleAgeKey]
}
