package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// pullEvents and pullBytes bound one pull, and so what is buffered: there
	// is one at a time. An event larger than pullBytes would never come.
	pullEvents = 1024
	pullBytes  = MaxData + Headroom

	// A Reader that receives nothing for two heartbeats has lost NATS: on a cluster
	// that is how it learns that the server that reads for it has died.
	pullExpiry    = 30 * time.Second
	pullHeartbeat = 2 * time.Second

	// statusRoom is for what NATS sends beside messages: a heartbeat each
	// pullHeartbeat while the caller is slow, and how pulls ended.
	statusRoom = 64

	// readerIdle is when NATS deletes a consumer that no longer pulls. It is longer
	// than the caller may reasonably take between two calls of Next.
	readerIdle = 5 * time.Minute

	// ReaderName is the name of a Reader's connection.
	ReaderName = "reader"
)

var (
	errGone   = errors.New("the connection to the engine has ended")
	errSilent = errors.New("the engine has fallen silent")
	errStuck  = errors.New("the server that reads does not go on, although there is more")
)

// Reader reads a stream in order: an ephemeral consumer on a connection of its own,
// with which it ends. What is on the way when a connection breaks counts as delivered,
// and when nothing follows, nothing shows the hole. It belongs to one goroutine.
//
// It pulls by itself and compares counts. The ordered consumer of nats.go resets itself
// without asking ctx, for 10 s and more while NATS is away, and leaves goroutines
// behind. Under it, Messages buffers as many messages as one pull has. It has no room for
// the status that ends a pull, so a slow reader loses the last message of the pull.
type Reader struct {
	js      jetstream.JetStream
	cfg     ReaderConfig
	name    string // of the consumer
	inbox   string
	arrived chan *nats.Msg
	gone    chan struct{} // closed when the connection has ended
	silence *time.Timer

	heard bool   // anything has come from the consumer
	tries int    // pulls before that
	at    uint64 // newest sequence that has come
	late  int    // heartbeats since there should have been more
	pull  int    // number of the pull in progress
	due   int    // events that it may still bring
	read  uint64 // events read in all
}

// Close deletes the consumer, which NATS would do by itself after readerIdle, and closes
// the connection.
func (r *Reader) Close() {
	r.silence.Stop()
	if r.name != "" && !r.js.Conn().IsClosed() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = r.js.DeleteConsumer(ctx, r.cfg.Stream, r.name) // see above
	}
	r.js.Conn().Close()
	<-r.gone
}

// Next waits for the next message. After an error the Reader must be closed.
func (r *Reader) Next(ctx context.Context) (*nats.Msg, *nats.MsgMetadata, error) {
	for {
		if r.due == 0 {
			if err := r.request(); err != nil {
				return nil, nil, err
			}
		}
		r.silence.Reset(2 * pullHeartbeat)
		select {
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		case <-r.gone:
			return nil, nil, errGone
		case <-r.silence.C:
			return nil, nil, errSilent
		case msg := <-r.arrived:
			if msg.Header.Get("Status") != "" {
				if err := r.handleStatus(ctx, msg); err != nil {
					return nil, nil, err
				}
				continue
			}
			r.heard = true
			r.due--
			r.read++
			meta, err := msg.Metadata()
			if err == nil {
				r.at, r.late = meta.Sequence.Stream, 0
				err = r.compare(meta.Sequence.Consumer)
			}
			return msg, meta, err
		}
	}
}

// compare compares how many messages NATS has sent with how many have come. It is the
// consumer's count, not the stream's sequence: retention may drop messages before they
// are read, but none may be lost on the way.
func (r *Reader) compare(sent uint64) error {
	if sent != r.read {
		return fmt.Errorf("the engine has sent %d events to the reader, %d have come", sent, r.read)
	}
	return nil
}

// lateBeats is how many heartbeats in a row may come instead of events that are
// known to be there.
const lateBeats = 2

// checkStuck finds out whether the server that reads for us stands still: one of
// several may be alive while its copy of the stream does not go on.
func (r *Reader) checkStuck(ctx context.Context) error {
	if r.cfg.Known() <= r.at {
		r.late = 0
		return nil
	}
	if r.late++; r.late < lateBeats {
		return nil
	}
	r.late = 0
	ctx, cancel := context.WithTimeout(ctx, pullHeartbeat)
	defer cancel()
	s, err := LeaderStream(ctx, r.js, r.cfg.Stream)
	if err != nil {
		return nil // no server knows better now
	}
	// What has been dropped does not come.
	more, err := s.GetMsg(ctx, r.at+1, jetstream.WithGetMsgSubject(r.cfg.Subject))
	if err == nil && len(r.arrived) == 0 {
		return fmt.Errorf("%w: the last that came is %d, %d is stored", errStuck, r.at, more.Sequence)
	}
	return nil
}

// request begins the next pull.
func (r *Reader) request() error {
	request, err := json.Marshal(struct {
		Batch     int           `json:"batch"`
		MaxBytes  int           `json:"max_bytes"`
		Expires   time.Duration `json:"expires"`
		Heartbeat time.Duration `json:"idle_heartbeat"`
	}{pullEvents, pullBytes, pullExpiry, pullHeartbeat})
	if err != nil {
		return err
	}
	r.pull++
	r.due = pullEvents
	return r.js.Conn().PublishRequest("$JS.API.CONSUMER.MSG.NEXT."+r.cfg.Stream+"."+r.name, r.reply(), request)
}

// reply distinguishes the pulls: the end of a pull that has brought everything may still
// be announced when the next one has begun.
func (r *Reader) reply() string { return r.inbox + "." + strconv.Itoa(r.pull) }

const (
	// On a cluster a consumer may be there before the server at the other end of
	// the connection knows of it: for a second the first pull may get no reply.
	firstPulls = 50
	firstPause = 20 * time.Millisecond
)

// handleStatus handles what NATS sends beside messages: heartbeats, and how pulls end.
func (r *Reader) handleStatus(ctx context.Context, msg *nats.Msg) error {
	status, text := msg.Header.Get("Status"), msg.Header.Get("Description")
	if status == "503" && !r.heard && r.tries < firstPulls && msg.Subject == r.reply() {
		r.tries++
		r.due = 0
		select {
		case <-time.After(firstPause):
		case <-ctx.Done():
		}
		return ctx.Err()
	}
	r.heard = true
	switch {
	case status == "100":
		sent, err := strconv.ParseUint(msg.Header.Get("Nats-Last-Consumer"), 10, 64)
		if err != nil {
			return fmt.Errorf("the engine's heartbeat: %w", err)
		}
		if err := r.compare(sent); err != nil {
			return err
		}
		if err := r.checkStuck(ctx); err != nil || r.cfg.Idle == nil {
			return err
		}
		return r.cfg.Idle(ctx)
	case msg.Subject != r.reply():
		return nil
	case status == "408", text == "Batch Completed", text == "Message Size Exceeds MaxBytes":
		r.due = 0
		return nil
	}
	return fmt.Errorf("the engine ends the reader: %s %s", status, text)
}
