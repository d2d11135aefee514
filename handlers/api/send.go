package api

import (
	"fmt"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"latido/handlers/web"
	"latido/hub"
	"latido/streams/event"
)

// broadcast is POST /sse/broadcast/{channel}: any JSON object to a channel, or
// with ?event= a typed event whose data is the body as it stands.
func (a *API) broadcast(c *gin.Context) error {
	var ps web.Problems
	channel := web.PathParam(c, "channel")
	ps.Channel(channel, "path", "channel")
	user := ps.QueryUser(c)
	name := eventName(c, &ps)
	key := idempotencyKey(c, &ps)
	if err := ps.Err(); err != nil {
		return err
	}
	in, err := a.Read(c)
	if err != nil {
		return err
	}
	draft := hub.Draft{Name: name, Channel: channel}
	if name != "" {
		draft.Data = in.Object.Bytes()
	} else {
		draft = broadcastDraft(in.Object, channel, user)
	}
	draft.Key = key
	return a.publishBroadcast(c, draft)
}

// Broadcast sends an object to a channel that the caller may send to, and responds.
func (a *API) Broadcast(c *gin.Context, channel string, o web.Object) error {
	if err := web.MaySend(web.Principal(c), channel); err != nil {
		return err
	}
	return a.publishBroadcast(c, broadcastDraft(o, channel, 0))
}

func (a *API) publishBroadcast(c *gin.Context, d hub.Draft) error {
	r, err := a.Publish(c, d)
	if err != nil {
		return fmt.Errorf("broadcast: %w", err)
	}
	body := broadcastBody{"sent", d.Channel, "Mensaje enviado exitosamente", r.ID.String()}
	return a.Done(c, web.Done{JSON: body, What: web.BroadcastSent, Of: d.Channel, ID: r.ID})
}

type broadcastBody struct {
	Status  string `json:"status"`
	Channel string `json:"channel"`
	Message string `json:"message"`
	ID      string `json:"id"`
}

// broadcastDraft adds to a body what the server knows; it replaces members of the
// same name.
func broadcastDraft(o web.Object, channel string, user int64) hub.Draft {
	for _, m := range event.Envelope(channel, user, time.Now()) {
		o.Set(m.Name, m.Value)
	}
	return event.Broadcast(channel, o.Bytes())
}

// eventName reads ?event=, "" when it is not given.
func eventName(c *gin.Context, ps *web.Problems) string {
	name, given := c.GetQuery("event")
	if !given {
		return ""
	}
	if err := hub.CheckName(name); err != nil {
		ps.Add("event_name", "An event's name is 1 to 64 characters of a-z, 0-9 and _, and none of connected, heartbeat, gap", "query", "event")
	}
	return name
}

// maxKeyLen bounds an Idempotency-Key in bytes.
const maxKeyLen = 255

// idempotencyKey reads the header of that name: 1 to 255 visible ASCII
// characters, "" when it is not given.
func idempotencyKey(c *gin.Context, ps *web.Problems) string {
	values, given := c.Request.Header["Idempotency-Key"]
	if !given {
		return ""
	}
	key := values[0]
	ok := len(values) == 1 && key != "" && len(key) <= maxKeyLen
	for i := range len(key) {
		ok = ok && key[i] > ' ' && key[i] < 0x7f
	}
	if !ok {
		ps.Add("idempotency_key", "An Idempotency-Key is 1 to 255 visible ASCII characters, given once", "header", "Idempotency-Key")
	}
	return key
}

// notifyUser is POST /sse/notify/{user_id}.
func (a *API) notifyUser(c *gin.Context) error {
	var ps web.Problems
	user := ps.UserID(web.PathParam(c, "user_id"), "path", "user_id")
	key := idempotencyKey(c, &ps)
	if err := ps.Err(); err != nil {
		return err
	}
	in, err := a.Read(c)
	if err != nil {
		return err
	}
	return a.Notify(c, in, user, key)
}

// Notify sends the notification in a body to a user whom the caller may notify, and
// responds.
func (a *API) Notify(c *gin.Context, in *web.Input, user int64, key string) error {
	title, message := in.Text("title"), in.Text("message")
	level := in.Choice("level", event.NotifyInfo, event.NotificationLevels()...)
	var link event.Link
	if to := in.Link("action_url"); to != nil {
		link = event.Link(*to)
	}
	if err := in.Problems.Err(); err != nil {
		return err
	}
	if err := web.MayNotify(web.Principal(c), user); err != nil {
		return err
	}
	draft := event.Notification{Level: level, Title: title, Message: message, ActionURL: link}.Draft(user, time.Now())
	draft.Key = key
	r, err := a.Publish(c, draft)
	if err != nil {
		return fmt.Errorf("notify a user: %w", err)
	}
	body := notifyBody{"sent", user, "Notificación enviada", r.ID.String()}
	return a.Done(c, web.Done{JSON: body, What: web.NotificationSent, Of: strconv.FormatInt(user, 10), ID: r.ID})
}

type notifyBody struct {
	Status  string `json:"status"`
	UserID  int64  `json:"user_id"`
	Message string `json:"message"`
	ID      string `json:"id"`
}
