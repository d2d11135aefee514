package engine

import (
	"context"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// backend is what is at the other end of a Run's connections: a nats-server in this
// process, on a folder of this machine (local), or the servers of a cluster (remote).
type backend interface {
	// start makes it ready to be connected to.
	start(ctx context.Context) error
	// address returns where to connect to, and the options that this needs.
	address() (url string, options []nats.Option)
	// openBucket makes or checks a bucket.
	openBucket(ctx context.Context, js jetstream.JetStream, want jetstream.KeyValueConfig) (jetstream.KeyValue, error)
	// unreachable returns why no request can be made now, as far as is known; nil when
	// one can.
	unreachable(first *nats.Conn) error
	// refusal returns why nothing can be stored now, without asking; nil when nothing
	// is known against it.
	refusal() error
	// dead returns why no write to one of the streams can succeed any more, nil while
	// all may.
	dead(streams []string) error
	// stop ends what start has started.
	stop()
}

func newBackend(cfg Config) backend {
	if cfg.Cluster != nil {
		return &remote{cfg: cfg}
	}
	return &local{cfg: cfg}
}
