package journal

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"latido/hub"
)

// One process has the stream for itself, so the note of samples can be part of
// the stream's metadata.
const (
	sampledKey   = "latido_sampled"
	sampleAgeKey = "latido_sample_age"
)

func (b *local) samples(_ context.Context, info *jetstream.StreamInfo) (sampleNote, error) {
	metadata := info.Config.Metadata
	note := sampleNote{age: sampleAge(metadata)}
	if text := metadata[sampledKey]; text != "" {
		if err := json.Unmarshal([]byte(text), &note.topics); err != nil {
			return note, fmt.Errorf("read which topics carry samples: %w", err)
		}
	}
	return note, nil
}

func (b *local) noteSamples(ctx context.Context, topics []hub.Topic) ([]hub.Topic, error) {
	s, err := b.line.js.Stream(ctx, streamName)
	if err != nil {
		return nil, fmt.Errorf("read which topics carry samples: %w", err)
	}
	note, err := b.samples(ctx, s.CachedInfo())
	if err != nil {
		return nil, err
	}
	all := note.with(topics)
	if all == nil {
		return nil, nil
	}
	text, err := json.Marshal(all)
	if err != nil {
		return nil, fmt.Errorf("note which topics carry samples: %w", err)
	}
	cfg := s.CachedInfo().Config
	cfg.Metadata[sampledKey] = string(text)
	if _, err := b.line.js.UpdateStream(ctx, cfg); err != nil {
		return nil, fmt.Errorf("note which topics carry samples: %w", err)
	}
	return all, syncTree(b.cfg.Dir)
}

// noteSampleAge keeps the shortest age that samples ever had.
func noteSampleAge(metadata map[string]string, age time.Duration) {
	if known := sampleAge(metadata); known > 0 {
		age = min(age, known)
	}
	metadata[sampleAgeKey] = age.String()
}

func sampleAge(metadata map[string]string) time.Duration {
	age, _ := time.ParseDuration(metadata[sampleAgeKey])
	return age
}
