package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"latido/hub/journal/fsync"
)

// OpenBucket makes a bucket, or checks the one it finds, with as many replicas as the
// cluster is to have, and returns its stream as LeaderStream does. What is stored in it is
// then as durable as Durable says. Errors wrap ErrUnreadable or ErrMismatch, or say what
// NATS refused.
func (r *Run) OpenBucket(ctx context.Context, js jetstream.JetStream, want jetstream.KeyValueConfig) (kv jetstream.KeyValue, leader jetstream.Stream, err error) {
	stream := "KV_" + want.Bucket
	want.Replicas = r.Replicas()
	err = r.Prepare(ctx, "prepare the bucket "+want.Bucket, func(ctx context.Context) error {
		if kv, err = ensureBucket(ctx, js, want, r.cfg); err != nil {
			return err
		}
		leader, err = LeaderStream(ctx, js, stream)
		return err
	})
	if err != nil || r.cfg.Cluster != nil || want.Storage != jetstream.FileStorage {
		return kv, leader, err
	}
	// What can be read is on the disk, and so are the names of new folders.
	if err := fsync.SyncTree(r.cfg.Dir); err != nil {
		return nil, nil, err
	}
	files := fsync.Tree{Dir: StreamDir(r.cfg.Dir, stream), Force: r.cfg.Force}
	r.StartCommitter(stream, leader.CachedInfo().State.LastSeq, files, files)
	return kv, leader, nil
}

// ensureBucket makes a bucket, or checks the one it finds. On a folder it gives that one the
// settings of today.
func ensureBucket(ctx context.Context, js jetstream.JetStream, want jetstream.KeyValueConfig, cfg Config) (jetstream.KeyValue, error) {
	kv, err := js.KeyValue(ctx, want.Bucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		// As with events: what could not be recovered must not be written over, and to go
		// on without accounts would be to open access to everybody.
		if cfg.Cluster == nil && Holds(cfg.Dir, "KV_"+want.Bucket) {
			return nil, fmt.Errorf("%w: %s holds records, but the engine did not recover them (its log says why): "+
				"put the folder back from a copy, or move it away to start with an empty one", ErrUnreadable, MessagesDir(cfg.Dir, "KV_"+want.Bucket))
		}
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
	if cfg.Cluster == nil {
		return js.UpdateKeyValue(ctx, want) // nobody else uses it
	}
	show := func(c jetstream.KeyValueConfig) string {
		return fmt.Sprintf("replicas %d, time to live %v, %d bytes, %v storage, deletions remembered for %v",
			c.Replicas, c.TTL, c.MaxBytes, c.Storage, c.LimitMarkerTTL)
	}
	return nil, fmt.Errorf("%w: the bucket %s: %s there, %s asked for. Start every node with the same --replicas; or, with no node running, delete the bucket (nats kv del %s): the next node makes it",
		ErrMismatch, want.Bucket, show(found), show(want), want.Bucket)
}
