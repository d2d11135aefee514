package access

import "errors"

var (
	// ErrInput is wrapped when what was given can be given better; the text says
	// how, and may be shown.
	ErrInput = errors.New("cannot be used")

	// ErrUnknown is wrapped when nobody is known by what was shown: a password, a
	// key, a token, a ticket, a session or a link that is wrong, over or revoked.
	// The text says no more than its kind.
	ErrUnknown = errors.New("not known here, over, or revoked")

	// ErrBusy is wrapped when too much of one kind goes on at once; later it may
	// work.
	ErrBusy = errors.New("busy, try again")

	// ErrExists is wrapped when a name is taken.
	ErrExists = errors.New("exists already")

	// ErrUserTaken is wrapped when a user id is another person's, who would share
	// notifications with whoever else had it.
	ErrUserTaken = errors.New("the user id is another person's")

	// ErrNotFound is wrapped when there is nothing of a name.
	ErrNotFound = errors.New("not found")

	// ErrLastAdmin is wrapped when nobody would be left who may manage access.
	ErrLastAdmin = errors.New("the last administrator cannot go")
)
