package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// leastMinor is of the first version 2 that lets messages have a time to live of
	// their own and reads several directly at once.
	leastMinor = 11

	// replicaSilence is how long a server may say nothing to the leader of the
	// stream and count as there. They speak every second.
	replicaSilence = 3 * time.Second
)

// firstContact waits until a server of the cluster can be connected to, and checks that it
// has what is needed. An acknowledgement is given once as many servers have a message as
// make a majority of its replicas, and no server shows one to readers before.
func firstContact(ctx context.Context, cfg Config) error {
	ctx, cancel := context.WithTimeout(ctx, startWait)
	defer cancel()
	return retry(ctx, cfg, "connect to the NATS servers", func(context.Context) error {
		url, options := cfg.Cluster.address()
		conn, err := nats.Connect(url, append(options, nats.Name("first contact"))...)
		if err != nil {
			return err
		}
		defer conn.Close()
		if version := conn.ConnectedServerVersion(); tooOld(version) {
			return fmt.Errorf("%w: a server has version %s, 2.%d at least is needed", errUnfit, version, leastMinor)
		}
		if need := int64(cfg.maxPayload()); conn.MaxPayload() < need {
			return fmt.Errorf("%w: they take messages of up to %d bytes, %d are needed: raise max_payload in their configuration, or allow smaller events",
				errUnfit, conn.MaxPayload(), need)
		}
		return nil
	})
}

// errUnfit is wrapped when the servers lack what is needed: trying again does not help.
var errUnfit = errors.New("the NATS servers do not fit")

// tooOld reports whether a server lacks what is needed. A version that cannot be
// read is a newer one.
func tooOld(version string) bool {
	var major, minor int
	n, _ := fmt.Sscanf(version, "%d.%d", &major, &minor)
	return n == 2 && (major < 2 || major == 2 && minor < leastMinor)
}

// CheckReplicas returns an error when too few of the servers that have a stream are
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
		return fmt.Errorf("%d of the %d servers that have the stream can be reached: wait until more are, or start them", there, info.Config.Replicas)
	}
	return nil
}
