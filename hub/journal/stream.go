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
	"latido/hub/journal/engine"
)

const (
	// StreamName is that of the stream of all events.
	StreamName = "latido-events"

	// EpochKey is where the stream's metadata has the epoch.
	EpochKey = "latido_epoch"

	epochLen = 8
)

// folder keeps the stream on a folder of this machine, which this process has for
// itself.
type folder struct {
	cfg Config
	run *engine.Run
	js  jetstream.JetStream // for what is asked of the stream beside events
}

// stream makes the stream when the folder is new. It gives an old one the limits of
// today, and another epoch when some of its sequences may be used a second time.
func (f *folder) stream(ctx context.Context, js jetstream.JetStream) (*jetstream.StreamInfo, error) {
	s, err := js.Stream(ctx, StreamName)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return f.create(ctx, js)
	}
	if err != nil {
		return nil, fmt.Errorf("find the stream: %w", err)
	}
	old := s.CachedInfo().Config
	if epoch := old.Metadata[EpochKey]; !hub.ValidEpoch(epoch) {
		return nil, fmt.Errorf("%w: the stream %s in %s has no epoch", engine.ErrUnreadable, StreamName, f.cfg.Dir)
	}
	now := withLimits(old, f.cfg)
	if f.run.MayHaveLost() {
		now.Metadata[EpochKey] = newEpoch()
		f.cfg.Logger.Warn("the machine may have stopped before acknowledged events were on its disk: a new epoch begins", "epoch", now.Metadata[EpochKey])
	}
	if !differ(old, now) {
		return s.CachedInfo(), nil
	}
	if s, err = js.UpdateStream(ctx, now); err != nil {
		return nil, fmt.Errorf("change the stream: %w", err)
	}
	return s.CachedInfo(), nil
}

func (f *folder) create(ctx context.Context, js jetstream.JetStream) (*jetstream.StreamInfo, error) {
	// When NATS fails to recover a stream, it logs a warning and nothing more;
	// creating it then would write over what is there.
	if engine.Holds(f.cfg.Dir, StreamName) {
		return nil, fmt.Errorf("%w: %s holds some, but the engine did not recover them (its log says why): "+
			"put the folder back from a copy, or move it away to begin anew", engine.ErrUnreadable, engine.MessagesDir(f.cfg.Dir, StreamName))
	}
	s, err := js.CreateStream(ctx, NewStream(f.cfg))
	if err != nil {
		return nil, fmt.Errorf("create the stream: %w", err)
	}
	return s.CachedInfo(), nil
}

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
		// samples does so when they are old.
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
	noteSampleAge(s.Metadata, cfg.EphemeralAge)
	return s
}

func differ(a, b jetstream.StreamConfig) bool {
	return a.Metadata[EpochKey] != b.Metadata[EpochKey] || a.MaxBytes != b.MaxBytes || a.MaxAge != b.MaxAge || a.Duplicates != b.Duplicates ||
		a.AllowMsgTTL != b.AllowMsgTTL || !slices.Equal(a.Subjects, b.Subjects) || a.Metadata[SampleAgeKey] != b.Metadata[SampleAgeKey]
}
