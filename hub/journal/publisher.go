package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"time"

	"latido/hub/journal/engine"
	"latido/hub/journal/fsync"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// maxPosts bounds the events that NATS has received at the same time, not
// acknowledged yet; further ones wait.
const maxPosts = 4096

// publisher publishes events for all calls of Append, and gives each its result. It is
// one goroutine, so that many calls at once do not queue for the connection's lock, nor
// wake up once for the acknowledgement and again for the disk.
type publisher struct {
	conn    *nats.Conn
	commit  *fsync.Committer // nil where an acknowledgement is all there is to wait for
	timeout time.Duration
	prefix  string // of the subjects of acknowledgements
	sub     *nats.Subscription
	queue   chan *post
	acks    chan *nats.Msg
	cut     chan struct{} // buffer 1: the connection has been lost
	over    chan struct{}
	running sync.WaitGroup

	// The fields below belong to run.
	last     uint64           // number of the post handed over last
	with     map[uint64]*post // the engine
	unstable []*post          // acknowledged, and waiting for the disk
	gathered uint64           // newest of those that no sync has been asked for, 0 for none
	late     *time.Timer      // when it is asked for at the latest
}

// post is one event on its way. What became of it is set before done is sent to.
type post struct {
	msg       *nats.Msg
	waits     bool       // wait for the disk
	done      chan error // buffer 1
	since     time.Time
	seq       uint64
	duplicate bool
}

func startPublisher(conn *nats.Conn, commit *fsync.Committer, cfg Config) (*publisher, error) {
	p := &publisher{conn: conn, timeout: cfg.Timeout, prefix: conn.NewInbox() + ".",
		queue: make(chan *post, maxPosts), acks: make(chan *nats.Msg, 2*maxPosts), cut: make(chan struct{}, 1), over: make(chan struct{}), with: map[uint64]*post{},
		late: time.NewTimer(time.Hour)}
	if cfg.Durability == engine.Safe {
		p.commit = commit
	}
	var err error
	if p.sub, err = conn.ChanSubscribe(p.prefix+"*", p.acks); err != nil {
		return nil, fmt.Errorf("listen for acknowledgements: %w", err)
	}
	p.running.Go(p.run)
	return p, nil
}

// stop ends the goroutine. Callers that wait must have another reason to stop.
func (p *publisher) stop() {
	close(p.over)
	p.running.Wait()
}

func (p *publisher) run() {
	defer p.sub.Unsubscribe() // fails when the connection has been closed, which ends it too
	sweep := time.NewTicker(p.timeout)
	defer sweep.Stop()
	defer p.late.Stop()
	for {
		queue := p.queue
		if len(p.with) >= maxPosts {
			queue = nil
		}
		var changed <-chan struct{}
		if len(p.unstable) > 0 {
			var durable uint64
			var err error
			durable, changed, err = p.commit.State()
			p.settle(durable, err)
		}
		var late <-chan time.Time
		if p.gathered > 0 {
			if p.complete() {
				p.hurry()
			} else {
				late = p.late.C
			}
		}
		select {
		case post := <-queue:
			p.hand(post)
		case <-late:
			p.hurry()
		case ack := <-p.acks:
			p.take(ack)
		case <-changed:
		case now := <-sweep.C:
			p.forget(now)
		case <-p.cut:
			p.lose()
		case <-p.over:
			return
		}
	}
}

// errCutOff is the result of posts whose acknowledgement can no longer come.
var errCutOff = errors.New("the connection was lost before the event was acknowledged")

// cutOff notes that the connection has been lost.
func (p *publisher) cutOff() {
	select {
	case p.cut <- struct{}{}:
	default: // it is known
	}
}

// lose ends the posts that are not acknowledged.
func (p *publisher) lose() {
	for n, post := range p.with {
		delete(p.with, n)
		post.done <- errCutOff
	}
}

// hand publishes an event.
func (p *publisher) hand(post *post) {
	p.last++
	post.since = time.Now()
	post.msg.Reply = p.prefix + strconv.FormatUint(p.last, 36)
	if err := p.conn.PublishMsg(post.msg); err != nil {
		post.done <- err
		return
	}
	p.with[p.last] = post
}

// take handles this and all other acknowledgements that have come.
func (p *publisher) take(ack *nats.Msg) {
	newest := uint64(0)
	for more := true; more; {
		newest = max(newest, p.acknowledged(ack))
		select {
		case ack = <-p.acks:
		default:
			more = false
		}
	}
	if newest > 0 {
		if p.gathered == 0 {
			p.late.Reset(gatherMax)
		}
		p.gathered = max(p.gathered, newest)
	}
}

// gatherMax bounds how long an event that is written waits for others, so that one
// sync serves them all. They are on their way, so it is hardly ever that long.
const gatherMax = time.Millisecond

// complete reports whether no event is on the way that the next sync could serve, too: a
// sync for a few makes all others wait for two.
func (p *publisher) complete() bool {
	if len(p.with) > 0 || len(p.queue) > 0 {
		return false
	}
	runtime.Gosched() // callers that the last sync released publish again just now
	return len(p.queue) == 0
}

// hurry has what is gathered forced onto the disk.
func (p *publisher) hurry() {
	p.commit.Hurry(p.gathered)
	p.gathered = 0
}

// acknowledged handles the acknowledgement of a post. It returns the sequence that is to
// be forced onto the disk, 0 for none.
func (p *publisher) acknowledged(ack *nats.Msg) uint64 {
	n, err := strconv.ParseUint(ack.Subject[len(p.prefix):], 36, 64)
	post := p.with[n]
	if err != nil || post == nil {
		return 0 // its caller has given up
	}
	delete(p.with, n)
	if post.seq, post.duplicate, err = readAck(ack); err != nil {
		post.done <- err
		return 0
	}
	if p.commit == nil || !post.waits || post.seq <= p.commit.Durable() {
		post.done <- nil
		return 0
	}
	p.unstable = append(p.unstable, post)
	return post.seq
}

// codeInProcess is the error of servers that have copies while another event with
// the same key is on its way (JSStreamDuplicateMessageConflict of nats-server).
const codeInProcess = 10158

var errInProcess = errors.New("an event with the same key is being stored")

// readAck reads the acknowledgement of a published event.
func readAck(msg *nats.Msg) (seq uint64, duplicate bool, err error) {
	if status := msg.Header.Get("Status"); status != "" {
		if status == "503" {
			return 0, false, nats.ErrNoResponders
		}
		return 0, false, fmt.Errorf("the engine replies %s %s", status, msg.Header.Get("Description"))
	}
	var ack struct {
		jetstream.PubAck
		Error *jetstream.APIError `json:"error"`
	}
	if err := json.Unmarshal(msg.Data, &ack); err != nil {
		return 0, false, fmt.Errorf("read an acknowledgement: %w", err)
	}
	switch {
	case ack.Error != nil && ack.Error.ErrorCode == codeInProcess:
		return 0, false, errInProcess
	case ack.Error != nil:
		return 0, false, fmt.Errorf("the engine replies %d %s", ack.Error.Code, ack.Error.Description)
	case ack.Stream != StreamName || ack.Sequence == 0:
		return 0, false, errors.New("an acknowledgement names no event")
	}
	return ack.Sequence, ack.Duplicate, nil
}

// settle ends the posts whose events are on the disk, or all when it has failed.
func (p *publisher) settle(durable uint64, err error) {
	p.unstable = slices.DeleteFunc(p.unstable, func(post *post) bool {
		switch {
		case post.seq <= durable:
			post.done <- nil
		case err != nil:
			post.done <- err
		default:
			return false
		}
		return true
	})
}

// forget drops posts whose callers have given up.
func (p *publisher) forget(now time.Time) {
	maps.DeleteFunc(p.with, func(_ uint64, post *post) bool {
		return now.Sub(post.since) > p.timeout+patience(post.msg.Data)
	})
}
