package limits_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"latido/handlers/limits"
	"latido/hub"
)

// journal is the little of one that a Quota hears of.
type journal struct {
	t      testing.TB
	quota  *limits.Quota
	stored hub.Bounds
}

func newJournal(t testing.TB, b limits.Bounds) *journal {
	return &journal{t, limits.NewQuota(b, "logs"), hub.Bounds{Epoch: "one", First: 1}}
}

// post admits an event of size bytes, and stores it.
func (j *journal) post(owner string, to hub.Topic, size int) error {
	a, err := j.quota.Admit(to, owner, size, j.stored)
	if err != nil {
		return err
	}
	j.store(to, size)
	a.End(j.stored.Last)
	return nil
}

// store stores an event as another node would.
func (j *journal) store(to hub.Topic, size int) {
	j.stored.Last++
	j.quota.Observe(&hub.Event{ID: hub.ID{Epoch: j.stored.Epoch, Seq: j.stored.Last}, Channel: to.Channel, User: to.User,
		Data: json.RawMessage(strings.Repeat("x", size))})
}

// over wants an error to be of a kind, "" for none.
func (j *journal) over(what string, err error, want limits.Kind) {
	j.t.Helper()
	var over *limits.QuotaError
	if errors.As(err, &over) && over.Kind == want || err == nil && want == "" {
		return
	}
	j.t.Errorf("%s: %v, want %q", what, err, want)
}

func channel(n int) hub.Topic { return hub.ChannelTopic(fmt.Sprint("c", n)) }

// TestQuotaMakesRoom: when all channels are counted, those of which nothing is stored any
// more make room for another sender's.
func TestQuotaMakesRoom(t *testing.T) {
	j := newJournal(t, limits.Bounds{Channels: 2, OwnChannels: 2, Bytes: 1000})
	j.store(channel(1), 1)
	j.store(channel(2), 1)
	j.over("while both are stored", j.post("ana", channel(3), 1), limits.Channels)
	j.stored.First = j.stored.Last + 1
	j.over("after both are gone", j.post("ana", channel(3), 1), "")
}

// TestQuotaOfReplacedJournal: after the journal was replaced, what it had stored does not
// count any more, and what is pending does.
func TestQuotaOfReplacedJournal(t *testing.T) {
	j := newJournal(t, limits.Bounds{Channels: 2, OwnChannels: 2, Bytes: 10})
	for what, to := range map[string]hub.Topic{"a channel": channel(1), "a user": hub.UserTopic(7)} {
		j.over(what, j.post("ana", to, 10), "")
		j.over(what+" that is full", j.post("ana", to, 1), limits.Bytes)
	}
	for _, to := range []hub.Topic{channel(2), hub.UserTopic(8)} {
		if _, err := j.quota.Admit(to, "ana", 4, j.stored); err != nil { // and it goes on being pending
			t.Fatal(err)
		}
	}
	j.stored = hub.Bounds{Epoch: "two", First: 1}
	j.store(hub.ChannelTopic("logs"), 1) // exempt
	j.over("a channel with an event that is pending", j.post("ana", channel(2), 7), limits.Bytes)
	j.over("a user with an event that is pending", j.post("ana", hub.UserTopic(8), 7), limits.Bytes)
	j.over("a channel of the old journal", j.post("ana", channel(1), 10), "")
	j.over("a user of the old journal", j.post("ana", hub.UserTopic(7), 10), "")
}

// TestQuotaOfChannels: so many in all and of one sender; those that are there go
// on, those whose events are gone make room, exempt ones never count.
func TestQuotaOfChannels(t *testing.T) {
	j := newJournal(t, limits.Bounds{Channels: 4, OwnChannels: 2, Bytes: 1000})
	j.over("ana's first", j.post("ana", channel(1), 1), "")
	j.over("ana's second", j.post("ana", channel(2), 1), "")
	j.over("ana's third", j.post("ana", channel(3), 1), limits.OwnChannels)
	j.over("ana's first again", j.post("ana", channel(1), 1), "")
	j.over("ben's first", j.post("ben", channel(3), 1), "")
	j.over("ana to ben's", j.post("ana", channel(3), 1), "")
	j.store(channel(4), 1) // by another node
	j.over("ben's second", j.post("ben", channel(5), 1), limits.Channels)
	j.over("ben to the other node's", j.post("ben", channel(4), 1), "")
	j.over("an exempt one", j.post("ben", hub.ChannelTopic("logs"), 1), "")
	j.over("a user", j.post("ben", hub.UserTopic(7), 1), "")
	j.store(channel(6), 1) // more than may be: not counted, and no room for it
	j.over("one that another node began", j.post("ben", channel(6), 1), limits.Channels)

	j.stored.First = 3 // ana's second has lost its only event
	j.over("ana's third", j.post("ana", channel(5), 1), "")
	j.over("ana's fourth", j.post("ana", channel(2), 1), limits.OwnChannels)
	j.over("ben's second", j.post("ben", channel(2), 1), limits.Channels)

	j.stored.First = j.stored.Last // all but ana's last are gone
	j.over("ben's, which was ana's", j.post("ben", channel(1), 1), "")
	j.over("ana's second", j.post("ana", channel(2), 1), "")
	j.over("ana's third", j.post("ana", channel(7), 1), limits.OwnChannels)
}

// TestQuotaOfBytes: a channel and a user hold so much, and more when the journal
// has dropped their oldest.
func TestQuotaOfBytes(t *testing.T) {
	for _, to := range []hub.Topic{channel(1), hub.UserTopic(1)} {
		j := newJournal(t, limits.Bounds{Channels: 9, OwnChannels: 9, Bytes: 1600})
		for range 16 {
			j.over("within", j.post("ana", to, 100), "")
		}
		j.over("one byte more", j.post("ana", to, 1), limits.Bytes)
		j.over("another channel", j.post("ana", channel(2), 100), "")
		j.over("another user", j.post("ana", hub.UserTopic(2), 100), "")
		j.stored.First = 3 // two are gone
		j.over("the first after", j.post("ana", to, 100), "")
		j.over("the second after", j.post("ana", to, 100), "")
		j.over("the third after", j.post("ana", to, 1), limits.Bytes)
		j.over("one larger than all", j.post("ana", channel(3), 1601), limits.Bytes)
		for range 100 {
			j.store(to, 100) // another node allows more
		}
		if n := limits.SlotsOf(j.quota, to); n > limits.MaxSlots {
			t.Errorf("%v is counted in %d slots", to, n)
		}
		j.stored.First = j.stored.Last
		j.over("when all but one are gone", j.post("ana", to, 100), "")
	}
}

// TestQuotaOfWhatFails: what was not stored takes no room; and a journal of another
// epoch has nothing of the one before.
func TestQuotaOfWhatFails(t *testing.T) {
	j := newJournal(t, limits.Bounds{Channels: 1, OwnChannels: 1, Bytes: 100})
	a, err := j.quota.Admit(channel(1), "ana", 60, j.stored)
	j.over("the first", err, "")
	j.over("while it is on its way, another channel", j.post("ben", channel(2), 1), limits.Channels)
	j.over("while it is on its way, more bytes", j.post("ana", channel(1), 60), limits.Bytes)
	a.End(0)
	j.over("after it failed", j.post("ben", channel(2), 100), "")
	j.over("the next", j.post("ana", channel(1), 1), limits.Channels)
	j.stored = hub.Bounds{Epoch: "two", First: 1}
	j.store(hub.UserTopic(1), 1)
	j.over("in another epoch", j.post("ana", channel(1), 100), "")
	j.over("and there", j.post("ben", channel(2), 1), limits.Channels)
}

// TestQuotaOfWhatFailsBesideOthers: one that fails takes nothing from another event of
// the channel, be it on its way or the very first that was stored.
func TestQuotaOfWhatFailsBesideOthers(t *testing.T) {
	j := newJournal(t, limits.Bounds{Channels: 1, OwnChannels: 1, Bytes: 100})
	a, err := j.quota.Admit(channel(1), "ana", 10, j.stored)
	j.over("the first", err, "")
	b, err := j.quota.Admit(channel(1), "ana", 10, j.stored)
	j.over("the second", err, "")
	a.End(0)
	j.over("while the second is on its way, another channel", j.post("ben", channel(2), 1), limits.Channels)
	b.End(1)
	c, err := j.quota.Admit(channel(1), "ana", 10, j.stored)
	j.over("the third", err, "")
	c.End(0)
	j.over("while the second is stored, another channel", j.post("ben", channel(2), 1), limits.Channels)
}

// TestQuotaHoldsForManyAtOnce: posters at the same time get no more than the quota,
// before anything of theirs has been heard of.
func TestQuotaHoldsForManyAtOnce(t *testing.T) {
	q := limits.NewQuota(limits.Bounds{Channels: 50, OwnChannels: 50, Bytes: 100})
	var in atomic.Int64
	var posters sync.WaitGroup
	for p := range 8 {
		posters.Go(func() {
			for n := range 100 {
				if a, err := q.Admit(channel(100*p+n), "ana", 1, hub.Bounds{}); err == nil {
					a.End(uint64(in.Add(1)))
				}
			}
		})
	}
	posters.Wait()
	if in.Load() != 50 {
		t.Errorf("%d channels were admitted", in.Load())
	}
}

// BenchmarkAdmit is what a POST pays for its quota.
func BenchmarkAdmit(b *testing.B) {
	q := limits.NewQuota(limits.Bounds{Channels: 10_000, OwnChannels: 10_000, Bytes: 1 << 40})
	var topics []hub.Topic
	for n := range 1000 {
		topics = append(topics, channel(n))
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		a, err := q.Admit(topics[i%len(topics)], "ana", 100, hub.Bounds{})
		if err != nil {
			b.Fatal(err)
		}
		a.End(uint64(i + 1))
	}
}
