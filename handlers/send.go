package handlers

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"latido/hub"
	"latido/streams/event"
	"latido/views"
)

// broadcast is POST /sse/broadcast/{channel}: any JSON object to a channel, or
// with ?event= a typed event whose data is the body as it stands.
func (a *api) broadcast(c *gin.Context) error {
	var ps problems
	channel := pathParam(c, "channel")
	ps.channel(channel, "path", "channel")
	user := ps.queryUser(c)
	name := ps.eventName(c)
	key := ps.idempotencyKey(c)
	if err := ps.err(); err != nil {
		return err
	}
	in, err := a.read(c)
	if err != nil {
		return err
	}
	draft := hub.Draft{Name: name, Channel: channel}
	if name != "" {
		draft.Data = in.object.bytes()
	} else {
		draft = broadcastDraft(in.object, channel, user)
	}
	draft.Key = key
	r, err := a.publish(c, draft)
	if err != nil {
		return fmt.Errorf("broadcast: %w", err)
	}
	return a.answer(c, broadcastAnswer{"sent", channel, "Mensaje enviado exitosamente", r.ID.String()},
		func(m views.Answers) string { return m.BroadcastSent(channel) }, r.ID)
}

type broadcastAnswer struct {
	Status  string `json:"status"`
	Channel string `json:"channel"`
	Message string `json:"message"`
	ID      string `json:"id"`
}

// broadcastDraft adds what the server vouches for to a body.
func broadcastDraft(o object, channel string, user int64) hub.Draft {
	for _, m := range event.Envelope(channel, user, time.Now()) {
		o.set(m.Name, m.Value)
	}
	return event.Broadcast(channel, o.bytes())
}

// eventName reads ?event=, "" when it is not given.
func (ps *problems) eventName(c *gin.Context) string {
	name, given := c.GetQuery("event")
	if !given {
		return ""
	}
	if err := hub.CheckName(name); err != nil {
		ps.add("event_name", "An event's name is 1 to 64 characters of a-z, 0-9 and _, and none of connected, heartbeat, gap", "query", "event")
	}
	return name
}

// maxKeyLen bounds an Idempotency-Key in bytes.
const maxKeyLen = 255

// idempotencyKey reads the header of that name: 1 to 255 visible ASCII
// characters, "" when it is not given.
func (ps *problems) idempotencyKey(c *gin.Context) string {
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
		ps.add("idempotency_key", "An Idempotency-Key is 1 to 255 visible ASCII characters, given once", "header", "Idempotency-Key")
	}
	return key
}

// notifyUser is POST /sse/notify/{user_id}.
func (a *api) notifyUser(c *gin.Context) error {
	var ps problems
	user := ps.userID(pathParam(c, "user_id"), "path", "user_id")
	key := ps.idempotencyKey(c)
	if err := ps.err(); err != nil {
		return err
	}
	in, err := a.read(c)
	if err != nil {
		return err
	}
	return a.sendNotification(c, in, user, key)
}

func (a *api) sendNotification(c *gin.Context, in *input, user int64, key string) error {
	title, message := in.text("title"), in.text("message")
	level := in.choice("level", event.NotifyInfo, event.NotificationLevels()...)
	var link event.Link
	if to := in.actionURL("action_url"); to != nil {
		link = event.Link(*to)
	}
	if err := in.bad.err(); err != nil {
		return err
	}
	if err := mayNotify(who(c), user); err != nil {
		return err
	}
	draft := event.Notification{Level: level, Title: title, Message: message, ActionURL: link}.Draft(user, time.Now())
	draft.Key = key
	r, err := a.publish(c, draft)
	if err != nil {
		return fmt.Errorf("notify a user: %w", err)
	}
	return a.answer(c, notifyAnswer{"sent", user, "Notificación enviada", r.ID.String()},
		func(m views.Answers) string { return m.NotificationSent(user) }, r.ID)
}

type notifyAnswer struct {
	Status  string `json:"status"`
	UserID  int64  `json:"user_id"`
	Message string `json:"message"`
	ID      string `json:"id"`
}

// answer says that something was done: JSON, or the form's result in HTML.
func (a *api) answer(c *gin.Context, body any, sentence func(views.Answers) string, id hub.ID) error {
	if !wantsHTML(c.Request) {
		writeJSON(c, http.StatusOK, body)
		return nil
	}
	p := a.page(c, "")
	a.answerResult(c, http.StatusOK, p, views.Result{OK: true, Title: sentence(views.AnswersIn(p.Lang)), ID: id.String()})
	return nil
}

// formBroadcast is POST /ui/broadcast: the page's form, whose channel is a field
// because a form without script cannot put it into the path.
func (a *api) formBroadcast(c *gin.Context) error {
	in, err := a.read(c)
	if err != nil {
		return err
	}
	channel, message := in.text("channel"), in.text("message")
	if channel != "" {
		in.bad.channel(channel, "body", "channel")
	}
	if err := in.bad.err(); err != nil {
		return err
	}
	if err := maySend(who(c), channel); err != nil {
		return err
	}
	var o object
	o.set("message", message)
	r, err := a.publish(c, broadcastDraft(o, channel, 0))
	if err != nil {
		return fmt.Errorf("broadcast: %w", err)
	}
	return a.answer(c, broadcastAnswer{"sent", channel, "Mensaje enviado exitosamente", r.ID.String()},
		func(m views.Answers) string { return m.BroadcastSent(channel) }, r.ID)
}

// formNotify is POST /ui/notify: the same for notifications.
func (a *api) formNotify(c *gin.Context) error {
	in, err := a.read(c)
	if err != nil {
		return err
	}
	before := len(in.bad)
	text := in.text("user_id")
	var user int64
	if len(in.bad) == before {
		user = in.bad.userID(text, "body", "user_id")
	}
	return a.sendNotification(c, in, user, "")
}

// formNotifyTest is POST /ui/notify-test: a notification to the user whose
// notifications the page shows.
func (a *api) formNotifyTest(c *gin.Context) error {
	p := a.page(c, "")
	m := views.AnswersIn(p.Lang)
	in := &input{}
	in.object.set("title", m.TestTitle)
	in.object.set("message", m.TestMessage+" "+strconv.FormatInt(p.User, 10))
	in.object.set("level", event.NotifySuccess)
	return a.sendNotification(c, in, p.User, "")
}
