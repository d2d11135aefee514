package cluster

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"latido/hub/journal/engine"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/synadia-io/orbit.go/jetstreamext"
)

const (
	nodesBucket   = "latido-nodes"
	nodesMaxBytes = 16 << 20

	// ReportEvery is how often a node reports to the others, and NodeAge how long a
	// report counts. A role passes on after the same time, and a node that could not
	// renew its own gives it up before.
	ReportEvery = 2 * time.Second
	NodeAge     = 8 * time.Second
	roleSafe    = NodeAge - 2*ReportEvery

	// MaxReport bounds a node's report, in bytes.
	MaxReport = 64 << 10

	reportKeys = "node."
	roleKeys   = "role."
)

// ErrReport is wrapped when a report is larger than MaxReport.
var ErrReport = errors.New("report too large")

// Nodes is what the processes on one cluster know of each other: what each reports of
// itself, and which of them has a role that one may have at a time. It is stored in a
// bucket whose entries expire, so nothing needs to clean up after a node that dies. All
// methods may be called concurrently. Open makes it.
type Nodes struct {
	eng *engine.Engine
	id  string // of this process
	log *slog.Logger
	js  jetstream.JetStream
	kv  jetstream.KeyValue

	mu      sync.Mutex
	others  map[string]Report // by the id of the node
	heardAt time.Time
}

// Open connects to the cluster that cfg names and makes the bucket, or checks it.
// Errors wrap engine.ErrConfig or engine.ErrMismatch, or say what the cluster refused.
func Open(ctx context.Context, cfg engine.Config) (*Nodes, error) {
	if cfg.Cluster == nil {
		return nil, fmt.Errorf("open the nodes: %w: there is no Cluster", engine.ErrConfig)
	}
	eng, err := engine.Open(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open the nodes: %w", err)
	}
	n := &Nodes{eng: eng, id: rand.Text(), log: cfg.WithDefaults().Logger, others: map[string]Report{}}
	if err := eng.Attach(ctx, engine.Part{Start: n.start, Stop: func(error) {}}); err != nil {
		return nil, errors.Join(fmt.Errorf("open the nodes: %w", err), eng.Close())
	}
	return n, nil
}

func (n *Nodes) start(ctx context.Context, run *engine.Run) (err error) {
	if n.js, err = run.Connect("nodes"); err != nil {
		return err
	}
	n.kv, _, err = run.OpenBucket(ctx, n.js, jetstream.KeyValueConfig{
		Bucket: nodesBucket, Description: "Reports and roles of Latido's nodes", MaxBytes: nodesMaxBytes, TTL: NodeAge,
		Storage: jetstream.MemoryStorage, History: 1,
	})
	return err
}

// Close ends the connection. Run and Hold must have returned.
func (n *Nodes) Close() error { return n.eng.Close() }

// Run sends the result of report to the other nodes, and reads theirs, every ReportEvery
// until ctx ends; then it withdraws its own, and returns nil. While the cluster is away the node is alone: Others is empty
// once NodeAge has passed.
func (n *Nodes) Run(ctx context.Context, report func() Report) error {
	tick := time.NewTicker(ReportEvery)
	defer tick.Stop()
	failing := false
	for {
		err := n.exchange(ctx, report)
		if ctx.Err() != nil {
			n.withdraw(reportKeys + n.id)
			return nil
		}
		if err != nil && !failing {
			n.log.Warn("reports of the other nodes cannot be exchanged, trying again", "error", err)
		} else if err == nil && failing {
			n.log.Info("reports of the other nodes are exchanged again")
		}
		failing = err != nil
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}

// exchange sends and reads once.
func (n *Nodes) exchange(ctx context.Context, report func() Report) error {
	ctx, cancel := context.WithTimeout(ctx, ReportEvery)
	defer cancel()
	text, err := json.Marshal(report())
	if err != nil {
		return fmt.Errorf("encode this node's report: %w", err)
	}
	if len(text) > MaxReport {
		return fmt.Errorf("%w: %d bytes, %d are allowed", ErrReport, len(text), MaxReport)
	}
	if _, err := n.kv.Put(ctx, reportKeys+n.id, text); err != nil {
		return fmt.Errorf("send the report of this node: %w", err)
	}
	others, err := n.read(ctx)
	if err != nil {
		return fmt.Errorf("read the reports of the other nodes: %w", err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.others, n.heardAt = others, time.Now()
	return nil
}

// read returns the reports of the other nodes, by one request.
func (n *Nodes) read(ctx context.Context) (map[string]Report, error) {
	prefix := "$KV." + nodesBucket + "." + reportKeys
	messages, err := jetstreamext.GetLastMsgsFor(ctx, n.js, "KV_"+nodesBucket, []string{prefix + ">"})
	if err != nil {
		return nil, err
	}
	found := map[string]Report{}
	for msg, err := range messages {
		if errors.Is(err, jetstreamext.ErrNoMessages) {
			break
		}
		if err != nil {
			return nil, err
		}
		id := strings.TrimPrefix(msg.Subject, prefix)
		if id == n.id || msg.Header.Get("KV-Operation") != "" {
			continue
		}
		var r Report
		if err := json.Unmarshal(msg.Data, &r); err != nil {
			n.log.Debug("another node's report is unreadable", "error", err)
			continue
		}
		found[id] = r
	}
	// jetstreamext takes a time-out for the end.
	return found, ctx.Err()
}

// Others returns the newest report of each other node, within NodeAge, in no order; none
// when the cluster could not be read for that long.
func (n *Nodes) Others() []Report {
	n.mu.Lock()
	defer n.mu.Unlock()
	if time.Since(n.heardAt) > NodeAge {
		return nil
	}
	return slices.Collect(maps.Values(n.others))
}

// withdraw deletes a key of this node's own; it would go by itself in NodeAge.
func (n *Nodes) withdraw(key string) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = n.kv.Delete(ctx, key) // see above
}

// Hold runs do whenever this node has the role, which one node has at a time, until
// ctx ends; it returns nil then, when do has returned. do's context ends when the
// role is lost, because the cluster was not reached for a while; do must not
// return before. Another node takes over at once after a Hold has returned, and
// within NodeAge and ReportEvery after a node has died.
func (n *Nodes) Hold(ctx context.Context, role string, do func(context.Context) error) error {
	r := &lease{nodes: n, key: roleKeys + role}
	tick := time.NewTicker(ReportEvery)
	defer tick.Stop()
	for {
		if r.acquire(ctx) {
			if err := r.during(ctx, do, tick.C); err != nil {
				return err
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// lease is a role as one node sees it.
type lease struct {
	nodes    *Nodes
	key      string
	revision uint64
	since    time.Time // before the last renewal that succeeded was asked for
}

// acquire takes the role if no node has it. After an error another node may take it.
func (r *lease) acquire(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, ReportEvery)
	defer cancel()
	since := time.Now()
	revision, err := r.nodes.kv.Create(ctx, r.key, []byte(r.nodes.id))
	if err != nil {
		return false
	}
	r.revision, r.since = revision, since
	return true
}

// renew renews the role. It returns false once it must be given up.
func (r *lease) renew(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, ReportEvery)
	defer cancel()
	since := time.Now()
	revision, err := r.nodes.kv.Update(ctx, r.key, []byte(r.nodes.id), r.revision)
	if errors.Is(err, jetstream.ErrKeyRevisionMismatch) {
		// Either another node has it, or a renewal without a reply had succeeded.
		entry, found := r.nodes.kv.Get(ctx, r.key)
		if found != nil || string(entry.Value()) != r.nodes.id {
			return false
		}
		revision, err = entry.Revision(), nil
		since = r.since
	}
	if err != nil {
		return time.Since(r.since) < roleSafe
	}
	r.revision, r.since = revision, since
	return true
}

// during runs do as long as the role can be renewed.
func (r *lease) during(ctx context.Context, do func(context.Context) error, tick <-chan time.Time) error {
	doing, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- do(doing) }()
	log := r.nodes.log.With(slog.String("role", r.key[len(roleKeys):]))
	log.Info("this node has the role now")
	for {
		select {
		case err := <-ended:
			stop()
			r.nodes.withdraw(r.key)
			if err == nil && ctx.Err() == nil {
				err = errors.New("the work of the role ended before its context")
			}
			return err
		case <-tick:
			if r.renew(ctx) || ctx.Err() != nil {
				continue
			}
			log.Warn("this node has lost the role")
			stop()
			return <-ended
		}
	}
}
