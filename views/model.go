package views

import "time"

// Page is what every page needs around its content.
type Page struct {
	Lang     Lang
	Theme    string // "light", "dark" or "" for the system's
	Path     string // path of the page itself, such as "/monitoring"
	Position string // id at which the page was rendered; its live stream continues after it
	LiveURL  string // the page's one stream: /live?cards=…&after=…; "" for a page without one
	Cards    string // what the page shows, as in LiveURL; the connection forms send it back
	Rates    string // max_rate parameters of the page's own query; "" for none
	BaseURL  string // the address of this server, for the curl lines: http://host:port, no slash at the end
	User     int64  // the user whose notifications are shown
	Person   string // name of the person who is logged in; "" for none
	Manages  bool   // the viewer may manage access
	ReadOnly bool   // the viewer may not send: no forms for that
	Demo     bool   // simulated producers run
	Beat     Beat   // state of server and streams at the moment of rendering
}

// Dashboard is the content of the page /.
type Dashboard struct {
	Metrics       Metrics
	Trading       Trading
	Logs          []LogEntry // newest first, at most 50
	LogLevels     LogLevels
	Notifications []Notification // newest first, at most 10
	Tasks         []Task         // newest first, at most 10
}

// Metrics is the machine's latest sample with its recent past. At is zero when
// no sample exists.
type Metrics struct {
	At                        time.Time
	CPU, Memory, Disk         float64   // percent, 0–100
	MemoryUsed, MemoryTotal   float64   // GiB
	DiskFree                  float64   // GiB
	CPUPast, MemPast, DskPast []float64 // percent, oldest first, at most 60 samples of 5 s, the latest included
}

// Trading is the latest price of each symbol, ordered by symbol.
type Trading struct {
	At        time.Time // newest price; zero when there is none
	Prices    []Price
	HasSource bool // a producer feeds the card, so silence means stale
}

// Price is one symbol's latest price.
type Price struct {
	Symbol        string
	Price         float64
	Change        float64 // since the price before
	ChangePercent float64
	Volume        int64
	At            time.Time
	Simulated     bool
}

// LogEntry is one line of the log card.
type LogEntry struct {
	ID        string // event id, unique on the page
	Level     string // INFO, WARNING, ERROR or DEBUG
	Service   string
	Message   string
	RequestID string
	At        time.Time
	Simulated bool
}

// LogLevels is the remembered choice of the log card's filters.
type LogLevels struct{ Error, Warning, Info, Debug bool }

// Notification is one notification of a user.
type Notification struct {
	ID        string // event id, unique on the page
	Level     string // info, warning, success or error
	Title     string
	Message   string
	ActionURL string // http, https or a path; "" for none
	At        time.Time
	Simulated bool
}

// Task is the folded state of one task.
type Task struct {
	ID          string // the task's own id, any text
	Type        string // "" when unknown
	State       string // started, running, completed, failed or cancelled
	Status      string // free text of a task_update; "" for none
	Message     string
	Progress    float64 // percent, 0–100
	DownloadURL string  // "" for none
	Cancelable  bool    // this process runs it and can stop it
	At          time.Time
}

// Beat is the state that the page's heartbeat carries every 5 s. It belongs to
// this process and moment and is not stored. Every open page is sent one, so it
// has what the page shows and no more.
type Beat struct {
	At        time.Time
	Streams   []StreamState // those whose cards the page shows
	Dashboard bool          // the page shows the connection card and Stats
	Store     string        // StoreFine, StoreFull or StoreAway
	Stats     Stats
	Machine   *Machine // only for pages that show it
	Hub       *Hub     // only for pages that show it
}

// Whether events can be stored.
const (
	StoreFine = ""
	StoreFull = "full" // the server's disk is full
	StoreAway = "away" // it cannot store for any other reason
)

// StreamState is the state of one producer of this process.
type StreamState struct {
	Name  string // metrics, trading, logs, notifications or tasks
	State string // running, retrying, or idle when events come only from outside
	Error string // why it is retrying; "" otherwise
}

// Stats counts open streams.
type Stats struct {
	At       time.Time
	Total    int
	Users    int
	Channels []ChannelCount // most streams first, at most 8
}

// ChannelCount is the number of open streams of a channel.
type ChannelCount struct {
	Name  string
	Count int
}

// Machine is the machine in detail.
type Machine struct {
	At                      time.Time
	Host, Platform          string
	Cores                   []float64 // percent per core
	Load1, Load5, Load15    float64
	MemoryUsed, MemoryTotal uint64 // bytes
	SwapUsed, SwapTotal     uint64 // bytes
	Disks                   []Disk
	Networks                []Network
	Uptime                  time.Duration
}

// Disk is one mounted file system.
type Disk struct {
	Path        string
	Used, Total uint64 // bytes
}

// Network is the traffic of one interface.
type Network struct {
	Name            string
	InRate, OutRate float64 // bytes per second over the last sample
	In, Out         uint64  // bytes since boot
}

// Hub is the hub's own numbers.
type Hub struct {
	Epoch        string
	First, Last  uint64 // stored sequences
	StoredBytes  uint64
	Topics       int
	MemoryEvents int // events kept ready in memory
	MemoryBytes  int64
	Goroutines   int
	HeapBytes    uint64
	Uptime       time.Duration
	Version      string
	Producers    []Producer
	Traffic      Traffic
	Nodes        []Node // this one first; none for a process on its own
}

// Node is one process of several that share their events.
type Node struct {
	Name      string
	Own       bool // the one that serves the page
	Streams   int  // open
	Users     int
	Published uint64 // events, since it was started
	Delivered uint64
	Uptime    time.Duration
	Version   string
}

// Producer is one supervised producer.
type Producer struct {
	Name     string
	State    string // running, retrying, stopped; elsewhere when another node runs it
	Restarts int
	Error    string // last failure; "" for none
	Since    time.Time
}

// Result is the outcome of a form.
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
