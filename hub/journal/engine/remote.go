package journal

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"latido/hub"
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

	// remoteLag is how long after an acknowledgement the stream may still say that
	// there is no such event; see trust.
	remoteLag = time.Second

	// replicaSilence is how long a server may say nothing to the leader of the
	// stream and count as there. They speak every second.
	replicaSilence = 3 * time.Second
)

// remote is the backend that runs elsewhere: a nats-server, or a cluster of them.
// An acknowledgement is given once as many servers have the event as make a
// majority of its replicas, and no server shows an event to readers before.
type remote struct {
	cfg   Config
	line  line
	state jetstream.KeyValue // what the nodes must know of each other's samples
}

// start waits until a server can be connected to.
func (b *remote) start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, openWait)
	defer cancel()
	return b.retry(ctx, "connect to the NATS servers", func(context.Context) error {
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
	return errors.As(err, &f) || errors.As(err, &certificate) || errors.Is(err, nats.ErrAuthorization) || errors.Is(err, nats.ErrAuthExpired)
}

// retry does something with the cluster until it succeeds, fails for good, or ctx
// ends: servers that start together are not ready together.
func (b *remote) retry(ctx context.Context, what string, do func(context.Context) error) error {
	var told sync.Once
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
		told.Do(func() { b.cfg.Logger.Warn("the cluster is not ready, trying again", "to", what, "error", err) })
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

// begin has nothing to do: the servers force onto their disks what they are set
// to, and acknowledge afterwards.
func (b *remote) begin(hub.Bounds) (*committer, error) { return nil, nil }

func (b *remote) refusal() error { return b.unreachable() }

func (b *remote) unreachable() error {
	if b.line.conn != nil && !b.line.conn.IsConnected() {
		return errors.New("no NATS server can be reached")
	}
	return nil
}

// dead is never certain: the servers may come back.
func (b *remote) dead() error { return nil }

// healthy judges whether enough servers are there for events to be stored. The
// leader of the stream calls itself one for ten seconds after it has lost the
// others.
func (b *remote) healthy(info *jetstream.StreamInfo) error {
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

func (b *remote) lag() time.Duration {
	if b.cfg.Cluster.Replicas > 1 {
		return remoteLag
	}
	return 0
}

// current asks the server that answers reads for the newest event that is known.
// Any of those that keep the stream may answer, one also that is behind: what it
// does not have yet would look like what there never was.
func (b *remote) current(ctx context.Context, l line, seq uint64) error {
	if seq == 0 || b.cfg.Cluster.Replicas == 1 {
		return nil
	}
	request, err := json.Marshal(directGet{Seq: seq, Subject: anyPrefix + ">"})
	if err != nil {
		return err
	}
	for {
		msg, err := l.conn.RequestWithContext(ctx, "$JS.API.DIRECT.GET."+streamName, request)
		if err != nil {
			return err
		}
		if msg.Header.Get("Status") == "" {
			return nil
		}
		// It is behind, or that event and all after it have been dropped: the leader
		// knows.
		s, err := l.js.Stream(ctx, streamName)
		if err != nil {
			return err
		}
		_, err = s.GetMsg(ctx, seq, jetstream.WithGetMsgSubject(anyPrefix+">"))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("the server that answers is behind: %w", ctx.Err())
		}
	}
}

// The servers go on without us.
func (b *remote) leave() error { return nil }
func (b *remote) stop()        {}
