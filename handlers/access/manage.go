package access

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The bounds of what a Directory keeps.
const (
	maxPeople = 10_000
	maxKeys   = 10_000
	maxLinks  = 1_000
)

// AddKey makes an API key and answers its text, which is not stored and cannot be
// had again. Who acts for a user may read that one's notifications; tasks need every
// channel. Errors wrap ErrInput, ErrMany or hub.ErrJournal.
func (d *Directory) AddKey(ctx context.Context, k APIKey) (text string, _ APIKey, err error) {
	if err := errors.Join(CheckLabel(k.Name), k.Grant.check()); err != nil {
		return "", APIKey{}, err
	}
	if k.User < 0 || k.User > maxUser || k.Grant.Manage {
		return "", APIKey{}, fmt.Errorf("%w: user ids are positive integers, and a key manages nothing", ErrInput)
	}
	if over(k.Expires) {
		return "", APIKey{}, fmt.Errorf("%w: it would be over already", ErrInput)
	}
	if k.Grant.Tasks && !k.Grant.Subscribe.All() {
		return "", APIKey{}, fmt.Errorf("%w: tasks export whole channels, so the key has to subscribe to *", ErrInput)
	}
	if k.User > 0 && !k.Grant.Read.Has(k.User) {
		k.Grant.Read.IDs = append(slices.Clip(k.Grant.Read.IDs), k.User)
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
	if err := CheckLabel(l.Name); err != nil {
		return "", ShareLink{}, err
	}
	if over(l.Expires) || l.User < 0 || l.User > maxUser || len(l.Cards) == 0 {
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

// RemoveLink revokes a link: its streams end. Errors: ErrNotFound, hub.ErrConflict,
// hub.ErrJournal.
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
