package journal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"latido/hub"
	"latido/hub/journal/engine"
)

// clusterLag is how long after an acknowledgement the stream may still say that there
// is no such event; see session.trust.
const clusterLag = time.Second

// cluster has the stream on servers that several processes share.
type cluster struct {
	cfg   Config
	run   *engine.Run
	js    jetstream.JetStream
	state jetstream.KeyValue // what the nodes must know of each other's ephemeral events
}

// stream makes the stream and the bucket of notes, or checks those it finds. Nodes
// that start together find each other's.
func (b *cluster) stream(ctx context.Context, js jetstream.JetStream) (info *jetstream.StreamInfo, err error) {
	err = b.run.Prepare(ctx, "prepare the stream "+StreamName, func(ctx context.Context) error {
		s, err := js.Stream(ctx, StreamName)
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			s, err = js.CreateStream(ctx, b.wanted())
		}
		if err != nil {
			// Also when another node was quicker, with its own epoch: it is there then.
			return err
		}
		info = s.CachedInfo()
		return b.compare(info.Config)
	})
	if err != nil {
		return nil, err
	}
	if b.state, _, err = b.run.OpenBucket(ctx, js, stateConfig()); err != nil {
		return nil, err
	}
	return info, b.run.Prepare(ctx, "note the age of ephemeral events", b.noteAge)
}

// wanted is the stream of a new journal as the Config asks for it.
func (b *cluster) wanted() jetstream.StreamConfig {
	s := NewStream(b.cfg)
	s.Replicas = b.cfg.Cluster.Replicas
	delete(s.Metadata, EphemeralAgeKey) // it is noted elsewhere
	return s
}

// compare complains about everything in which the stream is not the wanted one.
func (b *cluster) compare(found jetstream.StreamConfig) error {
	want := b.wanted()
	var all []string
	differ := func(what string, is, wanted any) {
		if fmt.Sprint(is) != fmt.Sprint(wanted) {
			all = append(all, fmt.Sprintf("%s: %v there, %v asked for", what, is, wanted))
		}
	}
	slices.Sort(found.Subjects)
	slices.Sort(want.Subjects)
	differ("replicas", found.Replicas, want.Replicas)
	differ("bytes stored", found.MaxBytes, want.MaxBytes)
	differ("time kept", found.MaxAge, want.MaxAge)
	differ("time that idempotency keys are remembered", found.Duplicates, want.Duplicates)
	differ("subjects", found.Subjects, want.Subjects)
	differ("storage", found.Storage, want.Storage)
	differ("retention", found.Retention, want.Retention)
	differ("discard", found.Discard, want.Discard)
	differ("messages stored", found.MaxMsgs, want.MaxMsgs)
	differ("messages stored of a subject", found.MaxMsgsPerSubject, want.MaxMsgsPerSubject)
	differ("direct reads", found.AllowDirect, want.AllowDirect)
	differ("time to live of messages", found.AllowMsgTTL, want.AllowMsgTTL)
	if found.MaxMsgSize > 0 {
		differ("largest message", found.MaxMsgSize, "no limit")
	}
	if !hub.ValidEpoch(found.Metadata[EpochKey]) {
		all = append(all, "it has no epoch, so it is not a stream of Latido")
	}
	if len(all) == 0 {
		return nil
	}
	return fmt.Errorf("%w: the stream %s: %s. Start every node with the settings that the stream has, or change the stream (nats stream edit %s), then start the nodes again",
		engine.ErrMismatch, StreamName, strings.Join(all, "; "), StreamName)
}
