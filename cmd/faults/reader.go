package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"latido/hub"
	"latido/hub/hubtest"
)

// reader is one subscriber, as a browser's EventSource would be one: it comes
// back after the time it was told, with the last id it had, for ever; only an
// answer other than 200 ends it. Its state may be read while it runs.
type reader struct {
	addr string
	path string

	mu      sync.Mutex
	log     hubtest.Reader
	last    hub.ID
	retry   time.Duration
	open    bool // a first block has come, and no end
	pings   int
	ended   int // connections that broke off
	refused string
}

// firstRetry is the delay of a reader that was told none, as browsers have it.
const firstRetry = 3 * time.Second

func newReader(addr, name string, channels []string) *reader {
	r := &reader{addr: addr, retry: firstRetry, log: hubtest.Reader{Name: name}}
	for _, c := range channels {
		r.log.Topics = append(r.log.Topics, hub.ChannelTopic(c))
	}
	r.path = "/sse/events?channel=" + strings.Join(channels, "&channel=")
	return r
}

// run reads until ctx ends, or until the program has answered what ends an
// EventSource for good.
func (r *reader) run(ctx context.Context) {
	for ctx.Err() == nil {
		r.connect(ctx)
		r.mu.Lock()
		wait, over := r.retry, r.refused != ""
		if r.open {
			r.open = false
			r.ended++
		}
		r.mu.Unlock()
		if over || pause(ctx, wait) != nil {
			return
		}
	}
}

// bufferLen keeps ten thousand readers small.
const bufferLen = 1 << 10

// connect reads one connection to its end, however it ends: the stream's own
// errors mean nothing to an EventSource but to come again.
func (r *reader) connect(ctx context.Context) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", r.addr)
	if err != nil {
		return
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	after := r.last // only this goroutine writes it
	head := "GET " + r.path + " HTTP/1.1\r\nHost: " + r.addr + "\r\nAccept: text/event-stream\r\n"
	if !after.IsZero() {
		head += "Last-Event-ID: " + after.String() + "\r\n"
	}
	if _, err := conn.Write([]byte(head + "\r\n")); err != nil {
		return
	}
	res, err := http.ReadResponse(bufio.NewReaderSize(conn, bufferLen), nil)
	if err != nil {
		return
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		r.refuse("was answered " + res.Status)
		return
	}
	r.mu.Lock()
	r.log.Connections = append(r.log.Connections, hubtest.Connection{After: after})
	r.mu.Unlock()
	lines := bufio.NewReaderSize(res.Body, bufferLen)
	for {
		b, err := readBlock(lines)
		if err != nil {
			return
		}
		if err := r.take(b); err != nil {
			r.refuse(err.Error())
			return
		}
	}
}

func (r *reader) refuse(why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refused = why
}

// take writes down what a block brought.
func (r *reader) take(b block) error {
	item, beat, err := readItem(b)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if b.retry > 0 {
		r.retry = b.retry
	}
	if b.comment || beat {
		r.pings++
	}
	r.open = r.open || b.data != nil || b.comment
	if !item.ID.IsZero() {
		c := &r.log.Connections[len(r.log.Connections)-1]
		c.Items = append(c.Items, item)
		r.last = item.ID
	}
	return nil
}

// readItem reads a block as a subscriber's log has it. beat tells a heartbeat.
func readItem(b block) (i hubtest.Item, beat bool, err error) {
	if b.id != "" {
		id, ok := hub.ParseID(b.id)
		if !ok {
			return i, false, fmt.Errorf("was sent the id %q", b.id)
		}
		i.ID = id
	}
	if b.data == nil {
		return i, false, nil
	}
	var v struct {
		Event string
		Data  json.RawMessage
	}
	if err := json.Unmarshal(b.data, &v); err != nil {
		return i, false, fmt.Errorf("was sent %q: %w", b.data, err)
	}
	switch v.Event {
	case eventName:
		if i.ID.IsZero() {
			return i, false, fmt.Errorf("was sent an event without an id: %q", b.data)
		}
		i.Hash = eventHash(v.Data)
	case "gap":
		if i.Gap, err = readGap(v.Data, i.ID); err != nil {
			return i, false, err
		}
	case "heartbeat":
		beat = true
	}
	return i, beat, nil
}

// readGap reads the data of a gap that came with an id, which must be where it ends.
func readGap(data []byte, id hub.ID) (*hub.Gap, error) {
	var g struct {
		From, To string
		Reason   hub.Reason
	}
	if err := json.Unmarshal(data, &g); err != nil {
		return nil, fmt.Errorf("was sent the gap %q: %w", data, err)
	}
	from, okFrom := hub.ParseID(g.From)
	to, okTo := hub.ParseID(g.To)
	if !okFrom || !okTo || to != id {
		return nil, fmt.Errorf("was sent the gap %q with the id %s", data, id)
	}
	return &hub.Gap{From: from, To: to, Reason: g.Reason}, nil
}

// status is a reader at one moment.
type status struct {
	last        hub.ID
	open        bool
	connections int
	pings       int
	ended       int
	refused     string
}

func (r *reader) status() status {
	r.mu.Lock()
	defer r.mu.Unlock()
	return status{r.last, r.open, len(r.log.Connections), r.pings, r.ended, r.refused}
}
