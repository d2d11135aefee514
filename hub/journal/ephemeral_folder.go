package journal

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"latido/hub"
	"latido/hub/journal/fsync"
)

// One process has the stream for itself, so the note of ephemeral events can be part of
// the stream's metadata.
const (
	EphemeralKey    = "latido_sampled"    // the topics that carry ephemeral events, as JSON
	EphemeralAgeKey = "latido_sample_age" // the shortest age that ephemeral events ever had
)

func (f *folder) ephemeral(_ context.Context, info *jetstream.StreamInfo) (ephemeralNote, error) {
	metadata := info.Config.Metadata
	note := ephemeralNote{age: ephemeralAge(metadata)}
	if text := metadata[EphemeralKey]; text != "" {
		if err := json.Unmarshal([]byte(text), &note.topics); err != nil {
			return note, fmt.Errorf("read which topics carry ephemeral events: %w", err)
		}
	}
	return note, nil
}

func (f *folder) noteEphemeral(ctx context.Context, topics []hub.Topic) ([]hub.Topic, error) {
	s, err := f.js.Stream(ctx, StreamName)
	if err != nil {
		return nil, fmt.Errorf("read which topics carry ephemeral events: %w", err)
	}
	note, err := f.ephemeral(ctx, s.CachedInfo())
	if err != nil {
		return nil, err
	}
	all := note.with(topics)
	if all == nil {
		return nil, nil
	}
	text, err := json.Marshal(all)
	if err != nil {
		return nil, fmt.Errorf("note which topics carry ephemeral events: %w", err)
	}
	cfg := s.CachedInfo().Config
	cfg.Metadata[EphemeralKey] = string(text)
	if _, err := f.js.UpdateStream(ctx, cfg); err != nil {
		return nil, fmt.Errorf("note which topics carry ephemeral events: %w", err)
	}
	return all, fsync.SyncTree(f.cfg.Dir)
}

// noteEphemeralAge notes the shortest age that ephemeral events ever had.
func noteEphemeralAge(metadata map[string]string, age time.Duration) {
	if known := ephemeralAge(metadata); known > 0 {
		age = min(age, known)
	}
	metadata[EphemeralAgeKey] = age.String()
}

func ephemeralAge(metadata map[string]string) time.Duration {
	age, _ := time.ParseDuration(metadata[EphemeralAgeKey])
	return age
}
