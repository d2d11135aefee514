package faults

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"

	"latido/hub"
	"latido/hub/hubtest"
	"latido/hub/hubtest/eventsource"
)

// reader is one subscriber, as a browser's EventSource is one: it connects again
// after the delay it was sent, with the last id it had, until its context ends or the
// program refuses it. Its state may be read while it runs.
type reader struct {
	addr   string
	path   string
	client eventsource.Client

	mu      sync.Mutex
	log     hubtest.Reader
	last    hub.ID
	open    bool // the connection has brought something and has not ended
	pings   int
	ended   int // connections that ended after they had been open
	refused string
}

func newReader(addr, name string, channels []string) *reader {
	r := &reader{addr: addr, log: hubtest.Reader{Name: name}}
	for _, c := range channels {
		r.log.Topics = append(r.log.Topics, hub.ChannelTopic(c))
	}
	r.path = "/sse/events?channel=" + strings.Join(channels, "&channel=")
	r.client = eventsource.Client{Open: r.dial, Received: r.take}
	return r
}

// run reads until ctx ends, or until the program refuses the reader.
func (r *reader) run(ctx context.Context) {
	for r.connect(ctx) == nil && pause(ctx, r.client.Retry()) == nil {
	}
}

// connect reads one connection to its end. An error means that no other may follow.
func (r *reader) connect(ctx context.Context) error {
	err := r.client.Connect(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.open {
		r.open = false
		r.ended++
	}
	if err != nil && ctx.Err() == nil {
		r.refused = err.Error()
	}
	return err
}

// bufferLen keeps ten thousand readers small.
const bufferLen = 1 << 10

// dial opens a stream on a connection of its own, without what net/http keeps for
// each.
func (r *reader) dial(ctx context.Context, lastEventID string) (_ io.ReadCloser, err error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", r.addr)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = conn.Close() // there is an error already
		}
	}()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	head := "GET " + r.path + " HTTP/1.1\r\nHost: " + r.addr + "\r\nAccept: text/event-stream\r\n"
	if lastEventID != "" {
		head += "Last-Event-ID: " + lastEventID + "\r\n"
	}
	if _, err := io.WriteString(conn, head+"\r\n"); err != nil {
		return nil, err
	}
	res, err := http.ReadResponse(bufio.NewReaderSize(conn, bufferLen), nil)
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%w: %s", eventsource.ErrRefused, res.Status)
	}
	after, _ := hub.ParseID(lastEventID) // zero for none
	r.mu.Lock()
	defer r.mu.Unlock()
	r.log.Connections = append(r.log.Connections, hubtest.Connection{After: after})
	return struct {
		io.Reader
		io.Closer
	}{res.Body, conn}, nil
}

// take writes down a block.
func (r *reader) take(b eventsource.Block) error {
	item, heartbeat, err := readItem(b)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(b.Comments) > 0 || heartbeat {
		r.pings++
	}
	r.open = r.open || b.HasData || len(b.Comments) > 0
	if !item.ID.IsZero() {
		c := &r.log.Connections[len(r.log.Connections)-1]
		c.Items = append(c.Items, item)
		r.last = item.ID
	}
	return nil
}

// readItem returns a block as an item of a subscriber's log. heartbeat reports a
// heartbeat.
func readItem(b eventsource.Block) (i hubtest.Item, heartbeat bool, err error) {
	if len(b.Ignored) > 0 {
		return i, false, fmt.Errorf("was sent lines that clients ignore: %q", b.Ignored)
	}
	if b.HasID {
		id, ok := hub.ParseID(b.ID)
		if !ok {
			return i, false, fmt.Errorf("was sent the id %q", b.ID)
		}
		i.ID = id
	}
	if !b.HasData {
		return i, false, nil
	}
	var v struct {
		Event string
		Data  json.RawMessage
	}
	if err := json.Unmarshal([]byte(b.Data), &v); err != nil {
		return i, false, fmt.Errorf("was sent %q: %w", b.Data, err)
	}
	switch v.Event {
	case eventName:
		if i.ID.IsZero() {
			return i, false, fmt.Errorf("was sent an event without an id: %q", b.Data)
		}
		i.Hash = eventHash(v.Data)
	case "gap":
		if i.Gap, err = readGap(v.Data, i.ID); err != nil {
			return i, false, err
		}
	case "heartbeat":
		heartbeat = true
	}
	return i, heartbeat, nil
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
