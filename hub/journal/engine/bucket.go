package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/nats-io/nats.go/jetstream"

	"latido/hub/journal/fsync"
)

// OpenBucket makes a bucket, or checks the one it finds, with as many replicas as the
// cluster is to have. What is stored in it is then as durable as Durable says. Errors
// wrap ErrUnreadable or ErrMismatch, or tell what NATS refused.
func (r *Run) OpenBucket(ctx context.Context, js jetstream.JetStream, want jetstream.KeyValueConfig) (kv jetstream.KeyValue, err error) {
	want.Replicas = r.Replicas()
	err = r.Prepare(ctx, "prepare the bucket "+want.Bucket, func(ctx context.Context) error {
		kv, err = r.backend.openBucket(ctx, js, want)
		return err
	})
	if err != nil || r.cfg.Cluster != nil || want.Storage != jetstream.FileStorage {
		return kv, err
	}
	stream := "KV_" + want.Bucket
	s, err := js.Stream(ctx, stream)
	if err != nil {
		return nil, err
	}
	// What can be read is on the disk, and so are the names of new folders.
	if err := fsync.SyncTree(r.cfg.Dir); err != nil {
		return nil, err
	}
	r.Keep(stream, fsync.Start(s.CachedInfo().State.LastSeq, func() fsync.Tree {
		return fsync.Tree{Dir: streamDir(r.cfg.Dir, stream), Force: r.cfg.Force}
	}, r.SyncOptions()))
	return kv, nil
}

// openBucket gives a bucket that it finds the settings of today.
func (b *local) openBucket(ctx context.Context, js jetstream.JetStream, want jetstream.KeyValueConfig) (jetstream.KeyValue, error) {
	// As with events: what could not be recovered must not be written over, and to go
	// on without accounts would be to let everybody in.
	_, err := js.KeyValue(ctx, want.Bucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) && Holds(b.cfg.Dir, "KV_"+want.Bucket) {
		return nil, fmt.Errorf("%w: %s holds records, but the engine did not recover them (its log says why): "+
			"put the folder back from a copy, or move it away to begin anew", ErrUnreadable, MessagesDir(b.cfg.Dir, "KV_"+want.Bucket))
	}
	kv, err := ensureBucket(ctx, js, want)
	if errors.Is(err, ErrMismatch) {
		return js.UpdateKeyValue(ctx, want) // nobody else uses it
	}
	return kv, err
}

func (b *remote) openBucket(ctx context.Context, js jetstream.JetStream, want jetstream.KeyValueConfig) (jetstream.KeyValue, error) {
	return ensureBucket(ctx, js, want)
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
	return nil, fmt.Errorf("%w: the bucket %s: %s there, %s asked for. Start every node with the same --replicas; or, with no node running, delete the bucket (nats kv del %s): the next node makes it",
		ErrMismatch, want.Bucket, show(found), show(want), want.Bucket)
}

// streamDir is where nats-server keeps a stream.
func streamDir(dir, stream string) string {
	return filepath.Join(dir, "jetstream", "$G", "streams", stream)
}

// BlockSuffix ends the names of the files in MessagesDir, which begin with a number.
const BlockSuffix = ".blk"

// MessagesDir is where nats-server keeps the messages of a stream below a data folder:
// in files with numbers for names, of which it appends to the newest.
func MessagesDir(dir, stream string) string { return filepath.Join(streamDir(dir, stream), "msgs") }

// Holds reports whether messages of a stream, or traces of some, are in a data folder.
func Holds(dir, stream string) bool {
	files, _ := filepath.Glob(filepath.Join(MessagesDir(dir, stream), "*"+BlockSuffix)) // the pattern is good
	for _, f := range files {
		if fi, err := os.Stat(f); err == nil && fi.Size() > 0 {
			return true
		}
	}
	return false
}
