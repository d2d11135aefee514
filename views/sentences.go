package views

import "strconv"

// Sentences are what handlers show to people in response to a form, in one
// language. JSON clients do not see them: theirs are part of the API.
type Sentences struct {
	TestTitle   string // of the test notification
	TestMessage string // followed by the user's number
	CheckInput  string // above the list of refused fields
	Foreign     string // to a request that another site made a browser send

	// What a limit forbade, and what helps.
	ChannelsFull    string // as many channels as are allowed
	OwnChannelsFull string // as many as one sender may create
	ChannelFull     string // as many bytes as a channel may store
	UserFull        string // as many bytes as a user's notifications may take
	TooMany         Plural // {n} seconds to wait

	Broadcast    Template // {channel}
	Notification Template // {user}
	Task         Template // {id}
	Export       Template // {channel}
	Cancel       Template // {id}

	Problems Words // by the type of a problem
	Statuses Words // by HTTP status
}

// SentencesIn returns the sentences in a language, Spanish for an unknown one.
func SentencesIn(l Lang) Sentences { return l.texts().Sentences }

// BroadcastSent says that a message went to a channel.
func (s Sentences) BroadcastSent(channel string) string { return s.Broadcast.with("channel", channel) }

// NotificationSent says that a notification went to a user.
func (s Sentences) NotificationSent(user int64) string {
	return s.Notification.with("user", strconv.FormatInt(user, 10))
}

// TaskUpdated says that a task's progress was broadcast.
func (s Sentences) TaskUpdated(id string) string { return s.Task.with("id", id) }

// ExportStarted says that the export of a channel is running.
func (s Sentences) ExportStarted(channel string) string { return s.Export.with("channel", channel) }

// TaskCancelled says that a task is being cancelled.
func (s Sentences) TaskCancelled(id string) string { return s.Cancel.with("id", id) }

// TooOften says that something was tried too often, and when to try again.
func (s Sentences) TooOften(seconds int) string { return s.TooMany.of(seconds) }

// Problem says what is wrong with a field: a sentence for the problem's type,
// or msg, the API's own, when there is none.
func (s Sentences) Problem(kind, msg string) string {
	if s, ok := s.Problems[kind]; ok {
		return s
	}
	return msg
}

// Status says what an HTTP status means to a person, or detail, the API's own
// text, when there is nothing better to say.
func (s Sentences) Status(status int, detail string) string {
	if s, ok := s.Statuses[strconv.Itoa(status)]; ok {
		return s
	}
	return detail
}
