package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// responseWithin bounds the wait for the response to one event.
const responseWithin = 30 * time.Second

// publishers send the events of a run. They own their goroutines: wait returns
// when all have ended.
type publishers struct {
	target *target
	client *http.Client
	start  time.Time
	sent   []atomic.Int64 // by channel
	failed atomic.Int64
	first  atomic.Pointer[string] // why the first one failed
	all    sync.WaitGroup
	done   chan struct{} // closed when the last has ended
}

// startPublishers begins to publish. Event j is due j/Rate seconds from now;
// publisher p sends those with j = p modulo Publishers.
func startPublishers(ctx context.Context, t *target) *publishers {
	transport := &http.Transport{
		MaxIdleConnsPerHost: t.cfg.Publishers,
		DisableCompression:  true,
		DialContext:         dialReset,
	}
	p := &publishers{
		target: t, start: time.Now(), done: make(chan struct{}), sent: make([]atomic.Int64, t.cfg.Channels),
		client: &http.Client{
			Transport: transport, Timeout: responseWithin,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	for i := range t.cfg.Publishers {
		p.all.Go(func() { p.publish(ctx, int64(i)) })
	}
	go func() {
		p.all.Wait()
		transport.CloseIdleConnections()
		close(p.done)
	}()
	return p
}

// dialReset opens a connection that leaves no TIME_WAIT behind.
func dialReset(ctx context.Context, network, addr string) (net.Conn, error) {
	c, err := (&net.Dialer{}).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	if tcp, ok := c.(*net.TCPConn); ok {
		if err := tcp.SetLinger(0); err != nil {
			c.Close()
			return nil, fmt.Errorf("set the end of a connection: %w", err)
		}
	}
	return c, nil
}

// wait returns when every publisher has ended. They end by themselves when all is
// sent, and early when their context ends.
func (p *publishers) wait() { <-p.done }

// total returns how many events have been sent.
func (p *publishers) total() (n int64) {
	for i := range p.sent {
		n += p.sent[i].Load()
	}
	return n
}

// publish sends one publisher's share at its pace.
func (p *publishers) publish(ctx context.Context, first int64) {
	cfg := p.target.cfg
	body := newBody(cfg.Size)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for j := first; j < cfg.planned(); j += int64(cfg.Publishers) {
		due := p.start.Add(time.Duration(float64(j) / cfg.Rate * float64(time.Second)))
		timer.Reset(time.Until(due))
		select {
		case <-timer.C:
		case <-ctx.Done():
			return
		}
		if time.Since(p.start) > cfg.Duration+cfg.lateness() {
			return
		}
		channel := int(j % int64(cfg.Channels))
		switch err := p.post(ctx, channel, body); {
		case err == nil:
			p.sent[channel].Add(1)
		case ctx.Err() != nil:
			return // cut off by the end of the run, which is not the server's fault
		default:
			p.failed.Add(1)
			why := err.Error()
			p.first.CompareAndSwap(nil, &why)
		}
	}
}

// post sends one event, stamped with the present.
func (p *publishers) post(ctx context.Context, channel int, body *body) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.target.publication(channel), body.stamped(time.Now()))
	if err != nil {
		return fmt.Errorf("make a request: %w", err)
	}
	for name, values := range p.target.header {
		req.Header[name] = values
	}
	req.Header.Set("Content-Type", "application/json")
	response, err := p.client.Do(req)
	if err != nil {
		return err // it names the method and the address
	}
	defer response.Body.Close()
	if response.StatusCode < 300 {
		_, err := io.Copy(io.Discard, response.Body)
		if err != nil {
			return fmt.Errorf("read the response to an event: %w", err)
		}
		return nil
	}
	text, _ := io.ReadAll(io.LimitReader(response.Body, quoteLen)) // the status counts
	return fmt.Errorf("%s: %s", response.Status, bytes.TrimSpace(text))
}

// quoteLen is how much of a response is shown, in bytes.
const quoteLen = 200

// body is an event's JSON, made once per publisher.
type body struct {
	text []byte
	at   int // where the marker stands
}

func newBody(size int) *body {
	const open = `{"t":"`
	text := append([]byte(open), bytes.Repeat([]byte("0"), markerLen)...)
	text = append(text, '"')
	if size > 0 {
		text = append(text, `,"pad":"`...)
		text = append(text, bytes.Repeat([]byte("x"), size)...)
		text = append(text, '"')
	}
	return &body{append(text, '}'), len(open)}
}

// stamped returns a copy: the client may still be sending the last one when a
// server has responded early.
func (b *body) stamped(t time.Time) io.Reader {
	text := bytes.Clone(b.text)
	stamp(text[b.at:], t)
	return bytes.NewReader(text)
}
