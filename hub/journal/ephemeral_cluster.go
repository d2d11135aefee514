package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"latido/hub"
)

// Several nodes share the stream, and a change of its metadata cannot be made to
// depend on what is there: of two nodes that add a topic at once one would undo
// the other. So the note of ephemeral events is a key in a bucket, which can.
const (
	stateBucket   = "latido-state"
	stateMaxBytes = 1 << 20
	ephemeralKey  = "samples"
)

func stateConfig() jetstream.KeyValueConfig {
	return jetstream.KeyValueConfig{
		Bucket: stateBucket, Description: "What Latido's nodes must know of the stream", MaxBytes: stateMaxBytes,
		Storage: jetstream.FileStorage, History: 1,
	}
}

// storedNote is the key's value.
type storedNote struct {
	Topics []hub.Topic `json:"topics"`
	Age    string      `json:"age"`
}

func (b *cluster) ephemeral(ctx context.Context, _ *jetstream.StreamInfo) (ephemeralNote, error) {
	note, _, err := b.readNote(ctx)
	return note, err
}

// readNote returns the note and its revision, 0 when there is none yet.
func (b *cluster) readNote(ctx context.Context) (note ephemeralNote, revision uint64, err error) {
	entry, err := b.state.Get(ctx, ephemeralKey)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return note, 0, nil
	}
	if err != nil {
		return note, 0, fmt.Errorf("read which topics carry ephemeral events: %w", err)
	}
	var stored storedNote
	if err := json.Unmarshal(entry.Value(), &stored); err != nil {
		return note, 0, fmt.Errorf("read which topics carry ephemeral events: %w", err)
	}
	if note.age, err = time.ParseDuration(stored.Age); err != nil {
		return note, 0, fmt.Errorf("read the age of ephemeral events: %w", err)
	}
	note.topics = stored.Topics
	return note, entry.Revision(), nil
}

// change edits the note until no other node has done so meanwhile.
func (b *cluster) change(ctx context.Context, edit func(*ephemeralNote)) error {
	for {
		before, revision, err := b.readNote(ctx)
		if err != nil {
			return err
		}
		note := before
		if edit(&note); len(note.topics) == len(before.topics) && note.age == before.age {
			return nil
		}
		value, err := json.Marshal(storedNote{note.topics, note.age.String()})
		if err != nil {
			return fmt.Errorf("note which topics carry ephemeral events: %w", err)
		}
		if _, err = b.state.Update(ctx, ephemeralKey, value, revision); err == nil {
			return nil
		}
		if !errors.Is(err, jetstream.ErrKeyRevisionMismatch) {
			return fmt.Errorf("note which topics carry ephemeral events: %w", err)
		}
		// Read again, but after a pause: a server that is behind may have replied.
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("note which topics carry ephemeral events: %w", ctx.Err())
		}
	}
}

func (b *cluster) noteEphemeral(ctx context.Context, topics []hub.Topic) (all []hub.Topic, err error) {
	err = b.change(ctx, func(note *ephemeralNote) {
		if all = note.with(topics); all != nil {
			note.topics = all
		}
	})
	return all, err
}

// noteAge notes the shortest age that ephemeral events ever had.
func (b *cluster) noteAge(ctx context.Context) error {
	return b.change(ctx, func(note *ephemeralNote) {
		if note.age == 0 || note.age > b.cfg.EphemeralAge {
			note.age = b.cfg.EphemeralAge
		}
	})
}
