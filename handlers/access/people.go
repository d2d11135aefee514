package access

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"latido/hub/kv"
)

// MaxUser is the highest user id: up to here all programs read a number in JSON alike
// (RFC 8259, section 6).
const MaxUser = 1<<53 - 1

// maxPeople bounds the people of a Directory.
const maxPeople = 10_000

// PersonInfo is an Account without its password hash.
type PersonInfo struct {
	Name    string    `json:"name"`
	Role    Role      `json:"role"`
	User    int64     `json:"user"`
	Created time.Time `json:"created"`
}

// AddPerson adds a person. For user 0 the person gets the highest user id so far plus 1.
// Errors wrap ErrInput, ErrExists, ErrUserTaken, ErrMany, ErrBusy or kv.ErrUnavailable.
func (d *Directory) AddPerson(ctx context.Context, name, password string, role Role, user int64) (PersonInfo, error) {
	if err := errors.Join(CheckName(name), CheckPassword(password)); err != nil {
		return PersonInfo{}, err
	}
	if _, err := ParseRole(string(role)); err != nil {
		return PersonInfo{}, err
	}
	hash, err := d.passwords.hash(ctx, password)
	if err != nil {
		return PersonInfo{}, err
	}
	if err := d.lockPeople(ctx); err != nil {
		return PersonInfo{}, err
	}
	defer d.unlockPeople()
	user, err = d.newUserID(name, user)
	if err != nil {
		return PersonInfo{}, err
	}
	a := Account{Name: name, Password: hash, Role: role, User: user, Created: now()}
	if err := d.put(ctx, personRecords+name, a, 0); err != nil {
		if errors.Is(err, kv.ErrConflict) {
			err = fmt.Errorf("the person %s %w", name, ErrExists)
		}
		return PersonInfo{}, err
	}
	return a.info(), nil
}

// newUserID checks that a person can be added, and returns the user id.
func (d *Directory) newUserID(name string, user int64) (int64, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if d.people[name].value != nil {
		return 0, fmt.Errorf("the person %s %w", name, ErrExists)
	}
	if d.people.count() >= maxPeople {
		return 0, fmt.Errorf("people: %w", ErrMany)
	}
	highest := int64(0)
	for _, e := range d.people {
		if e.value == nil {
			continue
		}
		if e.value.User == user {
			return 0, fmt.Errorf("user %d: %w", user, ErrUserTaken)
		}
		highest = max(highest, e.value.User)
	}
	if user == 0 {
		user = highest + 1
	}
	if user < 1 || user > MaxUser {
		return 0, fmt.Errorf("%w: user ids are integers from 1 to %d", ErrInput, int64(MaxUser))
	}
	return user, nil
}

// lockPeople waits until no other caller of this node changes people: the last
// administrator and free user ids depend on all people. unlockPeople ends it.
func (d *Directory) lockPeople(ctx context.Context) error {
	select {
	case d.changing <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for another change of people: %w", ctx.Err())
	}
}

func (d *Directory) unlockPeople() { <-d.changing }

// setPassword also ends all sessions.
func (a *Account) setPassword(hash string) {
	a.Password = hash
	a.Sessions++
}

func (a *Account) info() PersonInfo { return PersonInfo{a.Name, a.Role, a.User, a.Created} }

func now() time.Time { return time.Now().UTC().Truncate(time.Second) }

// changePerson changes an account. Its open streams end; clients that reconnect have the
// new role. Errors wrap ErrNotFound, kv.ErrConflict or kv.ErrUnavailable.
func (d *Directory) changePerson(ctx context.Context, name string, change func(*Account) error) error {
	if err := d.lockPeople(ctx); err != nil {
		return err
	}
	defer d.unlockPeople()
	for try := 1; ; try++ {
		e := get(d, d.people, name)
		if e.value == nil {
			return fmt.Errorf("the person %s: %w", name, ErrNotFound)
		}
		a := *e.value
		if err := change(&a); err != nil {
			return err
		}
		if err := d.put(ctx, personRecords+name, a, e.revision); try == maxTries || !errors.Is(err, kv.ErrConflict) {
			return err
		}
		select { // until the other change is delivered
		case <-time.After(changePause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// maxTries bounds how often a change is tried: other callers wait meanwhile, and the
// delivery of changes may be delayed. changePause is between two tries.
const (
	maxTries    = 50
	changePause = 20 * time.Millisecond
)

// SetPassword gives a person another password, and ends all sessions. Errors wrap
// ErrInput, ErrNotFound, ErrBusy, kv.ErrConflict or kv.ErrUnavailable.
func (d *Directory) SetPassword(ctx context.Context, name, password string) error {
	if err := CheckPassword(password); err != nil {
		return err
	}
	hash, err := d.passwords.hash(ctx, password)
	if err != nil {
		return err
	}
	return d.changePerson(ctx, name, func(a *Account) error {
		a.setPassword(hash)
		return nil
	})
}

// SetRole changes the role of a person. Errors wrap ErrInput, ErrNotFound, ErrLastAdmin,
// kv.ErrConflict or kv.ErrUnavailable.
func (d *Directory) SetRole(ctx context.Context, name string, role Role) error {
	if _, err := ParseRole(string(role)); err != nil {
		return err
	}
	return d.changePerson(ctx, name, func(a *Account) error {
		if a.Role == Admin && role != Admin && d.admins() == 1 {
			return ErrLastAdmin
		}
		a.Role = role
		return nil
	})
}

func (d *Directory) admins() (n int) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	for _, e := range d.people {
		if e.value != nil && e.value.Role == Admin {
			n++
		}
	}
	return n
}

// RemovePerson deletes a person; their sessions and streams end. Errors wrap ErrNotFound,
// ErrLastAdmin while there are other people, kv.ErrConflict or kv.ErrUnavailable.
func (d *Directory) RemovePerson(ctx context.Context, name string) error {
	if err := d.lockPeople(ctx); err != nil {
		return err
	}
	defer d.unlockPeople()
	d.mu.RLock()
	e, people := d.people[name], d.people.count()
	d.mu.RUnlock()
	if e.value == nil {
		return fmt.Errorf("the person %s: %w", name, ErrNotFound)
	}
	if e.value.Role == Admin && people > 1 && d.admins() == 1 {
		return ErrLastAdmin
	}
	return d.remove(ctx, personRecords+name, e.revision)
}

// Person returns a person. Errors wrap ErrNotFound.
func (d *Directory) Person(name string) (PersonInfo, error) {
	a := get(d, d.people, name).value
	if a == nil {
		return PersonInfo{}, fmt.Errorf("the person: %w", ErrNotFound)
	}
	return a.info(), nil
}

// People returns all people, ordered by name.
func (d *Directory) People() (list []PersonInfo) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	for _, name := range slices.Sorted(maps.Keys(d.people)) {
		if a := d.people[name].value; a != nil {
			list = append(list, a.info())
		}
	}
	return list
}
