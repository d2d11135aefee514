package access

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"
)

// maxLinks bounds the links of a Directory.
const maxLinks = 1_000

// ShareLink shows some cards to every visitor with its URL, who can send nothing. This
// is its stored form.
type ShareLink struct {
	ID      string    `json:"id"` // digest of the secret
	Name    string    `json:"name"`
	Cards   []string  `json:"cards"`
	User    int64     `json:"user,omitempty"` // whose notifications are shown; 0 for nobody
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires,omitzero"`
	By      string    `json:"by"`
}

// AddLink makes a share link and returns its secret, which is not stored. Errors wrap
// ErrInput, ErrMany or kv.ErrUnavailable.
func (d *Directory) AddLink(ctx context.Context, l ShareLink) (secret string, _ ShareLink, err error) {
	if err := CheckLabel(l.Name); err != nil {
		return "", ShareLink{}, err
	}
	if expired(l.Expires) || l.User < 0 || l.User > MaxUser || len(l.Cards) == 0 {
		return "", ShareLink{}, fmt.Errorf("%w: a link needs a card, and a time of expiry that has not passed", ErrInput)
	}
	d.mu.RLock()
	all := d.links.count()
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

// RemoveLink revokes a link and ends its streams. Errors wrap ErrNotFound,
// kv.ErrConflict or kv.ErrUnavailable.
func (d *Directory) RemoveLink(ctx context.Context, id string) error {
	e := get(d, d.links, id)
	if e.value == nil {
		return fmt.Errorf("the link: %w", ErrNotFound)
	}
	return d.remove(ctx, linkRecords+id, e.revision)
}

// Links returns all links, ordered by name and age.
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
