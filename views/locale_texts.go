package views

// Texts is every text of the interface in one language. Each field is a key of
// locales/es.toml and of locales/en.toml: the field's name with a small first
// letter. The program does not start while a key is missing, unknown or empty in
// either file; see loadTexts.
type Texts struct {
	Shell         ShellTexts
	Examples      ExampleTexts
	Heartbeat     HeartbeatTexts
	Store         StoreTexts
	State         StateTexts
	Common        CommonTexts
	Metrics       MetricsTexts
	Trading       TradingTexts
	Logs          LogTexts
	Notifications NotificationTexts
	Tasks         TaskTexts
	Stats         StatsTexts
	Connection    ConnectionTexts
	Send          SendTexts
	Machine       MachineTexts
	Server        ServerTexts
	Producers     ProducerTexts
	Nodes         NodeTexts
	Traffic       TrafficTexts
	Streams       StreamTexts
	Login         LoginTexts
	Share         ShareTexts
	Access        AccessTexts
	Help          HelpTexts
	Result        ResultTexts
	Sentences     Sentences
	Date          DateTexts
}

// ShellTexts are around the content of every page.
type ShellTexts struct {
	Description, Skip                                      string
	Navigation, Dashboard, Notifications, Monitoring, Help string
	Language, Theme, ThemeAuto, ThemeLight, ThemeDark      string
	Demo, DemoHelp, Zone, CurlHint, NoScript               string
}

// ExampleTexts are values in the curl lines that pages show.
type ExampleTexts struct{ Title, Message, LogMessage, TaskMessage string }

// HeartbeatTexts say whether the page receives data.
type HeartbeatTexts struct{ Live, Every30s, Lost, LostSince, LostAdvice, Restored string }

// StoreTexts say that events cannot be stored.
type StoreTexts struct{ Full, Away, Advice string }

// StateTexts say how old a card is and how its producer is doing.
type StateTexts struct {
	Stale, StaleSince, NoData, Latest, Disconnected, Simulated string
	Producer                                                   Words // by StreamState.State
	Source                                                     Words // by StreamState.Name
}

// CommonTexts stand on more than one card.
type CommonTexts struct {
	Channel, Streams, User, Users, Message, Level, Event, Clear, Since, Older string
}

// MetricsTexts are the card of the machine at a glance.
type MetricsTexts struct {
	Title, CPU, Memory, Disk, Of, Free, Last5Minutes, In5Minutes, Lowest, Highest, Empty string
}

// TradingTexts are the card of prices.
type TradingTexts struct {
	Title, Symbol, Price, Change, ChangePercent, Volume, Time, Up, Down, Unchanged, Soon, Empty string
}

// LogTexts are the card of log entries.
type LogTexts struct {
	Title, Filters, Apply, Clear, Cleared, Empty, Filtered string
	Level                                                  Words // of a filter
	Word                                                   Words // of an entry
	LeftOut                                                Plural
}

// NotificationTexts are the card of notifications and the inbox.
type NotificationTexts struct {
	Title, Inbox, Open, OpenInbox, User, ChangeUser, SendTest, Clear, Cleared, Empty, New string
	Level                                                                                 Words
}

// TaskTexts are the card of tasks.
type TaskTexts struct {
	Title, Export, Progress, Download, Cancel, ExportTitle, ExportDo, Empty string
	State                                                                   Words
}

// StatsTexts are the card of open connections.
type StatsTexts struct{ Title, Empty, Refresh string }

// ConnectionTexts are the card that stops and starts the page's stream.
type ConnectionTexts struct{ Title, Connect, Disconnect, Reconnect, Connected, Disconnected string }

// SendTexts are the card with forms for messages and notifications.
type SendTexts struct{ Title, ToChannel, ToUser, Subject, Link, Optional, LinkHelp, Submit string }

// MachineTexts are the card of the machine in detail.
type MachineTexts struct {
	Title, Host, Platform, Uptime, Load, Cores, Core, Swap, NoSwap, Disks string
	Networks, Interface, Received, Sent, PerSecond, NetworkCaption, Empty string
}

// ServerTexts are the card of the server's own figures.
type ServerTexts struct {
	Title, Topics, StoredRange, StoredBytes, MemoryEvents, MemoryBytes, Heap, Goroutines, Uptime, Epoch, Version string
	Empty, HelpTitle                                                                                             string
	Help                                                                                                         struct {
		Topics, StoredRange, StoredBytes, MemoryEvents, MemoryBytes, Heap, Goroutines, Epoch string
	}
}

// ProducerTexts are the card of producers.
type ProducerTexts struct{ Title, Restarts, LastError, Empty string }

// NodeTexts are the card of the processes that share their events.
type NodeTexts struct{ Title, Caption, Node, This, Published, Delivered string }

// TrafficTexts are the card of what goes in and out.
type TrafficTexts struct {
	Title, Caption, Quantity, PerSecond, Total                                        string
	Published, Read, Delivered, Bytes, Writes, PerWrite, Lag, Gaps, Conflated, Denied string
	Help                                                                              struct {
		Published, Read, Delivered, Bytes, Writes, PerWrite, Lag, Gaps, Conflated, Denied, SignsName, Signs string
	}
}

// StreamTexts are the card of live streams.
type StreamTexts struct {
	Title, Open, TakenOver, Parked, Opened, Refused, EndedCaption, Reason string
	Ended                                                                 Words // by Ended.Reason
	Help                                                                  struct {
		Open, TakenOver, Parked, Opened, Refused string
	}
}

// LoginTexts are the login page and the name of the person in the header.
type LoginTexts struct {
	Title, Name, Password, Submit, LogOut, LoggedInAs, Wrong string
	TooManyTries                                             Plural // {n} seconds to wait
}

// ShareTexts are the pages of share links.
type ShareTexts struct{ Empty, Over string }

// AccessTexts are the pages /access, /access/people/NAME and /account.
type AccessTexts struct {
	Title, People, Keys, Links, NoneFound, KeysEmpty, LinksEmpty, Search, SearchDo, SearchAll string
	Shown                                                                                     Template // {n}, {total}

	Role, RoleHelp, UserID, You, Back                  string
	AddPerson, NameHelp, PasswordHelp, Again, UserHelp string
	ChangeRole, SetPassword, NewPassword, SetHelp      string
	OwnPassword, Remove, RemoveText, LastAdmin         string
	RemoveButton                                       Template // {name}

	AddKey, LabelHelp, LinkLabelHelp, Publish, Subscribe, PatternsHelp, SubscribeHelp string
	Notify, Read, UsersHelp, ReadHelp, Tasks, TasksHelp, KeyUser, KeyUserHelp         string
	Expires, Never, Over, NotUsed, Until, CommandLine                                 string
	Days                                                                              Template // {n}
	LastUsed                                                                          Template // {time}
	MadeBy                                                                            Template // {name}
	ForUser                                                                           Template // {user}

	MayPublish, MaySubscribe                                                       Template // {channels}
	MayNotify, MayRead                                                             Template // {users}
	MayPublishAll, MaySubscribeAll, MayNotifyAll, MayReadAll, MayTasks, MayNothing string

	AddLink, Cards, CardsHelp, LinkUser, LinkUserHelp string
	Revoke, RevokeKey, RevokeLink                     string
	RevokeButton                                      Template // {name}
	OnceKey, OnceLink, TryIt                          string
	AccountTitle, Present, ChangeIt, ChangeHelp       string
	AccountOf                                         Template // {name}
	CheckFields                                       string
	KeyMade, LinkMade                                 Template // {name}

	Roles Words // by access.Roles
	Card  Words // by id
	Done  Words // by the Done constants
}

// HelpTexts are around the reference, which is a document of its own.
type HelpTexts struct{ Title, Contents string }

// ResultTexts are results of forms, and error pages.
type ResultTexts struct{ Title, Error, ToDashboard, Back, Done, NotDone string }

// DateTexts are the short names of the months.
type DateTexts struct{ Months [12]string }
