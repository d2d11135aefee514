package hub

import (
	"strconv"
	"strings"
)

// Feed is what all subscribers of the same topics in the same format share:
// where to read, and whom to wake. It lives as long as one of them is open.
// A writer of many connections listens to a feed once, not once per connection.
type Feed struct {
	of      *logs
	key     feedKey
	topics  []Topic
	logs    []*topicLog
	indices []int // of this feed in logs[i].feeds
	format  *Format
	user    int64

	readers   int         // open cursors
	listeners []*Listener // guarded, as all of the above, by logs.mu
}

type feedKey struct {
	format *Format
	topics string
}

// keyOf names a set of topics. No channel holds a NUL, so no two sets collide;
// the same topics in another order are another feed, which does no harm.
func keyOf(f *Format, topics []Topic) feedKey {
	var b strings.Builder
	for _, t := range topics {
		b.WriteString(t.Channel)
		b.WriteByte(0)
		b.WriteString(strconv.FormatInt(t.User, 36))
		b.WriteByte(0)
	}
	return feedKey{f, b.String()}
}

// feed returns the feed of a request, making it when nobody reads it yet.
// The lock is held.
func (h *logs) feed(f *Format, topics []Topic) *Feed {
	key := keyOf(f, topics)
	if known := h.feeds[key]; known != nil {
		return known
	}
	d := &Feed{of: h, key: key, format: f, topics: make([]Topic, 0, len(topics)),
		logs: make([]*topicLog, 0, len(topics)), indices: make([]int, 0, len(topics))}
	for _, t := range topics {
		l := h.store.topic(t)
		if n := len(l.feeds); n > 0 && l.feeds[n-1] == d {
			continue // a topic that is named twice is read once
		}
		d.topics, d.logs, d.indices = append(d.topics, t), append(d.logs, l), append(d.indices, len(l.feeds))
		l.feeds = append(l.feeds, d)
		if t.User != 0 {
			d.user = t.User
		}
	}
	h.feeds[key] = d
	if f != nil { // a cursor that is only asked for its position has none
		h.formats[f]++
	}
	return d
}

// join and leave count a reader of the feed, in the statistics too where it is
// counted; the lock is held.
func (f *Feed) join(counted bool) {
	f.readers++
	if !counted {
		return
	}
	for _, l := range f.logs {
		l.readers++
	}
	f.of.streams++
	if f.user != 0 {
		f.of.users[f.user]++
	}
}

func (f *Feed) leave(counted bool) {
	h := f.of
	if counted {
		h.streams--
		if f.user != 0 {
			if h.users[f.user]--; h.users[f.user] == 0 {
				delete(h.users, f.user)
			}
		}
		for _, l := range f.logs {
			l.readers--
		}
	}
	if f.readers--; f.readers > 0 {
		return
	}
	delete(h.feeds, f.key)
	h.release(f.format)
	for i, l := range f.logs {
		l.remove(f.indices[i])
		h.store.tidy(f.topics[i], l)
	}
}

// release counts a feed of the format that has gone. With the last one the format
// is forgotten, but for the number of its encodings.
func (h *logs) release(f *Format) {
	if f == nil {
		return
	}
	if h.formats[f]--; h.formats[f] > 0 {
		return
	}
	delete(h.formats, f)
	h.encoded[f.name] += f.encoded.Swap(0)
	h.frames.forget(f)
}

// remove takes the feed at an index out of the log's list. The last one moves there
// and gets its new index.
func (t *topicLog) remove(index int) {
	last := len(t.feeds) - 1
	moved := t.feeds[last]
	t.feeds[index], t.feeds[last] = moved, nil
	t.feeds = t.feeds[:last]
	for i, l := range moved.logs {
		if l == t && moved.indices[i] == last {
			moved.indices[i] = index
		}
	}
}

// Listener is a call that the hub makes when a feed has something new.
type Listener struct {
	feed  *Feed
	index int
	wake  func()
}

// Listen makes the hub call wake whenever cursors of the feed may have something
// due. wake is called under the hub's lock: it must not block and must not call
// the hub. The caller reads once after Listen, for what came before.
func (f *Feed) Listen(wake func()) *Listener {
	h := f.of
	h.mu.Lock()
	defer h.mu.Unlock()
	l := &Listener{feed: f, index: len(f.listeners), wake: wake}
	f.listeners = append(f.listeners, l)
	return l
}

// Stop ends the calls; wake is not called after it has returned. It must be
// called once, before the feed's last cursor is closed or after.
func (l *Listener) Stop() {
	f := l.feed
	f.of.mu.Lock()
	defer f.of.mu.Unlock()
	last := len(f.listeners) - 1
	moved := f.listeners[last]
	f.listeners[l.index], f.listeners[last] = moved, nil
	f.listeners = f.listeners[:last]
	moved.index = l.index
}

func (t *topicLog) wakeAll() {
	for _, f := range t.feeds {
		for _, l := range f.listeners {
			l.wake()
		}
	}
}
