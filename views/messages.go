package views

// Messages is every text of the interface in one language. A field without a
// value fails a test, so a new text cannot reach one language only.
type Messages struct {

	// The shell.
	AppDescription string
	SkipToContent  string
	MainNavigation string
	NavDashboard   string
	NavInbox       string
	NavMonitoring  string
	LanguageLabel  string
	ThemeLabel     string
	ThemeAuto      string
	ThemeLight     string
	ThemeDark      string
	DemoBadge      string
	DemoExplained  string
	ZoneLine       string
	CurlHint       string
	CurlTitle      string
	CurlMessage    string
	NoScript       string

	// The heartbeat.
	Live             string
	Every30          string
	LostShort        string
	LostLong         string
	LostAdvice       string
	Disconnected     string
	ConnectedSaid    string
	DisconnectedSaid string
	Restored         string

	// Whether events can be stored.
	StoreFull   string
	StoreAway   string
	StoreAdvice string

	// States of a card and of a stream.
	Stale          string
	StaleSince     string
	NoDataYet      string
	StateRunning   string
	StateRetrying  string
	StateIdle      string
	StateStopped   string
	StateElsewhere string
	Simulated      string
	Latest         string

	// Metrics.
	MetricsTitle string
	CPU          string
	Memory       string
	Disk         string
	UsedOf       string
	Free         string
	LastMinutes  string
	InMinutes    string
	Lowest       string
	Highest      string
	MetricsEmpty string

	// Trading.
	TradingTitle  string
	Symbol        string
	Price         string
	Change        string
	ChangePercent string
	Volume        string
	Time          string
	Up            string
	Down          string
	Unchanged     string
	TradingSoon   string
	TradingEmpty  string

	// Logs.
	LogsTitle        string
	LevelFilters     string
	LevelError       string
	LevelWarning     string
	LevelInfo        string
	LevelDebug       string
	LogError         string
	LogWarning       string
	LogInfo          string
	LogDebug         string
	Apply            string
	Clear            string
	ClearLogs        string
	LogsEmpty        string
	LogsFiltered     string
	LogSampleMessage string
	LogsCleared      string

	// Notifications.
	NotificationsTitle   string
	NotificationsOf      string
	InboxTitle           string
	NotifInfo            string
	NotifSuccess         string
	NotifWarning         string
	NotifError           string
	Open                 string
	OpenInbox            string
	UserNumber           string
	Change2              string
	SendTest             string
	ClearNotifications   string
	NotificationsEmpty   string
	NotificationsCleared string
	NotificationNew      string

	// Tasks.
	TasksTitle        string
	TaskStarted       string
	TaskRunning       string
	TaskCompleted     string
	TaskFailed        string
	TaskCancelled     string
	TaskExport        string
	TaskProgress      string
	Download          string
	Cancel            string
	ExportTitle       string
	Export            string
	TasksEmpty        string
	TaskSampleMessage string

	// Stream statistics.
	StatsTitle string
	StatsTotal string
	StatsUsers string
	Channel    string
	Streams    string
	NoStreams  string
	Refresh    string

	// Connection control.
	ConnectionTitle     string
	ConnectAll          string
	DisconnectAll       string
	Reconnect           string
	State               string
	StreamMetrics       string
	StreamTrading       string
	StreamLogs          string
	StreamNotifications string
	StreamTasks         string

	// Sending.
	SendTitle      string
	BroadcastTitle string
	NotifyTitle    string
	Message        string
	TitleField     string
	Level          string
	LinkField      string
	Optional       string
	LinkHelp       string
	Send           string
	Event          string

	// Monitoring.
	MachineTitle   string
	HubTitle       string
	ProducersTitle string
	NodesTitle     string
	NodesCaption   string
	NodeColumn     string
	ThisNode       string
	NodePublished  string
	NodeDelivered  string
	Host           string
	Platform       string
	Uptime         string
	Load           string
	Cores          string
	Core           string
	Swap           string
	NoSwap         string
	Disks          string
	Networks       string
	Interface      string
	Received       string
	Sent           string
	PerSecond      string
	NetworkCaption string
	MachineEmpty   string
	HubEmpty       string
	Version        string
	Epoch          string
	StoredRange    string
	StoredBytes    string
	Topics         string
	MemoryEvents   string
	MemoryBytes    string
	Goroutines     string
	Heap           string
	ProcessUptime  string
	Restarts       string
	Since          string
	LastError      string
	NoProducers    string

	// What goes in and out, on the same page.
	Traffic TrafficMessages
	Access  AccessMessages
	Manage  ManageMessages
	Help    HelpMessages

	// Errors and answers.
	ErrorTitle      string
	ResultTitle     string
	BackToDashboard string
	BackToPage      string
	Done            string
	NotDone         string

	// Months are the short names of the months.
	Months [12]string
}

// messages gives the texts of the language; Spanish for one that is not known.
func (l Lang) messages() *Messages {
	if l == English {
		return &english
	}
	return &spanish
}
