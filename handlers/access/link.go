package access

import "time"

// ShareLink lets everybody with its URL see some cards, and send nothing. This is its
// stored form.
type ShareLink struct {
	ID      string    `json:"id"` // digest of the secret
	Name    string    `json:"name"`
	Cards   []string  `json:"cards"`
	User    int64     `json:"user,omitempty"` // whose notifications are shown; 0 for nobody
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires,omitzero"`
	By      string    `json:"by"`
}
