package access

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"sync"
	"time"

	"latido/hub/kv"
)

// Mode decides what a request without credentials may do.
type Mode int

const (
	// Closed grants such a request nothing.
	Closed Mode = iota
	// Local is Open until there is a person, an API key or an issuer of tokens, and
	// Closed while there is one. It is for loopback addresses.
	Local
	// Open grants it everything but the management of access.
	Open
)

// Options configure a Directory.
type Options struct {
	Mode    Mode
	Issuer  *Issuer // of JWTs; nil for none
	Tickets kv.Store
	Logins  LoginLimits // zero rates mean their defaults

	// Closed is called when access stops being open: streams that were opened before
	// then were never authorized. It must not block. It may be nil.
	Closed func()

	Logger *slog.Logger
}

// Directory is the directory of people, keys, sessions and links. It keeps a copy of the
// stored records in memory and follows their changes, so that identifying a request does
// not wait for the store; only a ticket is looked up there. New makes one and Run
// keeps it up to date. All methods may be called concurrently.
type Directory struct {
	records   kv.Store
	opt       Options
	passwords *passwords
	logins    *loginBuckets
	used      chan string   // ids of keys whose last use is to be stored
	changing  chan struct{} // a mutex that respects a context, see lockPeople

	mu       sync.RWMutex
	loaded   bool          // the copy has been complete at least once
	ready    chan struct{} // closed when loaded becomes true
	people   map[string]entry[Account]
	keys     map[string]entry[APIKey]    // by id
	sessions map[string]entry[Session]   // by the digest of the secret
	links    map[string]entry[ShareLink] // by the digest of the secret
	lastUsed map[string]entry[time.Time] // by the id of a key
	leases   map[*Lease]struct{}
}

// entry is a record as last seen.
type entry[T any] struct {
	value    *T // nil for a tombstone: deleted here, and the deletion not delivered yet
	revision uint64
}

// New makes a Directory, which knows nobody until Run has read the records. With nil
// records it stays empty, and Run must not be called.
func New(records kv.Store, opt Options) *Directory {
	return &Directory{
		records: records, opt: opt, passwords: newPasswords(), logins: newLoginBuckets(opt.Logins), used: make(chan string, 256), changing: make(chan struct{}, 1),
		ready: make(chan struct{}), people: map[string]entry[Account]{}, keys: map[string]entry[APIKey]{},
		sessions: map[string]entry[Session]{}, links: map[string]entry[ShareLink]{}, lastUsed: map[string]entry[time.Time]{},
		leases: map[*Lease]struct{}{},
	}
}

const (
	followPause = 200 * time.Millisecond // before a watch that failed is started again
	sweepEvery  = time.Minute            // removes expired sessions
)

// Run follows the records until ctx ends, and then returns nil. While the store fails,
// the copy in memory stays as it is.
func (d *Directory) Run(ctx context.Context) error {
	var helpers sync.WaitGroup
	helpers.Go(func() { d.sweep(ctx) })
	helpers.Go(func() { d.noteUse(ctx) })
	defer helpers.Wait()
	for {
		err := d.follow(ctx)
		if ctx.Err() != nil {
			return nil
		}
		d.opt.Logger.Warn("following changes of people, keys, sessions and links failed, trying again", "error", err)
		select {
		case <-time.After(followPause):
		case <-ctx.Done():
			return nil
		}
	}
}

// Ready returns a channel that is closed once the records have been read.
func (d *Directory) Ready() <-chan struct{} { return d.ready }

// follow reads all records and then every change, until it fails or ctx ends.
func (d *Directory) follow(ctx context.Context) error {
	found := map[string]bool{}
	complete := false
	return d.records.Watch(ctx, func(r kv.Record) {
		if !complete {
			found[r.Name] = true
		}
		d.apply(r)
	}, func() {
		complete = true
		d.forgetOthers(found)
	})
}

// apply copies one record, and ends the leases that depend on its previous revision.
func (d *Directory) apply(r kv.Record) {
	kind, _, _ := strings.Cut(r.Name, ".")
	d.mu.Lock()
	changed, open := false, d.isOpenLocked()
	switch kind + "." {
	case personRecords:
		changed = set(d, d.people, r, r.Name[len(personRecords):])
	case keyRecords:
		changed = set(d, d.keys, r, r.Name[len(keyRecords):])
	case sessionRecords:
		changed = set(d, d.sessions, r, r.Name[len(sessionRecords):])
	case linkRecords:
		changed = set(d, d.links, r, r.Name[len(linkRecords):])
	case lastUsedRecords:
		set(d, d.lastUsed, r, r.Name[len(lastUsedRecords):])
	}
	closed := open && !d.isOpenLocked()
	d.mu.Unlock()
	if closed && d.opt.Closed != nil {
		d.opt.Closed()
	}
	if changed {
		d.endLeases(r.Name)
	}
}

// set copies a record into a map, and reports whether it replaces or deletes a value. A
// value that cannot be decoded counts as deleted, so that it grants nothing.
func set[T any](d *Directory, m map[string]entry[T], r kv.Record, key string) (changed bool) {
	old, known := m[key]
	if known && r.Revision <= old.revision {
		return false // older than a change made here
	}
	had := old.value != nil
	if r.Value == nil {
		delete(m, key)
		return had
	}
	value := new(T)
	if err := json.Unmarshal(r.Value, value); err != nil {
		d.opt.Logger.Error("decoding a stored record failed, it counts as deleted", "record", r.Name, "error", err)
		delete(m, key)
		return had
	}
	m[key] = entry[T]{value, r.Revision}
	return had
}

// forgetOthers drops the entries whose records were not found by a complete read.
func (d *Directory) forgetOthers(found map[string]bool) {
	var gone []string
	d.mu.Lock()
	gone = append(gone, dropped(d.people, personRecords, found)...)
	gone = append(gone, dropped(d.keys, keyRecords, found)...)
	gone = append(gone, dropped(d.sessions, sessionRecords, found)...)
	gone = append(gone, dropped(d.links, linkRecords, found)...)
	gone = append(gone, dropped(d.lastUsed, lastUsedRecords, found)...)
	if !d.loaded {
		d.loaded = true
		close(d.ready)
	}
	d.mu.Unlock()
	for _, name := range gone {
		d.endLeases(name)
	}
}

func dropped[T any](m map[string]entry[T], prefix string, found map[string]bool) (gone []string) {
	for key := range m {
		if !found[prefix+key] {
			delete(m, key)
			gone = append(gone, prefix+key)
		}
	}
	return gone
}

// Keeps reports whether there is a store for people, keys and links.
func (d *Directory) Keeps() bool { return d.records != nil }

// IsOpen reports whether a request without credentials is granted everything but the
// management of access.
func (d *Directory) IsOpen() bool {
	if d.opt.Mode != Local { // every request asks: not under the lock
		return d.opt.Mode == Open
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.isOpenLocked()
}

func (d *Directory) isOpenLocked() bool {
	return d.opt.Mode == Open || d.opt.Mode == Local && d.loaded && !d.configuredLocked()
}

// Configured reports whether there is a person, an API key or an issuer of tokens.
func (d *Directory) Configured() bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.configuredLocked()
}

func (d *Directory) configuredLocked() bool {
	return d.opt.Issuer != nil || some(d.people) || some(d.keys)
}

// some reports whether there is a value. Every request asks, so it stops at the first.
func some[T any](m map[string]entry[T]) bool {
	for _, e := range m {
		if e.value != nil {
			return true
		}
	}
	return false
}

func count[T any](m map[string]entry[T]) (n int) {
	for _, e := range m {
		if e.value != nil {
			n++
		}
	}
	return n
}
