package journal

import (
	"context"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"latido/hub"
)

// backend is what is at the other end of the engine's lines: a nats-server in
// this process, on a folder of this machine (local), or the servers of a cluster
// (remote). The engine asks it for whatever differs between the two.
type backend interface {
	// start makes it ready to be connected to.
	start(ctx context.Context) error
	// address answers where lines lead, and the options that this needs.
	address() (url string, options []nats.Option)
	// stream makes or checks the stream and answers it.
	stream(ctx context.Context, l line) (*jetstream.StreamInfo, error)
	// begin is told what is stored before the first event is published. It answers
	// who makes written events durable, nil where the acknowledgement says it.
	begin(b hub.Bounds) (*committer, error)

	// bucket makes or checks a bucket and answers it.
	bucket(ctx context.Context, l line, want jetstream.KeyValueConfig) (jetstream.KeyValue, error)
	// keep answers who makes written revisions of a bucket durable; nil where the
	// acknowledgement says it. What was there before start is durable by begin.
	keep(stream string, last uint64) *committer

	// unreachable answers why nobody can be asked now, as far as is known; nil when
	// somebody can.
	unreachable() error
	// refusal answers why nothing can be stored now, without asking anybody; nil
	// when nothing is known against it.
	refusal() error
	// dead answers why no write can succeed any more, nil while one may.
	dead() error
	// healthy judges what the stream says of itself.
	healthy(info *jetstream.StreamInfo) error
	// current returns once a read on the line finds every event up to a sequence.
	current(ctx context.Context, l line, seq uint64) error
	// lag is how long an acknowledged event may be missing from what the stream
	// says of itself.
	lag() time.Duration

	// samples answers what is noted of samples; info is the stream's of now.
	samples(ctx context.Context, info *jetstream.StreamInfo) (sampleNote, error)
	// noteSamples notes that topics carry samples and answers all that do, nil when
	// they would be too many.
	noteSamples(ctx context.Context, topics []hub.Topic) ([]hub.Topic, error)

	// leave is called after stop when nothing has failed.
	leave() error
	// stop ends what start has started.
	stop()
}

func newBackend(cfg Config) backend {
	if cfg.Cluster != nil {
		return &remote{cfg: cfg}
	}
	return &local{cfg: cfg}
}
