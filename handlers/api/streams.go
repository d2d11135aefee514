package api

import (
	"fmt"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"latido/handlers/access"
	"latido/handlers/sse"
	"latido/handlers/web"
	"latido/hub"
	"latido/streams/event"
)

// maxChannels bounds the channels of one stream.
const maxChannels = 64

// queryChannels returns the channels that a request for /sse/events names.
func queryChannels(c *gin.Context) []string {
	if channels := c.QueryArray("channel"); len(channels) > 0 {
		return channels
	}
	return []string{"general"}
}

// readsQuery admits callers that may read the channels and the user in the query of
// /sse/events. A user id that is none is left to the handler, which says so.
func readsQuery(c *gin.Context, p *access.Principal) error {
	for _, channel := range queryChannels(c) {
		if err := web.MayRead(p, channel); err != nil {
			return err
		}
	}
	for _, text := range c.QueryArray("user_id") {
		if id, err := strconv.ParseInt(text, 10, 64); err == nil && id > 0 {
			if err := web.MayReadUser(p, id); err != nil {
				return err
			}
		}
	}
	return nil
}

// events is GET /sse/events: channels and, with user_id, a user's notifications.
func (a *API) events(c *gin.Context) error {
	var ps web.Problems
	channels := queryChannels(c)
	if len(channels) > maxChannels {
		ps.Add("too_long", fmt.Sprintf("At most %d channels fit into one stream", maxChannels), "query", "channel")
		channels = channels[:maxChannels]
	}
	var topics []hub.Topic
	for _, name := range channels {
		ps.Channel(name, "query", "channel")
		topics = append(topics, hub.ChannelTopic(name))
	}
	if user := ps.QueryUser(c); user > 0 {
		topics = append(topics, hub.UserTopic(user))
	}
	every := ps.QueryRate(c)
	if err := ps.Err(); err != nil {
		return err
	}
	return a.open(c, hub.Request{Topics: topics}, every, func(pos string, retry time.Duration) []byte {
		var b []byte
		for _, name := range channels {
			b = append(b, web.Frame(sse.Message{ID: pos, Retry: retry, Data: event.Connected(name, time.Now())})...)
			retry = 0
		}
		return b
	})
}

// channel returns the handler of a stream that carries one channel and nothing else.
func (a *API) channel(name string, rewind int) web.Action {
	return func(c *gin.Context) error {
		var ps web.Problems
		every := ps.QueryRate(c)
		if err := ps.Err(); err != nil {
			return err
		}
		return a.open(c, hub.Request{Topics: []hub.Topic{hub.ChannelTopic(name)}, Rewind: rewind}, every, barePreamble)
	}
}

// notifications is GET /sse/notifications/{user_id}.
func (a *API) notifications(c *gin.Context) error {
	var ps web.Problems
	user := ps.UserID(web.PathParam(c, "user_id"), "path", "user_id")
	every := ps.QueryRate(c)
	if err := ps.Err(); err != nil {
		return err
	}
	return a.open(c, hub.Request{Topics: []hub.Topic{hub.UserTopic(user)}, Format: a.notificationJSON}, every, barePreamble)
}

// barePreamble is for streams without an event of their own: the retry field joins the
// event that comes first.
func barePreamble(_ string, retry time.Duration) []byte { return sse.AppendRetry(nil, retry) }

// open opens a JSON stream. every is the time between two values of a key, 0 for all.
// preamble makes what is sent after a gap, if any, and before the first event.
func (a *API) open(c *gin.Context, r hub.Request, every time.Duration, preamble func(pos string, retry time.Duration) []byte) error {
	if r.Format == nil {
		r.Format = a.json
	}
	at := web.ResumeToken(c, "last_event_id")
	r.After, r.Back = at.ID, at.Back
	cursor, err := a.Hub.Subscribe(c.Request.Context(), r)
	if err != nil {
		a.Later(c, fmt.Errorf("open a stream: %w", err))
		return nil
	}
	opened := false
	defer func() {
		if !opened { // what made the first bytes panicked
			cursor.Close()
		}
	}()
	conflater, pos := a.Conflate(cursor, every > 0, valueKey(every), at.Back)
	var first []byte
	retry := a.Streams.Retry()
	if gap := cursor.Gap(); gap != nil {
		first = append(sse.AppendRetry(first, retry), gapFrame(*gap)...)
	}
	first = append(first, preamble(pos, retry)...)
	opened = true
	a.Later(c, a.Serve(c, sse.Stream{
		Cursor: cursor, Kind: a.stream, Preamble: first, User: user(r.Topics), Lease: a.Lease(c), Conflated: conflater,
	}))
	return nil
}

// user returns the user whose events the topics carry; 0 for none.
func user(topics []hub.Topic) int64 {
	for _, t := range topics {
		if t.User != 0 {
			return t.User
		}
	}
	return 0
}
