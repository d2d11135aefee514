package handlers_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"runtime"
	"sync"
	"testing"
	"time"

	"latido/hub"
	"latido/hub/hubtest"
	"latido/hub/hubtest/eventsource"
)

var seed = flag.Uint64("seed", 0, "seed of random tests; 0 picks one and prints it on failure")

// crowd is publishers and subscribers that do their worst, and their logs.
type crowd struct {
	*rig
	mu      sync.Mutex
	posts   []hubtest.Post
	readers []hubtest.Reader
}

// TestPromisesHoldUnderChurn is I1 to I6 over real HTTP. Events are posted with
// retries, some cut off in the middle, some while the store fails. Subscribers
// come, read slowly or not at all, and leave in the middle of a frame. They come
// back with the last id they had, to a hub that keeps little.
func TestPromisesHoldUnderChurn(t *testing.T) {
	s := *seed
	if s == 0 {
		s = rand.Uint64()
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("run again with -seed %d", s)
		}
	})
	goroutines := runtime.NumGoroutine()
	r := &crowd{rig: newRigWith(t, hub.Retention{TopicEvents: 30}, 60)}
	ends, publishers, readers := make(chan struct{}), sync.WaitGroup{}, sync.WaitGroup{}
	for n := range 6 {
		publishers.Go(func() { r.publish(n, 200, rand.New(rand.NewPCG(s, uint64(n)))) })
	}
	for n := range 16 {
		rnd := rand.New(rand.NewPCG(s, 100+uint64(n)))
		readers.Go(func() { r.read(fmt.Sprintf("reader %d", n), rnd, ends) })
	}
	publishers.Wait()
	for c := range channels { // a subscriber that reads on must find this
		if _, err := r.send(context.Background(), c, "end", fmt.Sprintf(`{"end":true,"body":"%d"}`, c)); err != nil {
			t.Error(err)
		}
	}
	close(ends)
	readers.Wait()
	for _, breach := range hubtest.Check(r.posts, r.stored(), r.readers) {
		t.Error(breach)
	}
	r.everyCaseHappened()
	http.DefaultClient.CloseIdleConnections()
	deadline := time.After(10 * time.Second)
	for r.streams.Stats().Open > 0 || r.hub.Stats().Streams > 0 || runtime.NumGoroutine() > goroutines+10 { // the rig's own
		select {
		case <-deadline:
			t.Fatalf("I6: %d streams, %d cursors, %d goroutines (%d before)", r.streams.Stats().Open, r.hub.Stats().Streams, runtime.NumGoroutine(), goroutines)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

const channels = 4

// publish posts n events, each until it is known what became of it or patience
// has ended.
func (r *crowd) publish(publisher, n int, rnd *rand.Rand) {
	for i := range n {
		if publisher == 0 && i%40 == 20 {
			r.journal.FailAppend(errors.New("the store is away"))
		}
		if publisher == 0 && i%40 == 22 {
			r.journal.FailAppend(nil)
		}
		body := fmt.Sprintf(`{"p":%d,"n":%d,"body":"%x"}`, publisher, i, rnd.Uint64())
		post := hubtest.Post{Hash: hash(body), Refused: true}
		channel := rnd.IntN(channels)
		for range 1 + rnd.IntN(3) {
			ctx, cancel := context.WithCancel(context.Background())
			if rnd.IntN(20) == 0 {
				time.AfterFunc(time.Duration(rnd.IntN(300))*time.Microsecond, cancel)
			}
			id, err := r.send(ctx, channel, fmt.Sprintf("%d-%d", publisher, i), body)
			cancel()
			if err != nil && !errors.Is(err, errRefused) {
				post.Refused = false // cut off: it may or may not be there
			}
			if err == nil {
				post.ID, post.Refused = id, false
				if rnd.IntN(10) > 0 {
					break // now and then a retry of what had been acknowledged
				}
			}
		}
		r.mu.Lock()
		r.posts = append(r.posts, post)
		r.mu.Unlock()
	}
}

var errRefused = errors.New("refused")

// send posts one event. The error wraps errRefused when the server said no.
func (r *crowd) send(ctx context.Context, channel int, key, body string) (hub.ID, error) {
	req, err := http.NewRequestWithContext(ctx, "POST", fmt.Sprintf("%s/sse/broadcast/c%d", r.url, channel), bytes.NewBufferString(body))
	if err != nil {
		return hub.ID{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return hub.ID{}, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return hub.ID{}, err
	}
	if res.StatusCode != http.StatusOK {
		return hub.ID{}, fmt.Errorf("%w: %s: %s", errRefused, res.Status, text)
	}
	var response struct{ ID string }
	if err := json.Unmarshal(text, &response); err != nil {
		return hub.ID{}, err
	}
	id, ok := hub.ParseID(response.ID)
	if !ok {
		return hub.ID{}, fmt.Errorf("the response %s has no id", text)
	}
	return id, nil
}

// read subscribes again and again until it has read on to the end.
func (r *crowd) read(name string, rnd *rand.Rand, ends <-chan struct{}) {
	log := hubtest.Reader{Name: name}
	query := ""
	for _, c := range rnd.Perm(channels)[:1+rnd.IntN(3)] {
		query += fmt.Sprintf("&channel=c%d", c)
		log.Topics = append(log.Topics, hub.ChannelTopic(fmt.Sprintf("c%d", c)))
	}
	var last hub.ID
	for left := len(log.Topics); left > 0 && !r.t.Failed(); {
		most := 1 + rnd.IntN(60)
		select {
		case <-ends:
			most = 1 << 30
		default:
		}
		var c hubtest.Connection
		c, last, left = r.connect(query[1:], last, most, left, rnd, ends)
		log.Connections = append(log.Connections, c)
		r.pause(rnd.IntN(200), ends)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.readers = append(r.readers, log)
}

// connect reads at most so many items of one connection, or up to the end event
// of each of the channels that are left.
func (r *crowd) connect(query string, after hub.ID, most, left int, rnd *rand.Rand, ends <-chan struct{}) (hubtest.Connection, hub.ID, int) {
	c := hubtest.Connection{After: after}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	req, _ := http.NewRequestWithContext(ctx, "GET", r.url+"/sse/events?"+query, nil)
	if !after.IsZero() {
		req.Header.Set("Last-Event-ID", after.String())
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Errorf("connect: %v", err)
		return c, after, left
	}
	defer res.Body.Close()
	s := &stream{t: r.t, events: eventsource.NewParser(res.Body, "")}
	for n := 0; n < most && left > 0; n++ {
		if rnd.IntN(40) == 0 {
			r.pause(30, ends) // it falls behind
		}
		e, err := s.read()
		if err != nil {
			r.t.Errorf("read: %v", err)
			break
		}
		item, end := r.item(e)
		c.Items = append(c.Items, item)
		if end {
			left--
		}
		if !item.ID.IsZero() {
			after = item.ID
		}
	}
	return c, after, left
}

// pause returns when n more events are stored, or no more will be.
func (r *crowd) pause(n int, ends <-chan struct{}) {
	goal := r.last() + uint64(n)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for r.last() < goal {
		select {
		case <-ends:
			return
		case <-tick.C:
		}
	}
}

// item reads an event as a subscriber's log has it.
func (r *crowd) item(e eventsource.Block) (i hubtest.Item, end bool) {
	var v struct {
		Event string
		Data  struct {
			P, N     *int
			End      bool
			Body     string
			From, To string
		}
	}
	if err := json.Unmarshal([]byte(e.Data), &v); err != nil {
		r.t.Errorf("%v in %q", err, e.Data)
	}
	if e.ID != "" {
		i.ID, _ = hub.ParseID(e.ID)
	}
	switch v.Event {
	case "broadcast":
		i.Hash = bodyHash([]byte(e.Data))
	case "gap":
		from, _ := hub.ParseID(v.Data.From)
		to, _ := hub.ParseID(v.Data.To)
		i.Gap = &hub.Gap{From: from, To: to}
	}
	return i, v.Data.End
}

// stored reads everything back, as history has it.
func (r *crowd) stored() (all []hubtest.Stored) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	last := r.last()
	_ = r.journal.Follow(ctx, 1, func(e *hub.Event) error {
		all = append(all, hubtest.Stored{ID: e.ID, Topic: hub.ChannelTopic(e.Channel), Hash: bodyHash([]byte(`{"data":` + string(e.Data) + `}`))})
		if e.ID.Seq == last {
			cancel()
		}
		return nil
	})
	return all
}

// everyCaseHappened keeps the test from passing on easy weather.
func (r *crowd) everyCaseHappened() {
	var refused, acked, gaps, connections int
	for _, p := range r.posts {
		if p.Refused {
			refused++
		}
		if !p.ID.IsZero() {
			acked++
		}
	}
	for _, reader := range r.readers {
		connections += len(reader.Connections)
		for _, c := range reader.Connections {
			for _, i := range c.Items {
				if i.Gap != nil {
					gaps++
				}
			}
		}
	}
	r.t.Logf("%d posts, %d acknowledged, %d refused; %d connections, %d gaps", len(r.posts), acked, refused, connections, gaps)
	if refused == 0 || acked == 0 || gaps == 0 || connections < 2*len(r.readers) {
		r.t.Error("some case never happened")
	}
}

func hash(body string) string { return bodyHash([]byte(`{"data":` + body + `}`)) }

// bodyHash is of what the publisher sent, whatever the server has added.
func bodyHash(data []byte) string {
	var v struct {
		Data struct {
			P, N any
			Body string
		}
	}
	if err := json.Unmarshal(data, &v); err != nil {
		return "not JSON: " + string(data)
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%v %v %s", v.Data.P, v.Data.N, v.Data.Body))
	return hex.EncodeToString(sum[:])
}
