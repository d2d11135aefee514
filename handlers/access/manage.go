package access

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"latido/hub"
)

// The bounds of what a Directory keeps.
const (
	maxPeople = 10_000
	maxKeys   = 10_000
	maxLinks  = 1_000
)

// ErrMany is wrapped when there are as many of a kind as there may be.
var ErrMany = errors.New("there are too many already")

// PersonInfo is an Account without its password's hash.
type PersonInfo struct {
	Name    string
	Role    Role
	User    int64
	Created time.Time
}

// AddPerson makes a person; user 0 takes the lowest user id above those of all.
// Errors wrap ErrInput, ErrExists, ErrMany, ErrConflict or hub.ErrJournal.
func (d *Directory) AddPerson(ctx context.Context, name, password string, role Role, user int64) (PersonInfo, error) {
	if err := errors.Join(CheckName(name), CheckPassword(password)); err != nil {
		return PersonInfo{}, err
	}
	if _, err := ParseRole(string(role)); err != nil {
		return PersonInfo{}, err
	}
	if user < 0 {
		return PersonInfo{}, fmt.Errorf("%w: user ids are positive integers", ErrInput)
	}
	d.mu.RLock()
	taken, all := d.people[name].value != nil, count(d.people)
	if user == 0 {
		user = 1
		for _, e := range d.people {
			if e.value != nil {
				user = max(user, e.value.User+1)
			}
		}
	}
	d.mu.RUnlock()
	if taken {
		return PersonInfo{}, fmt.Errorf("the person %s %w", name, ErrExists)
	}
	if all >= maxPeople {
		return PersonInfo{}, fmt.Errorf("people: %w", ErrMany)
	}
	a := Account{Name: name, Password: HashPassword(password), Role: role, User: user, Created: now()}
	if err := d.put(ctx, personRecords+name, a, 0); err != nil {
		if errors.Is(err, hub.ErrConflict) {
			err = fmt.Errorf("the person %s %w", name, ErrExists)
		}
		return PersonInfo{}, err
	}
	return a.info(), nil
}

func (a *Account) info() PersonInfo { return PersonInfo{a.Name, a.Role, a.User, a.Created} }

func now() time.Time { return time.Now().UTC().Truncate(time.Second) }

// changePerson changes an account; its open streams end, and come back as what the
// person is now.
func (d *Directory) changePerson(ctx context.Context, name string, change func(*Account) error) error {
	for {
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
		if err := d.put(ctx, personRecords+name, a, e.revision); err == nil || !errors.Is(err, hub.ErrConflict) {
			return err
		}
		if err := d.pause(ctx); err != nil { // for news of the other change
			return err
		}
	}
}

func (d *Directory) pause(ctx context.Context) error {
	select {
	case <-time.After(20 * time.Millisecond):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// SetPassword gives a person another password, and ends all sessions.
func (d *Directory) SetPassword(ctx context.Context, name, password string) error {
	if err := CheckPassword(password); err != nil {
		return err
	}
	hash := HashPassword(password)
	return d.changePerson(ctx, name, func(a *Account) error {
		a.Password = hash
		a.Sessions++
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
// ErrNotFound, ErrLastAdmin while there are others, ErrConflict, hub.ErrJournal.
func (d *Directory) RemovePerson(ctx context.Context, name string) error {
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

// AddKey makes an API key and answers its text, which is not stored and cannot be
// had again. Errors wrap ErrInput, ErrMany or hub.ErrJournal.
func (d *Directory) AddKey(ctx context.Context, k APIKey) (text string, _ APIKey, err error) {
	if err := errors.Join(checkLabel(k.Name), k.Grant.check()); err != nil {
		return "", APIKey{}, err
	}
	if k.User < 0 || k.Grant.Manage {
		return "", APIKey{}, fmt.Errorf("%w: user ids are positive integers, and a key manages nothing", ErrInput)
	}
	if over(k.Expires) {
		return "", APIKey{}, fmt.Errorf("%w: it would be over already", ErrInput)
	}
	d.mu.RLock()
	all := count(d.keys)
	d.mu.RUnlock()
	if all >= maxKeys {
		return "", APIKey{}, fmt.Errorf("keys: %w", ErrMany)
	}
	secret := newSecret()
	k.ID, k.Digest, k.Created = strings.ToLower(rand.Text()[:12]), digest(secret), now()
	if err := d.put(ctx, keyRecords+k.ID, k, 0); err != nil {
		return "", APIKey{}, err
	}
	return keyPrefix + k.ID + "_" + secret, k, nil
}

// RemoveKey revokes a key: its streams end. Errors: ErrNotFound, hub.ErrConflict,
// hub.ErrJournal.
func (d *Directory) RemoveKey(ctx context.Context, id string) error {
	d.mu.RLock()
	e := d.keys[id]
	d.mu.RUnlock()
	if e.value == nil {
		return fmt.Errorf("the key %s: %w", id, ErrNotFound)
	}
	return d.remove(ctx, keyRecords+id, e.revision)
}

// KeyInfo is a key without its digest.
type KeyInfo struct {
	APIKey
	LastUsed time.Time // zero for never; right to ten minutes
}

// Keys are all, by name and age.
func (d *Directory) Keys() (list []KeyInfo) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	for id, e := range d.keys {
		if e.value == nil {
			continue
		}
		info := KeyInfo{APIKey: *e.value}
		info.Digest = ""
		if used := d.lastUsed[id].value; used != nil {
			info.LastUsed = *used
		}
		list = append(list, info)
	}
	slices.SortFunc(list, func(a, b KeyInfo) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
	})
	return list
}

// AddLink makes a share link and answers its secret, which cannot be had again.
func (d *Directory) AddLink(ctx context.Context, l ShareLink) (secret string, _ ShareLink, err error) {
	if err := checkLabel(l.Name); err != nil {
		return "", ShareLink{}, err
	}
	if over(l.Expires) || l.User < 0 || len(l.Cards) == 0 {
		return "", ShareLink{}, fmt.Errorf("%w: it needs a card, and an end that is not over", ErrInput)
	}
	d.mu.RLock()
	all := count(d.links)
	d.mu.RUnlock()
	if all >= maxLinks {
		return "", ShareLink{}, fmt.Errorf("links: %w", ErrMany)
	}
	secret = newSecret()
	l.Created, l.ID = now(), digest(secret)
	if err := d.put(ctx, linkRecords+l.ID, l, 0); err != nil {
		return "", ShareLink{}, err
	}
	return secret, l, nil
}

// RemoveLink revokes a link.
func (d *Directory) RemoveLink(ctx context.Context, id string) error {
	d.mu.RLock()
	e := d.links[id]
	d.mu.RUnlock()
	if e.value == nil {
		return fmt.Errorf("the link: %w", ErrNotFound)
	}
	return d.remove(ctx, linkRecords+id, e.revision)
}

// Links are all, by name and age.
func (d *Directory) Links() (list []ShareLink) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	for _, e := range d.links {
		if e.value != nil {
			list = append(list, *e.value)
		}
	}
	slices.SortFunc(list, func(a, b ShareLink) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), a.Created.Compare(b.Created))
	})
	return list
}
