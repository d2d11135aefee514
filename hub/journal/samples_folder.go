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

// One process has the stream for itself, so the note of samples can be part of
// the stream's metadata.
const (
	SampledKey   = "latido_sampled"    // the topics that carry samples, as JSON
	SampleAgeKey = "latido_sample_age" // the shortest age that samples ever had
)

func (f *folder) samples(_ context.Context, info *jetstream.StreamInfo) (sampleNote, error) {
	metadata := info.Config.Metadata
	note := sampleNote{age: sampleAge(metadata)}
	if text := metadata[SampledKey]; text != "" {
		if err := json.Unmarshal([]byte(text), &note.topics); err != nil {
			return note, fmt.Errorf("read which topics carry samples: %w", err)
		}
	}
	return note, nil
}

func (f *folder) noteSamples(ctx context.Context, topics []hub.Topic) ([]hub.Topic, error) {
	s, err := f.js.Stream(ctx, StreamName)
	if err != nil {
		return nil, fmt.Errorf("read which topics carry samples: %w", err)
	}
	note, err := f.samples(ctx, s.CachedInfo())
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
	cfg.Metadata[SampledKey] = string(text)
	if _, err := f.js.UpdateStream(ctx, cfg); err != nil {
		return nil, fmt.Errorf("note which topics carry samples: %w", err)
	}
	return all, fsync.SyncTree(f.cfg.Dir)
}

// noteSampleAge notes the shortest age that samples ever had.
func noteSampleAge(metadata map[string]string, age time.Duration) {
	if known := sampleAge(metadata); known > 0 {
		age = min(age, known)
	}
	metadata[SampleAgeKey] = age.String()
}

func sampleAge(metadata map[string]string) time.Duration {
	age, _ := time.ParseDuration(metadata[SampleAgeKey])
	return age
}
