package access

import (
	"context"
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
// stored records in memory and follows their changes. So identifying a request does not
// wait for the store, unless it presents a ticket. New makes one and Run keeps it up to
// date. All methods may be called concurrently.
type Directory struct {
	store     kv.Store
	opt       Options
	passwords *passwords
	logins    *loginBuckets
	used      chan string   // ids of keys whose last use is to be stored
	changing  chan struct{} // a mutex that respects a context, see lockPeople

	mu       sync.RWMutex
	loaded   bool          // the copy has been complete at least once
	ready    chan struct{} // closed when loaded becomes true
	people   table[Account]
	keys     table[APIKey]      // by id
	sessions table[Session]     // by the digest of the secret
	links    table[ShareLink]   // by the digest of the secret
	lastUsed table[time.Time]   // by the id of a key
	tables   map[string]records // all of them, by the kind of their records
	leases   map[*Lease]struct{}
}

// New makes a Directory, which knows nobody until Run has read the records. With a
// nil store it stays empty, and Run must not be called.
func New(store kv.Store, opt Options) *Directory {
	d := &Directory{
		store: store, opt: opt, passwords: newPasswords(), logins: newLoginBuckets(opt.Logins), used: make(chan string, 256), changing: make(chan struct{}, 1),
		ready: make(chan struct{}), people: table[Account]{}, keys: table[APIKey]{}, sessions: table[Session]{}, links: table[ShareLink]{},
		lastUsed: table[time.Time]{}, leases: map[*Lease]struct{}{},
	}
	d.tables = map[string]records{
		personRecords: d.people, keyRecords: d.keys, sessionRecords: d.sessions, linkRecords: d.links, lastUsedRecords: d.lastUsed,
	}
	return d
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
	return d.store.Watch(ctx, func(r kv.Record) {
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
	t, key := d.tableOf(r.Name)
	if t == nil {
		return
	}
	d.mu.Lock()
	open := d.isOpenLocked()
	changed, err := t.set(key, r)
	closed := open && !d.isOpenLocked()
	d.mu.Unlock()
	if err != nil {
		d.opt.Logger.Error("decoding a stored record failed, it counts as deleted", "record", r.Name, "error", err)
	}
	if closed && d.opt.Closed != nil {
		d.opt.Closed()
	}
	if changed {
		d.endLeases(r.Name)
	}
}

// tableOf returns the table of a record, nil for an unknown kind, and its key there.
func (d *Directory) tableOf(name string) (t records, key string) {
	kind, key, _ := strings.Cut(name, ".")
	return d.tables[kind+"."], key
}

// forgetOthers drops the entries whose records were not found by a complete read.
func (d *Directory) forgetOthers(found map[string]bool) {
	var gone []string
	d.mu.Lock()
	for prefix, t := range d.tables {
		gone = append(gone, t.keep(prefix, found)...)
	}
	if !d.loaded {
		d.loaded = true
		close(d.ready)
	}
	d.mu.Unlock()
	for _, name := range gone {
		d.endLeases(name)
	}
}

// Keeps reports whether there is a store for people, keys and links.
func (d *Directory) Keeps() bool { return d.store != nil }

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
	return d.opt.Issuer != nil || d.people.any() || d.keys.any()
}
