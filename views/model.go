package views

import (
	"time"

	"latido/streams/board"
	"latido/streams/card"
)

// Page is what every page needs around its content.
type Page struct {
	Lang     Lang
	Theme    string                    // "light", "dark" or "" for the system's
	Path     string                    // path of the page itself: "/", "/notifications", "/monitoring"
	LiveURL  string                    // the page's one stream: /live?cards=…&after=…; "" for a page without one
	Cards    string                    // what the page shows, as in LiveURL; the connection forms send it back
	BaseURL  string                    // how this server is reached, for the curl lines: http://host:port, no slash at the end
	User     int64                     // whose notifications are shown
	Person   string                    // who is logged in; "" for nobody
	Manages  bool                      // the viewer may manage access
	ReadOnly bool                      // the viewer may send nothing: no forms for it
	Demo     bool                      // simulated producers run
	Public   bool                      // of a share link: nothing to press, and nothing that leads elsewhere
	Levels   LogLevels                 // the remembered choice of the log card's filters
	At       time.Time                 // when the page was made
	Store    string                    // whether events can be stored: see card.Readings
	Shown    []card.Def                // the page's cards, in order
	Views    map[string]any            // by card: the view of its type
	Drawings map[string]*board.Drawing // by card: the view as it was drawn
}

// LogLevels is the remembered choice of the log card's filters.
type LogLevels struct{ Error, Warning, Info, Debug bool }

// Result is the result of a form.
type Result struct {
	OK     bool
	Form   string       // the form that was sent: one of the Form constants
	Title  string       // one sentence, in the page's language
	Errors []FieldError // what to correct; empty when OK
	ID     string       // id of the event; "" for none
}

// The forms of the interface, as Result.Form names them. A field's id is the
// form's name, "-" and the field's name, so that a result can link to it.
const (
	FormBroadcast  = "broadcast"  // POST /ui/broadcast: channel, message
	FormNotify     = "notify"     // POST /ui/notify: user_id, title, message, level, action_url
	FormNotifyTest = "notifytest" // POST /ui/notify-test: user_id
	FormExport     = "export"     // POST /tasks/export: channel
	FormCancel     = "cancel"     // POST /tasks/{id}/cancel
	FormClear      = "clear"      // POST /ui/clear: list
	FormConnection = "connection" // POST /ui/connection: action, cards, page
	FormUser       = "user"       // POST /ui/prefs: user
	FormLogin      = "login"      // POST /login: name, password
	FormPerson     = "person"     // POST /access/people: name, user, role, password, again
	FormRole       = "role"       // POST /access/people/{name}/role: role
	FormSet        = "set"        // POST /access/people/{name}/password: password, again
	FormRemove     = "remove"     // POST /access/people/{name}/remove
	FormKey        = "key"        // POST /access/keys: name, expires, publish, subscribe, notify, read, user, tasks
	FormLink       = "link"       // POST /access/links: name, expires, cards, user
	FormRevoke     = "revoke"     // POST /access/keys/{id}/revoke, /access/links/{id}/revoke: q
	FormAccount    = "account"    // POST /account: present, password, again
)

// The lists that POST /ui/clear empties.
const (
	ListLogs          = "logs"
	ListNotifications = "notifications"
)

// FieldError is one refused field.
type FieldError struct{ Field, Message string }
