package access

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"latido/hub/kv"
)

// Login compares a password and makes a session. It returns the secret for the session
// cookie, and the session's expiry. from is the network of the request, for LoginLimits.
// An unknown name and a wrong password have the same error and take the same time.
// Errors wrap ErrUnknown, ErrBusy, ErrMany or kv.ErrUnavailable, or are a *limits.RateError.
func (d *Directory) Login(ctx context.Context, name, password, from string) (secret string, until time.Time, err error) {
	if _, err := d.compare(ctx, name, password, from); err != nil {
		return "", time.Time{}, err
	}
	return d.begin(ctx, name)
}

// ChangePassword sets a new password for a person, given the present one. All sessions
// end; it returns the secret of a new one and its expiry. from is as for Login. Errors
// wrap ErrInput for the new password, and are those of Login for the present one.
func (d *Directory) ChangePassword(ctx context.Context, name, present, password, from string) (secret string, until time.Time, err error) {
	if err := CheckPassword(password); err != nil {
		return "", time.Time{}, err
	}
	compared, err := d.compare(ctx, name, present, from)
	if err != nil {
		return "", time.Time{}, err
	}
	hash, err := d.passwords.hash(ctx, password)
	if err != nil {
		return "", time.Time{}, err
	}
	err = d.changePerson(ctx, name, func(a *Account) error {
		if a.Password != compared {
			return ErrUnknown // changed meanwhile
		}
		a.setPassword(hash)
		return nil
	})
	if err != nil {
		return "", time.Time{}, err
	}
	return d.begin(ctx, name)
}

// compare checks a password and returns its stored hash.
func (d *Directory) compare(ctx context.Context, name, password, from string) (hash string, err error) {
	if err := d.logins.allow(name, from); err != nil {
		return "", err
	}
	e := get(d, d.people, name)
	hash = noPassword
	if e.value != nil {
		hash = e.value.Password
	}
	if len(password) > maxPassword {
		password = "" // too short for anybody's
	}
	same, err := d.passwords.match(ctx, hash, password)
	if err != nil {
		return "", err
	}
	if !same || e.value == nil {
		return "", ErrUnknown
	}
	d.logins.succeeded(name, from)
	return hash, nil
}

// begin makes a session of a person.
func (d *Directory) begin(ctx context.Context, name string) (secret string, until time.Time, err error) {
	if err := d.makeRoom(ctx, name); err != nil {
		return "", time.Time{}, err
	}
	e := get(d, d.people, name)
	if e.value == nil {
		return "", time.Time{}, ErrUnknown
	}
	secret = newSecret()
	s := Session{Person: name, Count: e.value.Sessions, Created: now(), Expires: now().Add(SessionAge)}
	if err := d.put(ctx, sessionRecords+digest(secret), s, 0); err != nil {
		return "", time.Time{}, err
	}
	return secret, s.Expires, nil
}

// makeRoom ends a person's oldest sessions beyond the bound, and returns ErrMany when there
// are too many of all people.
func (d *Directory) makeRoom(ctx context.Context, name string) error {
	type session struct {
		id       string
		revision uint64
		created  time.Time
	}
	var own []session
	d.mu.RLock()
	all := d.sessions.count()
	for id, e := range d.sessions {
		if e.value != nil && e.value.Person == name {
			own = append(own, session{id, e.revision, e.value.Created})
		}
	}
	d.mu.RUnlock()
	slices.SortFunc(own, func(a, b session) int { return a.created.Compare(b.created) })
	for len(own) >= maxSessions {
		if err := d.remove(ctx, sessionRecords+own[0].id, own[0].revision); err != nil && !errors.Is(err, kv.ErrConflict) {
			return err
		}
		own, all = own[1:], all-1
	}
	if all >= maxSessionsInAll {
		return fmt.Errorf("sessions: %w", ErrMany)
	}
	return nil
}

// Logout ends the session with the secret of a cookie, and its streams on all nodes.
// Errors wrap kv.ErrUnavailable.
func (d *Directory) Logout(ctx context.Context, secret string) error {
	id := digest(secret)
	e := get(d, d.sessions, id)
	if e.value == nil {
		return nil // it has ended already
	}
	err := d.remove(ctx, sessionRecords+id, e.revision)
	if errors.Is(err, kv.ErrConflict) {
		return nil
	}
	return err
}

// sweep deletes sessions that expired or were ended, and the last uses of removed keys.
func (d *Directory) sweep(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		var gone []dependency
		d.mu.RLock()
		for id, e := range d.sessions {
			if e.value == nil {
				continue
			}
			a := d.people[e.value.Person].value
			if expired(e.value.Expires) || a == nil || a.Sessions != e.value.Count {
				gone = append(gone, dependency{sessionRecords + id, e.revision})
			}
		}
		for id, e := range d.lastUsed {
			if d.keys[id].value == nil {
				gone = append(gone, dependency{lastUsedRecords + id, e.revision})
			}
		}
		d.mu.RUnlock()
		for _, g := range gone {
			if err := d.remove(ctx, g.Name, g.Revision); err != nil && !errors.Is(err, kv.ErrConflict) {
				d.opt.Logger.Debug("deleting an expired session failed, it is tried again in a minute", "error", err)
				break
			}
		}
	}
}

// noteUse stores the times of the last uses of keys.
func (d *Directory) noteUse(ctx context.Context) {
	for {
		var id string
		select {
		case id = <-d.used:
		case <-ctx.Done():
			return
		}
		last := get(d, d.lastUsed, id)
		if last.value != nil && time.Since(*last.value) < lastUsedPrecision {
			continue // stored for another request a moment ago
		}
		if err := d.put(ctx, lastUsedRecords+id, now(), last.revision); err != nil && !errors.Is(err, kv.ErrConflict) {
			d.opt.Logger.Debug("storing the last use of a key failed", "error", err)
		}
	}
}
