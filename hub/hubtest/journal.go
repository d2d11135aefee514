package hubtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"latido/hub"
)

// DefaultKeep is how many events a Journal stores unless KeepLast says otherwise.
const DefaultKeep = 1 << 20

// dedupeWindow is how long a Draft's Key is remembered.
const dedupeWindow = 10 * time.Minute

// Journal is a hub.Journal in memory whose faults are switches. All methods
// may be called concurrently. NewJournal makes one.
type Journal struct {
	mu      sync.Mutex
	changed chan struct{} // closed and replaced when followers must look again

	epoch     string
	events    []stored // oldest first; consecutive but for ephemeral events that were dropped
	last      uint64
	maxEvents int
	keys      map[key]uint64

	ephemeral     map[hub.Topic]bool
	ephemeralFrom uint64
	seen          []seen // the keys in order of age

	paused    bool
	appendErr error
	followErr error
	readErr   error

	readsLeft int // before reads fail with thenErr
	thenErr   error
}

var _ hub.Journal = (*Journal)(nil)

type stored struct {
	seq   uint64
	draft hub.Draft
	at    time.Time
}

// key is what makes two drafts one: the same Key means nothing elsewhere.
type key struct {
	channel string
	user    int64
	text    string
}

type seen struct {
	key key
	at  time.Time
}

// NewJournal makes an empty journal with an epoch of its own.
func NewJournal() *Journal {
	j := &Journal{maxEvents: DefaultKeep}
	j.begin()
	return j
}

// begin starts a new generation of the journal. The caller has locked mu, or is alone.
func (j *Journal) begin() {
	j.epoch = strings.ToLower(rand.Text()[:8])
	j.events, j.last = nil, 0
	j.keys, j.seen = map[key]uint64{}, nil
	j.ephemeral, j.ephemeralFrom = map[hub.Topic]bool{}, 1
	j.wake()
}

// wake makes every Follow check again. The caller has locked mu, or is alone.
func (j *Journal) wake() {
	if j.changed != nil {
		close(j.changed)
	}
	j.changed = make(chan struct{})
}

// Append stores a draft; see hub.Journal.
func (j *Journal) Append(ctx context.Context, d hub.Draft) (hub.Receipt, error) {
	if err := ctx.Err(); err != nil {
		return hub.Receipt{}, fmt.Errorf("store the event: %w", err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.appendErr != nil {
		return hub.Receipt{}, fmt.Errorf("%w: store the event: %w", hub.ErrJournal, j.appendErr)
	}
	now := time.Now()
	j.forgetKeys(now)
	k := key{d.Channel, d.User, d.Key}
	if seq, ok := j.keys[k]; ok && d.Key != "" {
		return hub.Receipt{ID: hub.ID{Epoch: j.epoch, Seq: seq}, Duplicate: true}, nil
	}
	j.last++
	if d.Key != "" {
		j.keys[k] = j.last
		j.seen = append(j.seen, seen{k, now})
	}
	d.Data = slices.Clone(d.Data) // the caller may use its buffer again
	j.events = append(j.events, stored{j.last, d, now})
	if d.Ephemeral {
		if d.Channel != "" {
			j.ephemeral[hub.ChannelTopic(d.Channel)] = true
		}
		if d.User != 0 {
			j.ephemeral[hub.UserTopic(d.User)] = true
		}
	}
	j.trim()
	j.wake()
	return hub.Receipt{ID: hub.ID{Epoch: j.epoch, Seq: j.last}}, nil
}

func (j *Journal) forgetKeys(now time.Time) {
	old := 0
	for old < len(j.seen) && now.Sub(j.seen[old].at) >= dedupeWindow {
		delete(j.keys, j.seen[old].key)
		old++
	}
	j.seen = j.seen[old:]
}

func (j *Journal) trim() {
	if extra := len(j.events) - j.maxEvents; extra > 0 {
		j.events = j.events[extra:]
	}
}

// Bounds returns what is stored; see hub.Journal. Bytes counts data only.
func (j *Journal) Bounds(ctx context.Context) (hub.Bounds, error) {
	if err := ctx.Err(); err != nil {
		return hub.Bounds{}, fmt.Errorf("read the bounds: %w", err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.read(); err != nil {
		return hub.Bounds{}, fmt.Errorf("%w: read the bounds: %w", hub.ErrJournal, err)
	}
	b := hub.Bounds{Epoch: j.epoch, First: j.first(), Last: j.last, EphemeralTopics: slices.Collect(maps.Keys(j.ephemeral)), EphemeralFrom: j.ephemeralFrom}
	for _, s := range j.events {
		b.Bytes += uint64(len(s.draft.Data))
	}
	return b, nil
}

// Healthy returns the error given to FailAppend or FailReads; see hub.Journal.
func (j *Journal) Healthy(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("check the journal: %w", err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := errors.Join(j.appendErr, j.readErr); err != nil {
		return fmt.Errorf("%w: check the journal: %w", hub.ErrJournal, err)
	}
	return nil
}

// first is the oldest stored sequence, or the next one when none is stored.
func (j *Journal) first() uint64 {
	if len(j.events) == 0 {
		return j.last + 1
	}
	return j.events[0].seq
}

// errReplaced ends a Follow that Reset took the journal from.
var errReplaced = errors.New("the journal has begun another epoch")

// Follow delivers every stored event from a sequence on, then every new one;
// see hub.Journal.
func (j *Journal) Follow(ctx context.Context, from uint64, deliver func(*hub.Event) error) error {
	j.mu.Lock()
	epoch, last := j.epoch, j.last
	j.mu.Unlock()
	if from > last+1 && ctx.Err() == nil {
		return fmt.Errorf("%w: follow: sequence %d is asked for, but the last one of epoch %s is %d",
			hub.ErrJournal, from, epoch, last)
	}
	for next := max(from, 1); ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		e, changed, err := j.next(epoch, next)
		if err != nil {
			return fmt.Errorf("%w: follow: %w", hub.ErrJournal, err)
		}
		if e == nil {
			select {
			case <-ctx.Done():
			case <-changed:
			}
			continue
		}
		if err := deliver(e); err != nil {
			return err
		}
		next = e.ID.Seq + 1
	}
}

// next returns the first stored event at or above seq, or a channel that is
// closed when it is worth asking again. One event at a time, so that a fault
// applies to the very next delivery.
func (j *Journal) next(epoch string, seq uint64) (*hub.Event, <-chan struct{}, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case j.followErr != nil:
		return nil, nil, j.followErr
	case j.epoch != epoch:
		return nil, nil, errReplaced
	case j.paused:
		return nil, j.changed, nil
	}
	i := sort.Search(len(j.events), func(i int) bool { return j.events[i].seq >= seq })
	if i == len(j.events) {
		return nil, j.changed, nil
	}
	return j.event(j.events[i]), nil, nil
}

// event makes a new one for every reader, as a journal on a wire does: what
// one hub stores in an event, another must not see.
func (j *Journal) event(s stored) *hub.Event {
	return &hub.Event{
		ID:      hub.ID{Epoch: j.epoch, Seq: s.seq},
		Name:    s.draft.Name,
		Channel: s.draft.Channel,
		User:    s.draft.User,
		Data:    s.draft.Data,
		Time:    s.at,
	}
}
