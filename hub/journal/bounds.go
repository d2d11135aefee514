package journal

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/synadia-io/orbit.go/jetstreamext"

	"latido/hub"
	"latido/hub/journal/engine"
)

// Bounds returns what is stored now; see hub.Journal. In Safe mode events that
// are not on the disk yet do not count.
func (j *Journal) Bounds(ctx context.Context) (b hub.Bounds, err error) {
	err = j.use(ctx, "read the bounds", func(s *session) error {
		limited, cancel := context.WithTimeout(ctx, j.cfg.readTimeout())
		defer cancel()
		b, err = s.bounds(limited)
		return err
	})
	return b, err
}

func (e *session) bounds(ctx context.Context) (hub.Bounds, error) {
	info, b, err := e.ask(ctx, e.history)
	if err != nil {
		return hub.Bounds{}, err
	}
	note, err := e.storage.ephemeral(ctx, info)
	if err != nil {
		return hub.Bounds{}, err
	}
	b.Last, b.EphemeralTopics = e.shown(b.Last), note.topics
	if e.run.Replicas() > 1 {
		b.Lag = clusterLag
	}
	if len(b.EphemeralTopics) > 0 {
		// It is the server's clock that ephemeral events age by.
		oldest := info.TimeStamp.Add(-note.age).UTC()
		next, err := engine.Batch(ctx, e.history, StreamName, 1, jetstreamext.GetBatchStartTime(oldest), jetstreamext.GetBatchSubject(AllSubjects))
		if err != nil {
			return hub.Bounds{}, fmt.Errorf("ask for the oldest ephemeral event: %w", err)
		}
		b.EphemeralFrom = b.Last + 1
		if len(next) > 0 {
			b.EphemeralFrom = next[0].Sequence
		}
	}
	return b, nil
}

func boundsOf(info *jetstream.StreamInfo) hub.Bounds {
	b := hub.Bounds{
		Epoch: info.Config.Metadata[EpochKey],
		First: info.State.FirstSeq,
		Last:  info.State.LastSeq,
		Bytes: info.State.Bytes,
	}
	if info.State.Msgs == 0 {
		// A stream that never had anything says first 0, an emptied one says
		// last+1.
		b.First = b.Last + 1
	}
	return b
}
