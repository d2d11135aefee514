package access

import "time"

// Session is a login in a browser, as stored under the digest of its cookie.
type Session struct {
	Person  string    `json:"person"`
	Count   int       `json:"count"` // Account.Sessions of then
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires"`
}

// SessionAge is how long a login lasts.
const SessionAge = 30 * 24 * time.Hour

const (
	maxSessions       = 20      // of a person: the oldest goes
	maxSessionsInAll  = 100_000 // of everybody
	personRecords     = "person."
	keyRecords        = "key."
	sessionRecords    = "session."
	linkRecords       = "link."
	lastUsedRecords   = "used."
	lastUsedPrecision = 10 * time.Minute
)
