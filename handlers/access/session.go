package access

import "time"

// Session is a login in a browser, as stored. The name of its record has the digest of its
// cookie.
type Session struct {
	Person  string    `json:"person"`
	Count   int       `json:"count"` // Account.Sessions at the login
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires"`
}

// SessionAge is how long a session lasts.
const SessionAge = 30 * 24 * time.Hour

const (
	maxSessions       = 20      // of a person; the oldest is removed
	maxSessionsInAll  = 100_000 // of all people
	personRecords     = "person."
	keyRecords        = "key."
	sessionRecords    = "session."
	linkRecords       = "link."
	lastUsedRecords   = "used."
	lastUsedPrecision = 10 * time.Minute
)
