package access

import (
	"fmt"
	"regexp"
	"time"
)

// Account is the stored form of a person.
type Account struct {
	Name     string    `json:"name"`
	Password string    `json:"password"` // argon2id, see hashPassword
	Role     Role      `json:"role"`
	User     int64     `json:"user"`
	Created  time.Time `json:"created"`

	// Sessions is incremented to end all sessions that exist.
	Sessions int `json:"sessions"`
}

var accountName = regexp.MustCompile(`^[a-z0-9]([a-z0-9_-]{0,30}[a-z0-9])?$`)

// CheckName returns an error that wraps ErrInput unless name is valid for a person.
func CheckName(name string) error {
	if !accountName.MatchString(name) {
		return fmt.Errorf("%w: a name is 1 to 32 characters of a-z, 0-9, _ and -, and begins and ends with a letter or a digit", ErrInput)
	}
	return nil
}
