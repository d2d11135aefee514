package views

import "strconv"

// Answers are the sentences that handlers show to people after a form, in one
// language. JSON clients do not see them: theirs are part of the API.
type Answers struct {
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

// AnswersIn returns the sentences in a language, Spanish for an unknown one.
func AnswersIn(l Lang) Answers { return l.texts().Answers }

// BroadcastSent says that a message went to a channel.
func (a Answers) BroadcastSent(channel string) string { return a.Broadcast.with("channel", channel) }

// NotificationSent says that a notification went to a user.
func (a Answers) NotificationSent(user int64) string {
	return a.Notification.with("user", strconv.FormatInt(user, 10))
}

// TaskUpdated says that a task's progress was broadcast.
func (a Answers) TaskUpdated(id string) string { return a.Task.with("id", id) }

// ExportStarted says that the export of a channel is running.
func (a Answers) ExportStarted(channel string) string { return a.Export.with("channel", channel) }

// TaskCancelled says that a task was told to stop.
func (a Answers) TaskCancelled(id string) string { return a.Cancel.with("id", id) }

// TooOften says that something was tried too often, and when to try again.
func (a Answers) TooOften(seconds int) string { return a.TooMany.of(seconds) }

// Problem says what is wrong with a field: a sentence for the problem's type,
// or msg, the API's own, when there is none.
func (a Answers) Problem(kind, msg string) string {
	if s, ok := a.Problems[kind]; ok {
		return s
	}
	return msg
}

// Status says what an HTTP status means to a person, or detail, the API's own
// text, when there is nothing better to say.
func (a Answers) Status(status int, detail string) string {
	if s, ok := a.Statuses[strconv.Itoa(status)]; ok {
		return s
	}
	return detail
}
