package access

import "fmt"

// Role is what a person may do; each may all that the one before it may.
type Role string

// The roles. A viewer sees every channel and the own notifications; a sender
// also sends to every channel and every user, and starts and cancels tasks; an
// admin also sees everybody's notifications, and manages people, keys and links.
const (
	Viewer Role = "viewer"
	Sender Role = "sender"
	Admin  Role = "admin"
)

// Roles are all roles, from the least to the most.
var Roles = []Role{Viewer, Sender, Admin}

// ParseRole reads a role.
func ParseRole(text string) (Role, error) {
	for _, r := range Roles {
		if text == string(r) {
			return r, nil
		}
	}
	return "", fmt.Errorf("%w: a role is viewer, sender or admin", ErrInput)
}

// grant is what a role may; user is the person's own.
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
