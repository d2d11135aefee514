package journal

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go/jetstream"

	"latido/hub"
	"latido/hub/journal/engine"
)

// folder has the stream on a folder of this machine, which no other process uses.
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
		return nil, fmt.Errorf("%w: %s holds events, but the engine did not recover them (its log says why): "+
			"put the folder back from a copy, or move it away to start with an empty one", engine.ErrUnreadable, engine.MessagesDir(f.cfg.Dir, StreamName))
	}
	s, err := js.CreateStream(ctx, NewStream(f.cfg))
	if err != nil {
		return nil, fmt.Errorf("create the stream: %w", err)
	}
	return s.CachedInfo(), nil
}

func differ(a, b jetstream.StreamConfig) bool {
	return a.Metadata[EpochKey] != b.Metadata[EpochKey] || a.MaxBytes != b.MaxBytes || a.MaxAge != b.MaxAge || a.Duplicates != b.Duplicates ||
		a.AllowMsgTTL != b.AllowMsgTTL || !slices.Equal(a.Subjects, b.Subjects) || a.Metadata[EphemeralAgeKey] != b.Metadata[EphemeralAgeKey]
}
