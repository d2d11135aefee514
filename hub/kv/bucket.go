package kv

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// BucketConfig describes a JetStream bucket that stores records.
type BucketConfig struct {
	Name        string // that NATS has it under
	Description string

	// MaxBytes bounds what is stored: the store refuses more. So whatever makes records
	// must be bounded elsewhere, too.
	MaxBytes int64

	// Age, unless it is 0, is when a record goes by itself. Such a bucket is in memory
	// only, and goes with the last server that has it.
	Age time.Duration

	// MarkerAge is how long a deletion is remembered, for watches. It must be
	// longer than a watch can stand still without ending. So there are never more
	// markers than records were deleted in that time.
	MarkerAge time.Duration
}

// Access stores people, their keys, links and login sessions.
var Access = BucketConfig{Name: "latido-access", Description: "Who may use Latido", MaxBytes: 32 << 20, MarkerAge: time.Hour}

// TicketAge is when a record of Tickets goes by itself.
const TicketAge = time.Minute

// Tickets stores what nodes must know of each other for a minute.
var Tickets = BucketConfig{
	Name: "latido-tickets", Description: "What Latido's nodes must know of each other for a minute", MaxBytes: 8 << 20, Age: TicketAge, MarkerAge: TicketAge,
}

// Stream is the name of the JetStream stream of the bucket.
func (c BucketConfig) Stream() string { return "KV_" + c.Name }

// Run is a run of NATS that a bucket is used on, until it ends.
type Run interface {
	// Connect opens a connection that comes back when it is cut; the Run closes it.
	Connect(name string) (jetstream.JetStream, error)
	// OpenBucket makes a bucket, or checks the one it finds. Of its stream GetMsg and
	// GetLastMsgForSubject ask the leader.
	OpenBucket(ctx context.Context, js jetstream.JetStream, want jetstream.KeyValueConfig) (jetstream.KeyValue, jetstream.Stream, error)
	// Unreachable and Refusal return why nothing can be read, and stored, as far as is
	// known without asking; nil when it can.
	Unreachable() error
	Refusal() error
	// Within does something within the time that a request may take, as long as the Run
	// can.
	Within(ctx context.Context, do func(context.Context) error) error
	// Durable returns nil once what was stored in a stream up to a revision is as
	// durable as an acknowledged event, soon where that is urgent.
	Durable(ctx context.Context, stream string, revision uint64, urgent bool) error
	// Read delivers what a stream stores from a sequence on, in order, then what is
	// stored. It returns nil when ctx has ended. known returns the newest sequence that
	// is known; idle is called while nothing comes.
	Read(ctx context.Context, stream, subject string, from uint64, known func() uint64, idle func(context.Context) error,
		deliver func(context.Context, *nats.Msg, uint64) error) error
}

// Bucket is a Store in a JetStream bucket of the Run that is on. NewBucket makes one.
type Bucket struct {
	cfg    BucketConfig
	isFull func(error) bool
	now    atomic.Pointer[opened] // nil while there is no Run
	away   atomic.Pointer[error]  // why there is none
}

var _ Store = (*Bucket)(nil)

// NewBucket returns a Bucket without a Run, whose calls fail until Start. isFull
// reports whether an error of a Run says that the disk is full.
func NewBucket(cfg BucketConfig, isFull func(error) bool) *Bucket {
	b := &Bucket{cfg: cfg, isFull: isFull}
	b.Stop(errors.New("the bucket has not been opened"))
	return b
}

// Start makes or checks the bucket on a Run, and uses that from then on.
func (b *Bucket) Start(ctx context.Context, run Run) error {
	o := &opened{cfg: b.cfg, run: run, stream: b.cfg.Stream(), subject: "$KV." + b.cfg.Name + "."}
	js, err := run.Connect("records")
	if err != nil {
		return err
	}
	want := jetstream.KeyValueConfig{
		Bucket: b.cfg.Name, Description: b.cfg.Description, MaxBytes: b.cfg.MaxBytes, History: 1,
		Storage: jetstream.FileStorage, TTL: b.cfg.Age, LimitMarkerTTL: b.cfg.MarkerAge,
	}
	if b.cfg.Age > 0 {
		want.Storage = jetstream.MemoryStorage
	}
	if o.kv, o.leader, err = run.OpenBucket(ctx, js, want); err != nil {
		return fmt.Errorf("open the bucket %s: %w", b.cfg.Name, err)
	}
	b.now.Store(o)
	return nil
}

// Stop leaves the Run, which must have been broken: calls in progress end by that. Calls
// fail with why until the next Start.
func (b *Bucket) Stop(why error) {
	b.away.Store(&why)
	b.now.Store(nil)
}

// open returns the bucket on the Run of now.
func (b *Bucket) open() (*opened, error) {
	if o := b.now.Load(); o != nil {
		return o, nil
	}
	return nil, *b.away.Load()
}

// failure makes of err what Store promises: nil, ctx's error, or one that wraps a
// sentinel of this package. Our own time limit must not pass for the caller's, so
// context.DeadlineExceeded stays out of the chain then.
func (b *Bucket) failure(ctx context.Context, what string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrConflict) || errors.Is(err, ErrNotFound):
		return fmt.Errorf("%s: %w", what, err)
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %w", what, ctx.Err())
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%w: %s: NATS did not reply in time", ErrUnavailable, what)
	case b.isFull(err):
		return fmt.Errorf("%w: %s: %w", ErrFull, what, err)
	}
	return fmt.Errorf("%w: %s: %w", ErrUnavailable, what, err)
}

// Put stores a value; see Store.
func (b *Bucket) Put(ctx context.Context, name string, value []byte, revision uint64) (now uint64, err error) {
	if err := Check(name, value); err != nil {
		return 0, fmt.Errorf("store a record: %w", err)
	}
	err = b.write(ctx, "store the record "+name, func(ctx context.Context, o *opened) error {
		now, err = o.put(ctx, name, value, revision)
		return err
	})
	if err != nil {
		return 0, err
	}
	return now, nil
}

// Delete deletes a record; see Store.
func (b *Bucket) Delete(ctx context.Context, name string, revision uint64) error {
	if err := CheckName(name); err != nil {
		return fmt.Errorf("delete a record: %w", err)
	}
	return b.write(ctx, "delete the record "+name, func(ctx context.Context, o *opened) error {
		return o.delete(ctx, name, revision)
	})
}

// write does something and waits until it is durable.
func (b *Bucket) write(ctx context.Context, what string, do func(context.Context, *opened) error) error {
	return b.use(ctx, what, func(ctx context.Context, o *opened) error {
		if err := o.run.Refusal(); err != nil {
			return err
		}
		if err := do(ctx, o); err != nil {
			return err
		}
		// Whatever becomes durable with it has been written before.
		return o.durable(ctx, o.seen.Load())
	})
}

// Get returns the newest value; see Store.
func (b *Bucket) Get(ctx context.Context, name string) (r Record, err error) {
	if err := CheckName(name); err != nil {
		return Record{}, fmt.Errorf("read a record: %w", err)
	}
	err = b.use(ctx, "read the record "+name, func(ctx context.Context, o *opened) error {
		found, err := o.last(ctx, name)
		if err != nil {
			return err
		}
		if !found.there() {
			return ErrNotFound
		}
		o.raise(found.revision)
		if err := o.durable(ctx, found.revision); err != nil {
			return err
		}
		r = Record{Name: name, Value: found.value, Revision: found.revision}
		return nil
	})
	return r, err
}

// use does something with the bucket on the Run of now, within the time that a request may
// take. what is what is attempted.
func (b *Bucket) use(ctx context.Context, what string, do func(context.Context, *opened) error) error {
	err := ctx.Err()
	if err == nil {
		var o *opened
		if o, err = b.open(); err == nil {
			err = o.run.Within(ctx, func(ctx context.Context) error { return do(ctx, o) })
		}
	}
	return b.failure(ctx, what, err)
}
