package journal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"latido/hub"
)

// ErrMismatch is wrapped when what a cluster has is not what the Config asks for.
// Nothing has been changed: other nodes may be using it.
var ErrMismatch = errors.New("the cluster is set up in another way")

// stream makes the stream and the bucket of notes, or checks those it finds. Nodes
// that start together find each other's.
func (b *remote) stream(ctx context.Context, l line) (info *jetstream.StreamInfo, err error) {
	b.line = l
	err = b.retry(ctx, "prepare the stream "+streamName, func(ctx context.Context) error {
		s, err := l.js.Stream(ctx, streamName)
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			s, err = l.js.CreateStream(ctx, b.wanted(newEpoch()))
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
	return info, b.retry(ctx, "prepare the bucket "+stateBucket, func(ctx context.Context) error {
		b.state, err = ensureBucket(ctx, l.js, stateConfig(b.cfg))
		if err != nil {
			return err
		}
		return b.noteAge(ctx)
	})
}

// wanted is the stream as the Config asks for it.
func (b *remote) wanted(epoch string) jetstream.StreamConfig {
	s := withLimits(freshStream(epoch), b.cfg)
	s.Replicas = b.cfg.Cluster.Replicas
	s.Metadata = map[string]string{epochKey: epoch} // the age of samples is noted elsewhere
	return s
}

// compare complains about everything in which the stream is not the wanted one.
func (b *remote) compare(found jetstream.StreamConfig) error {
	want := b.wanted("")
	var all []string
	differ := func(what string, is, wanted any) {
		if fmt.Sprint(is) != fmt.Sprint(wanted) {
			all = append(all, fmt.Sprintf("%s: %v there, %v asked for", what, is, wanted))
		}
	}
	slices.Sort(found.Subjects)
	slices.Sort(want.Subjects)
	differ("replicas", found.Replicas, want.Replicas)
	differ("bytes kept", found.MaxBytes, want.MaxBytes)
	differ("time kept", found.MaxAge, want.MaxAge)
	differ("time that idempotency keys are remembered", found.Duplicates, want.Duplicates)
	differ("subjects", found.Subjects, want.Subjects)
	differ("storage", found.Storage, want.Storage)
	differ("retention", found.Retention, want.Retention)
	differ("discard", found.Discard, want.Discard)
	differ("messages kept", found.MaxMsgs, want.MaxMsgs)
	differ("messages kept of a subject", found.MaxMsgsPerSubject, want.MaxMsgsPerSubject)
	differ("direct reads", found.AllowDirect, want.AllowDirect)
	differ("time to live of messages", found.AllowMsgTTL, want.AllowMsgTTL)
	if found.MaxMsgSize > 0 {
		differ("largest message", found.MaxMsgSize, "no limit")
	}
	if !hub.ValidEpoch(found.Metadata[epochKey]) {
		all = append(all, "it has no epoch, so it is not a stream of Latido")
	}
	if len(all) == 0 {
		return nil
	}
	return final{fmt.Errorf("%w: the stream %s: %s. Start every node with the settings that the stream has, or change the stream (nats stream edit %s), then start the nodes again",
		ErrMismatch, streamName, strings.Join(all, "; "), streamName)}
}

// ensureBucket makes a bucket, or checks the one it finds.
func ensureBucket(ctx context.Context, js jetstream.JetStream, want jetstream.KeyValueConfig) (jetstream.KeyValue, error) {
	kv, err := js.KeyValue(ctx, want.Bucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		kv, err = js.CreateKeyValue(ctx, want)
	}
	if err != nil {
		return nil, err
	}
	status, err := kv.Status(ctx)
	if err != nil {
		return nil, err
	}
	found := status.Config()
	if found.Replicas == want.Replicas && found.TTL == want.TTL && found.MaxBytes == want.MaxBytes && found.Storage == want.Storage &&
		found.LimitMarkerTTL == want.LimitMarkerTTL {
		return kv, nil
	}
	show := func(c jetstream.KeyValueConfig) string {
		return fmt.Sprintf("replicas %d, time to live %v, %d bytes, %v storage, deletions remembered for %v",
			c.Replicas, c.TTL, c.MaxBytes, c.Storage, c.LimitMarkerTTL)
	}
	return nil, final{fmt.Errorf("%w: the bucket %s: %s there, %s asked for. Start every node with the same --replicas; or, with no node running, delete the bucket (nats kv del %s): the next node makes it",
		ErrMismatch, want.Bucket, show(found), show(want), want.Bucket)}
}
