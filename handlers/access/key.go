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
	"unicode"
	"unicode/utf8"
)

// maxKeys bounds the keys of a Directory.
const maxKeys = 10_000

// APIKey is the credential of a program, as stored. Its secret is shown once.
type APIKey struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Digest  string    `json:"digest,omitempty"`
	Grant   Grant     `json:"grant"`
	User    int64     `json:"user,omitempty"` // user that the program acts for; 0 for none
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires,omitzero"` // zero for never
	By      string    `json:"by"`               // name of the creator
}

// keyPrefix begins the text of a key, so that people and scanners recognize one.
const keyPrefix = "latido_"

// splitKey returns ID and SECRET of latido_ID_SECRET.
func splitKey(text string) (id, secret string, ok bool) {
	rest, ok := strings.CutPrefix(text, keyPrefix)
	if !ok {
		return "", "", false
	}
	return strings.Cut(rest, "_")
}

// CheckLabel returns an error that wraps ErrInput unless name is a valid name of a key or
// a link.
func CheckLabel(name string) error {
	if name == "" || len(name) > 64 || !utf8.ValidString(name) || strings.TrimSpace(name) != name ||
		strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return fmt.Errorf("%w: a name is 1 to 64 bytes of printable text", ErrInput)
	}
	return nil
}

// AddKey makes an API key and returns its text, which is not stored. A key with a User may
// read the notifications of that user; one with Tasks must subscribe to every channel.
// Errors wrap ErrInput, ErrMany or kv.ErrUnavailable.
func (d *Directory) AddKey(ctx context.Context, k APIKey) (text string, _ APIKey, err error) {
	if err := errors.Join(CheckLabel(k.Name), k.Grant.check()); err != nil {
		return "", APIKey{}, err
	}
	if k.User < 0 || k.User > MaxUser || k.Grant.Manage {
		return "", APIKey{}, fmt.Errorf("%w: user ids are positive integers, and a key manages nothing", ErrInput)
	}
	if expired(k.Expires) {
		return "", APIKey{}, fmt.Errorf("%w: the time of expiry has passed already, choose a later one", ErrInput)
	}
	if k.Grant.Tasks && !k.Grant.Subscribe.All() {
		return "", APIKey{}, fmt.Errorf("%w: tasks export whole channels, so the key has to subscribe to *", ErrInput)
	}
	if k.User > 0 && !k.Grant.Read.Has(k.User) {
		k.Grant.Read.IDs = append(slices.Clip(k.Grant.Read.IDs), k.User)
	}
	d.mu.RLock()
	all := d.keys.count()
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

// RemoveKey revokes a key and ends its streams. Errors wrap ErrNotFound, kv.ErrConflict
// or kv.ErrUnavailable.
func (d *Directory) RemoveKey(ctx context.Context, id string) error {
	e := get(d, d.keys, id)
	if e.value == nil {
		return fmt.Errorf("the key %s: %w", id, ErrNotFound)
	}
	return d.remove(ctx, keyRecords+id, e.revision)
}

// KeyInfo is a key without its digest.
type KeyInfo struct {
	APIKey
	LastUsed time.Time `json:"last_used,omitzero"` // zero for never; up to ten minutes late
}

// Keys returns all keys, ordered by name and age.
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
