package access

import "time"

// ShareLink shows some cards to whoever has its URL, and sends nothing.
type ShareLink struct {
	ID      string    `json:"id"` // the secret's digest
	Name    string    `json:"name"`
	Cards   []string  `json:"cards"`
	User    int64     `json:"user,omitempty"` // whose notifications the card shows
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires,omitzero"`
	By      string    `json:"by"`
}
