package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// accessBucket keeps Records. The store refuses more than its size, so whoever
	// may make records must be bounded elsewhere.
	accessBucket   = "latido-access"
	accessMaxBytes = 32 << 20

	// ticketsBucket keeps Tickets.
	ticketsBucket   = "latido-tickets"
	ticketsMaxBytes = 8 << 20

	// TicketAge is when a ticket goes by itself.
	TicketAge = time.Minute

	// markerAge is how long the store remembers that a record was deleted, for
	// those who watch: longer than a watch can stand still without ending. So there
	// are never more markers than records were deleted in an hour.
	markerAge = time.Hour
)

// bucketConfigs are the buckets that records live in, by name.
func bucketConfigs(cfg Config) map[string]jetstream.KeyValueConfig {
	replicas := 1
	if cfg.Cluster != nil {
		replicas = cfg.Cluster.Replicas
	}
	return map[string]jetstream.KeyValueConfig{
		accessBucket: {
			Bucket: accessBucket, Description: "Who may use Latido", MaxBytes: accessMaxBytes, History: 1,
			Storage: jetstream.FileStorage, Replicas: replicas, LimitMarkerTTL: markerAge,
		},
		ticketsBucket: {
			Bucket: ticketsBucket, Description: "What Latido's nodes must know of each other for a minute", MaxBytes: ticketsMaxBytes, History: 1,
			Storage: jetstream.MemoryStorage, Replicas: replicas, TTL: TicketAge, LimitMarkerTTL: TicketAge,
		},
	}
}

// bucket is one that is open, on one run of the engine.
type bucket struct {
	kv      jetstream.KeyValue
	conn    *nats.Conn
	stream  string // that it is kept in
	subject string // of a key, up to its name
	marker  time.Duration
	seen    highest    // newest revision known to be stored
	commit  *committer // nil where an acknowledgement is all there is to wait for
}

// openBuckets makes or checks the buckets.
func (e *engine) openBuckets(ctx context.Context) (err error) {
	if e.records, err = e.openLasting("records"); err != nil {
		return err
	}
	e.buckets = map[string]*bucket{}
	for name, want := range bucketConfigs(e.cfg) {
		kv, err := e.backend.bucket(ctx, e.records, want)
		if err != nil {
			return fmt.Errorf("open the bucket %s: %w", name, err)
		}
		b := &bucket{kv: kv, conn: e.records.conn, stream: "KV_" + name, subject: "$KV." + name + ".", marker: want.LimitMarkerTTL}
		if want.Storage == jetstream.FileStorage {
			last, err := b.newest(ctx)
			if err != nil {
				return fmt.Errorf("open the bucket %s: %w", name, err)
			}
			b.commit = e.backend.keep(b.stream, last)
		}
		e.buckets[name] = b
	}
	return nil
}

// stopBuckets ends what openBuckets has started.
func (e *engine) stopBuckets() {
	for _, b := range e.buckets {
		if b.commit != nil {
			b.commit.stop()
		}
	}
	e.records.close()
}

// durable returns once a revision is as durable as an acknowledgement promises.
func (b *bucket) durable(ctx context.Context, mode Durability, revision uint64) error {
	switch {
	case b.commit == nil:
		return nil
	case mode == Fast:
		b.commit.note(revision)
		return nil
	}
	if b.commit.durable.Load() < revision {
		b.commit.hurry(revision)
	}
	return b.commit.await(ctx, revision)
}

// kept is what a bucket keeps under a name: a value, or the marker of a deletion.
// The zero one is kept where nothing ever was, or no marker is left.
type kept struct {
	value    []byte
	deleted  bool
	revision uint64
}

// there reports whether it is a value.
func (k kept) there() bool { return k.revision > 0 && !k.deleted }

// last answers what is kept under a name now. It does not use the API of buckets,
// which has the server that is nearest answer: one that is behind would show a
// session that has been revoked.
func (b *bucket) last(ctx context.Context, name string) (kept, error) {
	request, err := json.Marshal(struct {
		Last string `json:"last_by_subj"`
	}{b.subject + name})
	if err != nil {
		return kept{}, err
	}
	msg, err := b.ask(ctx, request)
	if err != nil {
		return kept{}, err
	}
	var answer struct {
		Error *struct {
			Code        int                 `json:"code"`
			ErrCode     jetstream.ErrorCode `json:"err_code"`
			Description string              `json:"description"`
		} `json:"error"`
		Message struct {
			Seq    uint64 `json:"seq"`
			Header []byte `json:"hdrs"`
			Data   []byte `json:"data"`
		} `json:"message"`
	}
	if err := json.Unmarshal(msg.Data, &answer); err != nil {
		return kept{}, fmt.Errorf("read a record: %w", err)
	}
	switch {
	case answer.Error != nil && answer.Error.ErrCode == jetstream.JSErrCodeMessageNotFound:
		return kept{}, nil
	case answer.Error != nil:
		return kept{}, fmt.Errorf("the engine answers %d %s", answer.Error.Code, answer.Error.Description)
	case answer.Message.Seq == 0:
		return kept{}, errors.New("the engine answers no record")
	}
	k := kept{append([]byte{}, answer.Message.Data...), false, answer.Message.Seq}
	if len(answer.Message.Header) > 0 {
		header, err := nats.DecodeHeadersMsg(answer.Message.Header)
		if err != nil {
			return kept{}, fmt.Errorf("read a record: %w", err)
		}
		k.deleted = isMarker(header)
	}
	return k, nil
}

// askEvery is when a question that was not answered is asked again: while servers
// find out who leads the bucket, nobody hears it.
const askEvery = 400 * time.Millisecond

// ask asks the leader of the bucket until it answers, or ctx ends.
func (b *bucket) ask(ctx context.Context, request []byte) (*nats.Msg, error) {
	for {
		limited, cancel := context.WithTimeout(ctx, askEvery)
		msg, err := b.conn.RequestWithContext(limited, "$JS.API.STREAM.MSG.GET."+b.stream, request)
		cancel()
		if ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
			return msg, err
		}
	}
}

// newest answers the revision of the newest record or marker, 0 for none.
func (b *bucket) newest(ctx context.Context) (uint64, error) {
	k, err := b.last(ctx, ">")
	return k.revision, err
}

// isMarker reports whether a message says that a record is gone: that it was
// deleted, or that its time was over.
func isMarker(h nats.Header) bool {
	return h.Get("KV-Operation") != "" || h.Get(jetstream.MarkerReasonHeader) != ""
}

// treeDisk forces all files of a bucket onto the disk. They are few and small, and
// a record that replaces another may change any of them.
type treeDisk struct {
	dir   string
	force forceFunc
}

func (d treeDisk) sync() error { return syncTreeBy(d.dir, d.force) }
func (d treeDisk) close()      {}

// streamDir is where nats-server keeps a stream.
func streamDir(dir, stream string) string {
	return filepath.Join(dir, "jetstream", "$G", "streams", stream)
}

// bucket makes a bucket, or gives the one it finds the settings of today.
func (b *local) bucket(ctx context.Context, l line, want jetstream.KeyValueConfig) (jetstream.KeyValue, error) {
	// As with events: what could not be recovered must not be written over, and to
	// go on without accounts would be to let everybody in.
	_, err := l.js.KeyValue(ctx, want.Bucket)
	if dir := filepath.Join(streamDir(b.cfg.Dir, "KV_"+want.Bucket), "msgs"); errors.Is(err, jetstream.ErrBucketNotFound) && hasBlocks(dir) {
		return nil, fmt.Errorf("%w: %s holds records, but the engine did not recover them (its log says why): "+
			"put the folder back from a copy, or move it away to begin anew", ErrUnreadable, dir)
	}
	kv, err := ensureBucket(ctx, l.js, want)
	if errors.Is(err, ErrMismatch) {
		return l.js.UpdateKeyValue(ctx, want) // nobody else uses it
	}
	return kv, err
}

func (b *local) keep(stream string, last uint64) *committer {
	pause := lazily
	if b.cfg.Durability == Fast {
		pause = fastSync
	}
	force := b.cfg.force
	if force == nil {
		force = (*os.File).Sync
	}
	return startCommitter(last, func() treeDisk { return treeDisk{streamDir(b.cfg.Dir, stream), force} }, pause)
}

// bucket makes a bucket, or checks the one it finds.
func (b *remote) bucket(ctx context.Context, l line, want jetstream.KeyValueConfig) (kv jetstream.KeyValue, err error) {
	b.line = l // another is the publisher's, and just as good to see what can be reached
	err = b.retry(ctx, "prepare the bucket "+want.Bucket, func(ctx context.Context) error {
		kv, err = ensureBucket(ctx, l.js, want)
		return err
	})
	return kv, err
}

// keep answers nil: the acknowledgement says it.
func (b *remote) keep(string, uint64) *committer { return nil }
