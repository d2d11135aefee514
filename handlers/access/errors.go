package access

import "errors"

var (
	// ErrInput is wrapped when an argument is not valid. The text says what is, and may
	// be shown to users.
	ErrInput = errors.New("cannot be used")

	// ErrUnknown is wrapped when a password, key, token, ticket, session or link is
	// wrong, expired or revoked. The text does not say which of these.
	ErrUnknown = errors.New("unknown, expired or revoked")

	// ErrBusy is wrapped when too many passwords are being hashed. Try again.
	ErrBusy = errors.New("busy, try again")

	// ErrExists is wrapped when a name is taken.
	ErrExists = errors.New("exists already")

	// ErrUserTaken is wrapped when a user id belongs to another person: two people with
	// one id would read each other's notifications.
	ErrUserTaken = errors.New("the user id is another person's")

	// ErrNotFound is wrapped when there is no person, key or link of a name or id.
	ErrNotFound = errors.New("not found")

	// ErrMany is wrapped when the bound of people, keys, links or sessions is reached.
	ErrMany = errors.New("the maximum number is reached")

	// ErrLastAdmin is wrapped when no administrator would be left among several people.
	ErrLastAdmin = errors.New("this is the last administrator: give another person that role first")
)
