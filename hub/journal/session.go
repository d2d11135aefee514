package journal

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"latido/hub"
	"latido/hub/journal/engine"
	"latido/hub/journal/fsync"
)

// session is the journal on one Run of NATS: its connections, and what is known of the
// stream.
type session struct {
	cfg     Config
	run     *engine.Run
	storage storage
	epoch   atomic.Pointer[string]

	// Two connections, so that publishers do not wait for a page of history, which may be
	// megabytes. Every Follow has one of its own.
	publish jetstream.JetStream
	history jetstream.JetStream

	seen      highest // newest sequence known to be stored
	behind    lateness
	ephemeral sync.Map   // topics that are known to have been noted
	declaring sync.Mutex // while ephemeral grows

	commit *fsync.Committer // nil where an acknowledgement is all there is to wait for
	posts  *publisher
}

// storage is what differs between a folder, which one process has for itself, and a
// cluster, which several share.
type storage interface {
	// stream makes or checks the stream.
	stream(ctx context.Context, js jetstream.JetStream) (*jetstream.StreamInfo, error)
	// ephemeral events returns what is noted of ephemeral events; info is the stream's of now.
	ephemeral(ctx context.Context, info *jetstream.StreamInfo) (ephemeralNote, error)
	// noteEphemeral notes that topics carry ephemeral events and returns all that do, nil when
	// they would be too many.
	noteEphemeral(ctx context.Context, topics []hub.Topic) ([]hub.Topic, error)
}

// startSession prepares the stream and returns when events can be published and read.
// The Run closes what it has opened.
func startSession(ctx context.Context, cfg Config, run *engine.Run) (_ *session, err error) {
	e := &session{cfg: cfg, run: run}
	if e.publish, err = run.Connect("publisher"); err != nil {
		return nil, err
	}
	if e.history, err = run.Connect("history reader"); err != nil {
		return nil, err
	}
	e.storage = &folder{cfg: cfg, run: run, js: e.publish}
	if cfg.Cluster != nil {
		e.storage = &cluster{cfg: cfg, run: run, js: e.publish}
	}
	info, err := e.storage.stream(ctx, e.publish)
	if err != nil {
		return nil, err
	}
	b := boundsOf(info)
	e.epoch.Store(&b.Epoch)
	note, err := e.storage.ephemeral(ctx, info)
	if err != nil {
		return nil, err
	}
	e.addEphemeral(note.topics)
	if err := run.Begin(); err != nil {
		return nil, err
	}
	if err := e.startCommit(b); err != nil {
		return nil, err
	}
	if e.posts, err = startPublisher(e.publish.Conn(), e.commit, cfg); err != nil {
		return nil, err
	}
	// No acknowledgement comes for events that are on their way then.
	e.publish.Conn().SetDisconnectErrHandler(func(*nats.Conn, error) { e.posts.cutOff() })
	return e, nil
}

// startCommit has events forced onto the disk, where this process does that.
func (e *session) startCommit(stored hub.Bounds) error {
	if e.cfg.Cluster != nil {
		return nil
	}
	var disks [2]*fsync.Segments
	for i := range disks {
		var err error
		if disks[i], err = fsync.NewSegments(engine.MessagesDir(e.cfg.Dir, StreamName), engine.BlockSuffix, e.cfg.Force); err != nil {
			return err
		}
	}
	e.commit = e.run.StartCommitter(StreamName, stored.Last, disks[0], disks[1])
	return nil
}

// shown returns up to where events may be shown of those up to last.
func (e *session) shown(last uint64) uint64 {
	if e.commit == nil || e.cfg.Durability == engine.Fast {
		return last
	}
	return min(last, e.commit.Durable())
}
