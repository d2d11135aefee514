package handlers

import (
	"errors"
	"fmt"
	"time"

	"github.com/gin-gonic/gin"

	"latido/handlers/sse"
	"latido/hub"
)

// maxChannels bounds the channels of one stream.
const maxChannels = 64

// jsonFrame is an event as EventSource clients get it. Names and data have been
// checked by the hub, so the frame needs no parsing and no escaping.
func jsonFrame(e *hub.Event) []byte {
	data := make([]byte, 0, len(e.Data)+len(e.Name)+24)
	data = append(data, `{"event":"`...)
	data = append(data, e.Name...)
	data = append(data, `","data":`...)
	data = append(data, e.Data...)
	data = append(data, '}')
	return frame(sse.Message{ID: e.ID.String(), Data: data})
}

// frame encodes what the hub has checked; a failure is a fault of the program.
func frame(m sse.Message) []byte {
	b, err := sse.Append(nil, m)
	if err != nil {
		panic("encode a checked message: " + err.Error())
	}
	return b
}

type control struct {
	Event     string `json:"event"`
	Data      any    `json:"data,omitempty"`
	Timestamp string `json:"timestamp,omitempty"`
}

type connected struct {
	Channel   string `json:"channel"`
	Timestamp string `json:"timestamp"`
	Message   string `json:"message"`
}

type gapData struct {
	From   string     `json:"from"`
	To     string     `json:"to"`
	Reason hub.Reason `json:"reason"`
}

func gapFrame(g hub.Gap) []byte {
	data := mustJSON(control{Event: "gap", Data: gapData{g.From.String(), g.To.String(), g.Reason}})
	return frame(sse.Message{ID: g.To.String(), Data: data})
}

func heartbeatFrame(pos hub.ID) ([]byte, bool) {
	data := mustJSON(control{Event: "heartbeat", Timestamp: timestamp(time.Now())})
	return frame(sse.Message{ID: pos.String(), Data: data}), true
}

// position reads where a client wants to go on: the header wins over the query's
// field, and anything odd is no position.
func position(c *gin.Context, field string) hub.Place {
	text := c.GetHeader("Last-Event-ID")
	if text == "" {
		text = c.Query(field)
	}
	at, _ := hub.ParsePlace(text)
	return at
}

// eventChannels are those that a request for /sse/events names.
func eventChannels(c *gin.Context) []string {
	if channels := c.QueryArray("channel"); len(channels) > 0 {
		return channels
	}
	return []string{"general"}
}

// events is GET /sse/events: channels, and with user_id a user.
func (a *api) events(c *gin.Context) error {
	var ps problems
	channels := eventChannels(c)
	if len(channels) > maxChannels {
		ps.add("too_long", fmt.Sprintf("At most %d channels fit into one stream", maxChannels), "query", "channel")
		channels = channels[:maxChannels]
	}
	var topics []hub.Topic
	for _, name := range channels {
		ps.channel(name, "query", "channel")
		topics = append(topics, hub.ChannelTopic(name))
	}
	if user := ps.queryUser(c); user > 0 {
		topics = append(topics, hub.UserTopic(user))
	}
	every := ps.queryRate(c)
	if err := ps.err(); err != nil {
		return err
	}
	return a.stream(c, hub.Request{Topics: topics}, every, func(pos string, retry time.Duration) []byte {
		var hello []byte
		for _, name := range channels {
			data := mustJSON(control{Event: "connected", Data: connected{name, timestamp(time.Now()), "Conectado al canal " + name}})
			hello = append(hello, frame(sse.Message{ID: pos, Retry: retry, Data: data})...)
			retry = 0
		}
		return hello
	})
}

// special is one of the streams that carry one channel and nothing else.
func (a *api) special(channel string, rewind int) action {
	return func(c *gin.Context) error {
		var ps problems
		every := ps.queryRate(c)
		if err := ps.err(); err != nil {
			return err
		}
		return a.stream(c, hub.Request{Topics: []hub.Topic{hub.ChannelTopic(channel)}, Rewind: rewind}, every, bareHello)
	}
}

// notifications is GET /sse/notifications/{user_id}.
func (a *api) notifications(c *gin.Context) error {
	var ps problems
	user := ps.userID(pathParam(c, "user_id"), "path", "user_id")
	every := ps.queryRate(c)
	if err := ps.err(); err != nil {
		return err
	}
	return a.stream(c, hub.Request{Topics: []hub.Topic{hub.UserTopic(user)}, Format: a.notificationJSON}, every, bareHello)
}

// bareHello begins a stream that has no event of its own to begin with: the
// retry field joins whatever event comes first.
func bareHello(_ string, retry time.Duration) []byte { return sse.AppendRetry(nil, retry) }

// stream opens a JSON stream, with every between two values of a key, 0 for all.
// hello makes what is sent after a gap, if any, and before the first event.
func (a *api) stream(c *gin.Context, r hub.Request, every time.Duration, hello func(pos string, retry time.Duration) []byte) error {
	if r.Format == nil {
		r.Format = a.json
	}
	at := position(c, "last_event_id")
	r.After, r.Back = at.ID, at.Back
	cursor, err := a.Hub.Subscribe(c.Request.Context(), r)
	if err != nil {
		return a.later(c, fmt.Errorf("open a stream: %w", err))
	}
	opened := false
	defer func() {
		if !opened { // what made the first bytes panicked
			cursor.Close()
		}
	}()
	limited, pos := limit(cursor, every > 0, valueKey(every), at.Back)
	var first []byte
	retry := a.Streams.Retry()
	if gap := cursor.Gap(); gap != nil {
		first = append(sse.AppendRetry(first, retry), gapFrame(*gap)...)
	}
	first = append(first, hello(pos, retry)...)
	opened = true
	return a.later(c, a.serve(c, sse.Stream{
		Cursor: cursor, Kind: a.jsonStream, Preamble: first, User: user(r.Topics), Lease: a.lease(c), Conflated: limited,
	}))
}

// lease is the time for which the one who asks may have a stream; nil for no end.
func (a *api) lease(c *gin.Context) sse.Lease {
	if l := a.Access.Lease(who(c)); l != nil {
		return l
	}
	return nil
}

// user is the one whose events the topics carry; 0 for nobody.
func user(topics []hub.Topic) int64 {
	for _, t := range topics {
		if t.User != 0 {
			return t.User
		}
	}
	return 0
}

// later puts a JSON stream off that could not begin, for whatever reason of
// ours. Pages get the error instead: htmx backs off by itself after a 5xx, and
// would ask again at once after a stream that ends.
func (a *api) later(c *gin.Context, err error) error {
	if err == nil || c.Request.Context().Err() != nil {
		return nil
	}
	if !errors.Is(err, sse.ErrFull) { // a limit does its work; the counters tell
		a.log.Warn("a stream was put off", "route", c.FullPath(), "error", err)
	}
	if err := a.Streams.Later(c.Writer, err); err != nil {
		a.log.Debug("the client of a stream has gone", "error", err)
	}
	return nil
}

// serve begins a stream; it may go on after the return. A peer that goes away
// or stops reading is nobody's fault and worth no record.
func (a *api) serve(c *gin.Context, st sse.Stream) error {
	err := a.Streams.Serve(c.Writer, c.Request, st)
	if err != nil && !c.Writer.Written() {
		return fmt.Errorf("serve a stream: %w", err)
	}
	return nil
}
