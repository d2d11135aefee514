package access

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"latido/hub/kv"
)

// Login compares a password and answers the secret for a new session's cookie,
// with its end. from is the network the request comes from, for limits. What it
// answers, and how long it takes, is the same for a person who is not there and
// for a wrong password. Errors wrap ErrUnknown; *limits.RateError; ErrBusy; kv.ErrUnavailable.
func (d *Directory) Login(ctx context.Context, name, password, from string) (secret string, until time.Time, err error) {
	if _, err := d.compare(ctx, name, password, from); err != nil {
		return "", time.Time{}, err
	}
	return d.begin(ctx, name)
}

// ChangePassword gives a person who knows the present password another one. All
// sessions end; it answers the secret of a new one, with its end. from is as for
// Login. Errors wrap ErrInput for the new password, and those of Login for the
// present one.
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
			return ErrUnknown // somebody else has changed it meanwhile
		}
		a.setPassword(hash)
		return nil
	})
	if err != nil {
		return "", time.Time{}, err
	}
	return d.begin(ctx, name)
}

// compare answers the hash that a person's password has.
func (d *Directory) compare(ctx context.Context, name, password, from string) (hash string, err error) {
	if err := d.logins.allow(name, from); err != nil {
		return "", err
	}
	d.mu.RLock()
	e := d.people[name]
	d.mu.RUnlock()
	hash = noPassword
	if e.value != nil {
		hash = e.value.Password
	}
	if len(password) > maxPassword {
		password = "" // which nobody has
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

// begin makes a session.
func (d *Directory) begin(ctx context.Context, name string) (secret string, until time.Time, err error) {
	if err := d.makeRoom(ctx, name); err != nil {
		return "", time.Time{}, err
	}
	d.mu.RLock()
	e := d.people[name]
	d.mu.RUnlock()
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

// makeRoom ends a person's oldest sessions, and refuses when everybody's are too
// many.
func (d *Directory) makeRoom(ctx context.Context, name string) error {
	type old struct {
		id       string
		revision uint64
		created  time.Time
	}
	var own []old
	d.mu.RLock()
	all := count(d.sessions)
	for id, e := range d.sessions {
		if e.value != nil && e.value.Person == name {
			own = append(own, old{id, e.revision, e.value.Created})
		}
	}
	d.mu.RUnlock()
	slices.SortFunc(own, func(a, b old) int { return a.created.Compare(b.created) })
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

// Logout ends the session of a cookie, with its streams on all nodes.
func (d *Directory) Logout(ctx context.Context, secret string) error {
	id := digest(secret)
	d.mu.RLock()
	e := d.sessions[id]
	d.mu.RUnlock()
	if e.value == nil {
		return nil // it is over already
	}
	err := d.remove(ctx, sessionRecords+id, e.revision)
	if errors.Is(err, kv.ErrConflict) {
		return nil
	}
	return err
}

// sweep deletes sessions that are over, or whose person is gone.
func (d *Directory) sweep(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		var gone []carrier
		d.mu.RLock()
		for id, e := range d.sessions {
			if e.value == nil {
				continue
			}
			a := d.people[e.value.Person].value
			if over(e.value.Expires) || a == nil || a.Sessions != e.value.Count {
				gone = append(gone, carrier{sessionRecords + id, e.revision})
			}
		}
		for id, e := range d.lastUsed {
			if d.keys[id].value == nil {
				gone = append(gone, carrier{lastUsedRecords + id, e.revision})
			}
		}
		d.mu.RUnlock()
		for _, g := range gone {
			if err := d.remove(ctx, g.name, g.revision); err != nil && !errors.Is(err, kv.ErrConflict) {
				d.opt.Logger.Debug("a session that is over stays until the next time", "error", err)
				break
			}
		}
	}
}

// noteUse stores when keys were used.
func (d *Directory) noteUse(ctx context.Context) {
	for {
		var id string
		select {
		case id = <-d.used:
		case <-ctx.Done():
			return
		}
		d.mu.RLock()
		last := d.lastUsed[id]
		d.mu.RUnlock()
		if last.value != nil && time.Since(*last.value) < lastUsedPrecision {
			continue // another request of a moment ago
		}
		if err := d.put(ctx, lastUsedRecords+id, now(), last.revision); err != nil && !errors.Is(err, kv.ErrConflict) {
			d.opt.Logger.Debug("the use of a key is not noted", "error", err)
		}
	}
}
