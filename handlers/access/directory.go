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

// Mode is what holds for who shows nothing.
type Mode int

const (
	// Closed lets in whom it knows, and nobody else.
	Closed Mode = iota
	// Local is open until there is a person, an API key or an issuer of tokens, and
	// closed from then on: for an address that this machine alone can reach.
	Local
	// Open lets everybody do everything but manage access.
	Open
)

// Options are what a Directory stands on.
type Options struct {
	Mode    Mode
	Issuer  *Issuer // of JWTs; nil when there is none
	Tickets kv.Store
	Logins  LoginLimits // rates that are not set have their defaults

	// Closed is called, without waiting for it long, when access was open and is
	// not any more: whoever has come in till then has not been asked. It may be nil.
	Closed func()

	Logger *slog.Logger
}

// Directory knows who may do what. It keeps a copy of what is stored, and follows
// its changes, so that a request asks memory alone. New makes it; Run keeps it up
// to date. All methods may be called concurrently.
type Directory struct {
	records   kv.Store
	opt       Options
	passwords *passwords
	logins    *loginBuckets
	used      chan string   // ids of keys that were used
	changing  chan struct{} // one place: who changes people looks at all of them first

	mu       sync.RWMutex
	loaded   bool // once: what is known is what is stored, or was
	ready    chan struct{}
	people   map[string]entry[Account]
	keys     map[string]entry[APIKey]    // by id
	sessions map[string]entry[Session]   // by the secret's digest
	links    map[string]entry[ShareLink] // by the secret's digest
	lastUsed map[string]entry[time.Time] // by a key's id
	leases   map[*Lease]struct{}
}

// entry is a record as it was last seen.
type entry[T any] struct {
	value    *T // nil while a deletion of our own has not been delivered yet
	revision uint64
}

// New makes a Directory, which knows nobody until Run runs. Without records there
// is nobody to know, and Run is not needed.
func New(records kv.Store, opt Options) *Directory {
	return &Directory{
		records: records, opt: opt, passwords: newPasswords(), logins: newLoginBuckets(opt.Logins), used: make(chan string, 256), changing: make(chan struct{}, 1),
		ready: make(chan struct{}), people: map[string]entry[Account]{}, keys: map[string]entry[APIKey]{},
		sessions: map[string]entry[Session]{}, links: map[string]entry[ShareLink]{}, lastUsed: map[string]entry[time.Time]{},
		leases: map[*Lease]struct{}{},
	}
}

const (
	followPause = 200 * time.Millisecond // before a watch that has failed begins anew
	sweepEvery  = time.Minute            // for sessions that are over
)

// Run follows what is stored until ctx ends, and returns nil then. While the store
// is away what was known last holds.
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
		d.opt.Logger.Warn("changes of who may do what are not heard, trying again", "error", err)
		select {
		case <-time.After(followPause):
		case <-ctx.Done():
			return nil
		}
	}
}

// Ready is closed once what is stored is known.
func (d *Directory) Ready() <-chan struct{} { return d.ready }

// follow reads everything and every change.
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

// apply takes over one record, and ends what stands on the one before.
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

// set takes a record over into a map, and reports whether there was another value
// before. A value that cannot be read is none: nobody gets in by it.
func set[T any](d *Directory, m map[string]entry[T], r kv.Record, key string) (changed bool) {
	old, known := m[key]
	if known && r.Revision <= old.revision {
		return false // news of before a change of our own
	}
	had := old.value != nil
	if r.Value == nil {
		delete(m, key)
		return had
	}
	value := new(T)
	if err := json.Unmarshal(r.Value, value); err != nil {
		d.opt.Logger.Error("a stored record cannot be read and counts as none", "record", r.Name, "error", err)
		delete(m, key)
		return had
	}
	m[key] = entry[T]{value, r.Revision}
	return had
}

// forgetOthers drops what is no longer stored.
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

// Keeps reports whether there is anything that people, keys and links could be
// stored in.
func (d *Directory) Keeps() bool { return d.records != nil }

// IsOpen reports whether who shows nothing may do everything but manage access.
func (d *Directory) IsOpen() bool {
	if d.opt.Mode != Local { // without the lock, for every request
		return d.opt.Mode == Open
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.isOpenLocked()
}

func (d *Directory) isOpenLocked() bool {
	return d.opt.Mode == Open || d.opt.Mode == Local && d.loaded && !d.configuredLocked()
}

// Configured reports whether there is a person, an API key, or an issuer of
// tokens.
func (d *Directory) Configured() bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.configuredLocked()
}

func (d *Directory) configuredLocked() bool {
	return d.opt.Issuer != nil || some(d.people) || some(d.keys)
}

// some reports whether there is any; it is asked for by every request.
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
