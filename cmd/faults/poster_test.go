package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"latido/hub"
	"latido/hub/hubtest"
)

// posting is how much is posted.
type posting struct {
	posters int
	every   time.Duration // between two events of a poster
	size    int           // of a body; 0 for random small ones
	most    int64         // events in all; 0 for as many as there is time for
}

// usual is eight posters. So many events come to a channel that a reader which
// waits 4 s, as long as the program ever says, can still be sent all it missed
// from the 1,024 that are kept in memory: a test in which a gap covers everything
// shows nothing.
var usual = posting{posters: 8, every: 4 * time.Millisecond}

// posters send events until they are stopped, and write down what came of each.
type posters struct {
	posting
	url      string
	channels []string
	client   *http.Client
	stopping chan struct{}
	halt     func()
	abandon  context.CancelFunc
	running  sync.WaitGroup
	begun    atomic.Int64
	acked    atomic.Int64

	mu       sync.Mutex
	posts    []hubtest.Post
	failures []failure
	breaches []string
}

// failure is one attempt that got an error of the program, or no response (status
// 0).
type failure struct {
	at        time.Time
	took      time.Duration
	status    int
	explained bool // the response was JSON with a detail
}

// startPosters starts them; stop ends them.
func (s *stage) startPosters(ctx context.Context, url string, channels []string, with posting) *posters {
	p := &posters{
		posting: with, url: url, channels: channels, stopping: make(chan struct{}),
		client: &http.Client{Timeout: attemptTime, Transport: &http.Transport{MaxIdleConnsPerHost: with.posters}},
	}
	p.halt = sync.OnceFunc(func() { close(p.stopping) })
	ctx, p.abandon = context.WithCancel(ctx)
	for n := range with.posters {
		rnd := s.source()
		p.running.Go(func() { p.post(ctx, n, rnd) })
	}
	s.after(func() error { p.abandon(); p.stop(); return nil })
	return p
}

// stop lets every poster settle the event it has in hand, and waits for them.
func (p *posters) stop() {
	p.halt()
	p.running.Wait()
	p.client.CloseIdleConnections()
}

// stopped is asked before every event: a select whose tick is due as well would
// now and then begin another one.
func (p *posters) stopped() bool {
	select {
	case <-p.stopping:
		return true
	default:
		return false
	}
}

// done waits until all events of a bounded posting are settled.
func (p *posters) done() { p.running.Wait() }

// refusedEvery is how often an event is sent in a way that must be refused.
const refusedEvery = 20

func (p *posters) post(ctx context.Context, publisher int, rnd *rand.Rand) {
	tick := time.NewTicker(max(p.every, time.Microsecond))
	defer tick.Stop()
	for n := 0; ctx.Err() == nil; n++ {
		select {
		case <-p.stopping:
		case <-tick.C:
		}
		if p.stopped() {
			return
		}
		if p.most > 0 && p.begun.Add(1) > p.most {
			return
		}
		size := p.size
		if size == 0 {
			size = 1 + rnd.IntN(600)
		}
		body := eventBody(publisher, n, size, rnd)
		name := eventName
		if n%refusedEvery == refusedEvery-1 {
			name = "gap" // belongs to the streams themselves
		}
		post := p.settle(ctx, p.channels[rnd.IntN(len(p.channels))], name, fmt.Sprintf("%d-%d", publisher, n), body)
		p.wrote(post)
	}
}

// wrote writes down what became of an event.
func (p *posters) wrote(post hubtest.Post) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.posts = append(p.posts, post)
}

const (
	attemptTime = 15 * time.Second // one attempt may take
	settleTime  = 60 * time.Second // all attempts for one event may take
	againAfter  = 20 * time.Millisecond
)

// settle sends one event until it is known what became of it, or the time is over.
func (p *posters) settle(ctx context.Context, channel, name, key string, body []byte) hubtest.Post {
	post := hubtest.Post{Hash: eventHash(body), Refused: true}
	for begun := time.Now(); ctx.Err() == nil && time.Since(begun) < settleTime; {
		id, err := p.attempt(ctx, channel, name, key, body)
		switch {
		case err == nil:
			p.acked.Add(1)
			post.ID, post.Refused = id, false
			return post
		case errors.Is(err, errRefused):
			return post // unless an earlier attempt may have come through
		case !errors.Is(err, errNotStored):
			post.Refused = false
		}
		if pause(ctx, againAfter) != nil {
			break
		}
	}
	return post
}

// errRefused is wrapped when the program said that an event is not taken.
var errRefused = errors.New("refused")

// errNotStored is wrapped when an attempt can have stored nothing and is worth
// another: no byte of it reached a program, or the program said that its disk is
// full, after which nothing has been published.
var errNotStored = errors.New("not stored")

// attempt posts once. Any error but the two above leaves open what happened.
func (p *posters) attempt(ctx context.Context, channel, name, key string, body []byte) (hub.ID, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url+"/sse/broadcast/"+channel+"?event="+name, bytes.NewReader(body))
	if err != nil {
		return hub.ID{}, fmt.Errorf("%w: %w", errNotStored, err)
	}
	// With a key and a body it could read again, net/http would try again by
	// itself, and an attempt that came through would look like one never sent.
	r.GetBody = nil
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", key)
	begun := time.Now()
	res, err := p.client.Do(r)
	if err != nil {
		if op := (*net.OpError)(nil); errors.As(err, &op) && op.Op == "dial" {
			return hub.ID{}, fmt.Errorf("%w: %w", errNotStored, err)
		}
		p.failed(failure{begun, time.Since(begun), 0, false})
		return hub.ID{}, fmt.Errorf("post: %w", err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		p.failed(failure{begun, time.Since(begun), 0, false})
		return hub.ID{}, fmt.Errorf("post: %w", err)
	}
	if res.StatusCode >= http.StatusInternalServerError {
		p.failed(failure{begun, time.Since(begun), res.StatusCode, explains(text)})
		if res.StatusCode == http.StatusInsufficientStorage {
			return hub.ID{}, fmt.Errorf("%w: %s", errNotStored, res.Status)
		}
		return hub.ID{}, fmt.Errorf("post: %s", res.Status)
	}
	return p.response(name, res.StatusCode, text)
}

// explains reports whether a response is JSON with a detail.
func explains(text []byte) bool {
	var v struct{ Detail json.RawMessage }
	return json.Unmarshal(text, &v) == nil && len(v.Detail) > len(`""`)
}

// response reads a response that says what became of the event.
func (p *posters) response(name string, status int, text []byte) (hub.ID, error) {
	if status != http.StatusOK {
		if name == eventName {
			p.breach(fmt.Sprintf("a good event was refused: %d: %s", status, text))
		}
		return hub.ID{}, fmt.Errorf("%w with status %d", errRefused, status)
	}
	var v struct{ ID string }
	err := json.Unmarshal(text, &v)
	id, given := hub.ParseID(v.ID)
	if err != nil || !given {
		p.breach(fmt.Sprintf("an acknowledgement has no id: %q", text))
		return hub.ID{}, errors.New("post: no id")
	}
	if name != eventName {
		p.breach("an event named " + name + " was acknowledged")
	}
	return id, nil
}

func (p *posters) failed(f failure) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failures = append(p.failures, f)
}

func (p *posters) breach(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.breaches) < 20 { // more say nothing new
		p.breaches = append(p.breaches, text)
	}
}

// failuresSince returns the attempts that failed and were begun after a moment.
func (p *posters) failuresSince(t time.Time) (list []failure) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range p.failures {
		if f.at.After(t) {
			list = append(list, f)
		}
	}
	return list
}
