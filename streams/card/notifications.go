package card

import (
	"slices"
	"time"

	"latido/hub"
	"latido/streams/event"
)

var notificationsProducers = []string{"notifications"}

// Notifications shows the newest notifications of one user.
var Notifications = Type{
	Name: "notifications", Shareable: true, Personal: true, Backfill: 512,
	Topics: func(env Env) []hub.Topic {
		if env.User == 0 {
			return nil
		}
		return []hub.Topic{hub.UserTopic(env.User)}
	},
	Producers: notificationsProducers,
	New: func(env Env) State {
		return &notifications{user: env.User, fed: fed{producers: notificationsProducers, aging: true}}
	},
}

const (
	// NotificationRows is how many notifications the card shows, and InboxRows how
	// many the inbox does.
	NotificationRows = 10
	InboxRows        = 100
)

// NotificationsView is the newest notifications, newest first, at most InboxRows.
type NotificationsView struct {
	User   int64 // 0 for nobody's
	List   []Notification
	Older  bool // stored events before those that were looked at
	Source Source
}

// Notification is one notification.
type Notification struct {
	ID        hub.ID // of the event
	Level     string // info, warning, success or error
	Title     string
	Message   string // at most 8 KiB
	ActionURL string // as it was sent; views decide whether it becomes a link
	At        time.Time
	Simulated bool
}

// NotificationsChange is what has come since, newest first, at most InboxRows.
type NotificationsChange struct {
	List   []Notification
	Source Source
}

type notifications struct {
	fed
	user int64
	rows rows[Notification]
}

// Apply takes a notification.
func (n *notifications) Apply(e *hub.Event) bool {
	one := event.As[event.Notification](e)
	if one == nil || e.User == 0 {
		return false
	}
	n.rows.add(Notification{
		ID: e.ID, Level: event.NotificationLevel(one.Level), Title: event.Shorten(one.Title, maxText),
		Message: event.Shorten(one.Message, maxText), ActionURL: string(one.ActionURL),
		At: event.When(one.Timestamp, e), Simulated: one.Simulated,
	}, InboxRows)
	return true
}

func (n *notifications) View() any {
	return NotificationsView{n.user, n.rows.newest(InboxRows), n.older, n.source}
}

func (n *notifications) Change() any {
	return NotificationsChange{n.rows.newest(n.rows.fresh), n.source}
}

func (n *notifications) Full() bool { return len(n.rows.all) >= InboxRows }

func (n *notifications) Painted() { n.rows.drawn() }

// Without returns the view without the notifications up to a position.
func (v NotificationsView) Without(upTo hub.ID) any {
	v.List = slices.DeleteFunc(slices.Clone(v.List), func(n Notification) bool { return isUpTo(n.ID, upTo) })
	return v
}
