package access

import (
	"fmt"
	"slices"
)

// Role decides the grant of a person. Each includes the one before it.
type Role string

// The roles. A viewer reads every channel and their own notifications. A sender also
// sends to every channel and every user, and starts and cancels tasks. An admin also reads
// the notifications of every user, and manages people, keys and links.
const (
	Viewer Role = "viewer"
	Sender Role = "sender"
	Admin  Role = "admin"
)

// Roles lists the texts of all roles, the one with the smallest grant first.
var Roles = []string{string(Viewer), string(Sender), string(Admin)}

// ParseRole reads a role. Errors wrap ErrInput.
func ParseRole(text string) (Role, error) {
	if !slices.Contains(Roles, text) {
		return "", fmt.Errorf("%w: a role is viewer, sender or admin", ErrInput)
	}
	return Role(text), nil
}

// grant returns the grant of a person with the role and a user id.
func (r Role) grant(user int64) Grant {
	g := Grant{Subscribe: anything, Read: Users{IDs: []int64{user}}}
	if r == Sender || r == Admin {
		g.Publish, g.Notify, g.Tasks = anything, Users{All: true}, true
	}
	if r == Admin {
		g.Read, g.Manage = Users{All: true}, true
	}
	return g
}
