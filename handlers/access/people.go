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

// maxUser is the highest user id: JSON has numbers that all programs read alike up
// to here (RFC 8259, section 6).
const maxUser = 1<<53 - 1

// PersonInfo is an Account without its password's hash.
type PersonInfo struct {
	Name    string
	Role    Role
	User    int64
	Created time.Time
}

// AddPerson makes a person; user 0 takes the lowest user id above those of all. Two
// people have no user id in common, unless two nodes make them in the same moment.
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
	if err := d.alone(ctx); err != nil {
		return PersonInfo{}, err
	}
	defer d.next()
	user, err = d.placeFor(name, user)
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

// placeFor answers the user id of a person to be.
func (d *Directory) placeFor(name string, user int64) (int64, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if d.people[name].value != nil {
		return 0, fmt.Errorf("the person %s %w", name, ErrExists)
	}
	if count(d.people) >= maxPeople {
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
	if user < 1 || user > maxUser {
		return 0, fmt.Errorf("%w: user ids are integers from 1 to %d", ErrInput, int64(maxUser))
	}
	return user, nil
}

// alone waits until nobody else of this node changes people: whether one is the
// last administrator, or a user id is free, is a question about all of them. Who
// has it calls next.
func (d *Directory) alone(ctx context.Context) error {
	select {
	case d.changing <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for another change of people: %w", ctx.Err())
	}
}

func (d *Directory) next() { <-d.changing }

// setPassword also makes all sessions of before be over.
func (a *Account) setPassword(hash string) {
	a.Password = hash
	a.Sessions++
}

func (a *Account) info() PersonInfo { return PersonInfo{a.Name, a.Role, a.User, a.Created} }

func now() time.Time { return time.Now().UTC().Truncate(time.Second) }

// changePerson changes an account; its open streams end, and come back as what the
// person is now. Errors wrap ErrNotFound, kv.ErrConflict or kv.ErrUnavailable.
func (d *Directory) changePerson(ctx context.Context, name string, change func(*Account) error) error {
	if err := d.alone(ctx); err != nil {
		return err
	}
	defer d.next()
	for try := 1; ; try++ {
		d.mu.RLock()
		e := d.people[name]
		d.mu.RUnlock()
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
		if err := d.pause(ctx); err != nil { // for news of the other change
			return err
		}
	}
}

// maxTries bounds how often a change is tried: others wait meanwhile, and news of
// what is stored may be held up.
const maxTries = 50

func (d *Directory) pause(ctx context.Context) error {
	select {
	case <-time.After(20 * time.Millisecond):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

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

// SetRole gives a person another role. Errors: ErrLastAdmin, and as AddPerson.
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

// RemovePerson deletes a person, whose sessions and streams end. Errors:
// ErrNotFound, ErrLastAdmin while there are others, ErrConflict, kv.ErrUnavailable.
func (d *Directory) RemovePerson(ctx context.Context, name string) error {
	if err := d.alone(ctx); err != nil {
		return err
	}
	defer d.next()
	d.mu.RLock()
	e, people := d.people[name], count(d.people)
	d.mu.RUnlock()
	if e.value == nil {
		return fmt.Errorf("the person %s: %w", name, ErrNotFound)
	}
	if e.value.Role == Admin && people > 1 && d.admins() == 1 {
		return ErrLastAdmin
	}
	return d.remove(ctx, personRecords+name, e.revision)
}

// Person is one of them. Errors: ErrNotFound.
func (d *Directory) Person(name string) (PersonInfo, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	a := d.people[name].value
	if a == nil {
		return PersonInfo{}, fmt.Errorf("the person: %w", ErrNotFound)
	}
	return a.info(), nil
}

// People are all, by name.
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
