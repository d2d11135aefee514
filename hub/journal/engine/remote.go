package engine

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// dialWait bounds the attempt to connect to one server.
	dialWait = 2 * time.Second

	// pingEvery and pingsOut are how a connection finds out that its server, or
	// the way to it, stands still.
	pingEvery = time.Second
	pingsOut  = 2

	// retryEvery is the pause before a cluster that is not ready is asked again.
	retryEvery = 200 * time.Millisecond

	// replicaSilence is how long a server may say nothing to the leader of the
	// stream and count as there. They speak every second.
	replicaSilence = 3 * time.Second
)

// remote is the backend that runs elsewhere: a nats-server, or a cluster of them.
// An acknowledgement is given once as many servers have the event as make a
// majority of its replicas, and no server shows an event to readers before.
type remote struct{ cfg Config }

// start waits until a server can be connected to.
func (b *remote) start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startWait)
	defer cancel()
	return retry(ctx, b.cfg, "connect to the NATS servers", func(context.Context) error {
		url, options := b.address()
		conn, err := nats.Connect(url, append(options, nats.Name("first contact"))...)
		if err != nil {
			return err
		}
		defer conn.Close()
		if version := conn.ConnectedServerVersion(); tooOld(version) {
			return final{fmt.Errorf("a server has version %s, 2.%d at least is needed", version, leastMinor)}
		}
		if need := int64(b.cfg.maxPayload()); conn.MaxPayload() < need {
			return final{fmt.Errorf("the servers take messages of up to %d bytes, %d are needed: raise max_payload in their configuration, or allow smaller events",
				conn.MaxPayload(), need)}
		}
		return nil
	})
}

// leastMinor is of the first version 2 that lets messages have a time to live of
// their own and reads several directly at once.
const leastMinor = 11

// tooOld reports whether a server lacks what is needed. A version that cannot be
// read is a newer one.
func tooOld(version string) bool {
	var major, minor int
	n, _ := fmt.Sscanf(version, "%d.%d", &major, &minor)
	return n == 2 && (major < 2 || major == 2 && minor < leastMinor)
}

// final is an error that trying again does not help.
type final struct{ error }

func (f final) Unwrap() error { return f.error }

// isFinal reports whether trying again does not help: what the servers have is not
// what is wanted, or they and this process do not trust each other.
func isFinal(err error) bool {
	var f final
	var certificate *tls.CertificateVerificationError
	return errors.As(err, &f) || errors.Is(err, ErrMismatch) || errors.As(err, &certificate) || errors.Is(err, nats.ErrAuthorization) || errors.Is(err, nats.ErrAuthExpired)
}

// Prepare does something with a cluster until it succeeds, fails for good, or ctx ends:
// servers that start together are not ready together. On a folder it does it once.
// ErrMismatch is for good.
func (r *Run) Prepare(ctx context.Context, what string, do func(context.Context) error) error {
	if r.cfg.Cluster == nil {
		return do(ctx)
	}
	return retry(ctx, r.cfg, what, do)
}

func retry(ctx context.Context, cfg Config, what string, do func(context.Context) error) error {
	var logged sync.Once
	for {
		limited, cancel := context.WithTimeout(ctx, dialWait+time.Second)
		err := do(limited)
		cancel()
		if err == nil {
			return nil
		}
		if isFinal(err) {
			return fmt.Errorf("%s: %w", what, err)
		}
		logged.Do(func() { cfg.Logger.Warn("the cluster is not ready, trying again", "to", what, "error", err) })
		select {
		case <-time.After(retryEvery):
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", what, err)
		}
	}
}

func (b *remote) address() (string, []nats.Option) {
	url, options := b.cfg.Cluster.address()
	return url, append(options,
		nats.Timeout(dialWait),
		nats.ReconnectJitter(200*time.Millisecond, 500*time.Millisecond),
		nats.PingInterval(pingEvery),
		nats.MaxPingsOutstanding(pingsOut),
	)
}

// refusal knows of nothing but the connection, see Run.Refusal.
func (b *remote) refusal() error { return nil }

func (b *remote) unreachable(first *nats.Conn) error {
	if !first.IsConnected() {
		return errors.New("no NATS server can be reached")
	}
	return nil
}

// dead is never certain: the servers may come back.
func (b *remote) dead([]string) error { return nil }

// stop has nothing to do: the servers go on without us.
func (b *remote) stop() {}

// CheckReplicas returns an error when too few of the servers that keep a stream are
// there for a message to be stored. The leader of a stream calls itself one for ten
// seconds after it has lost the others.
func CheckReplicas(info *jetstream.StreamInfo) error {
	c := info.Cluster
	if c == nil || info.Config.Replicas == 1 {
		return nil
	}
	if c.Leader == "" {
		return errors.New("the stream has no leader")
	}
	there := 1
	for _, r := range c.Replicas {
		// One that a new leader has never heard of counts as heard of just now.
		never := r.Active == 0 && !r.Current
		if !r.Offline && r.Active < replicaSilence && !never {
			there++
		}
	}
	if there <= info.Config.Replicas/2 {
		return fmt.Errorf("%d of the %d servers that keep the stream are there", there, info.Config.Replicas)
	}
	return nil
}
