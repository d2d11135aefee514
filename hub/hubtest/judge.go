package hubtest

import (
	"fmt"
	"math"
	"sort"

	"latido/hub"
)

// Stored is an event as it can be read after a run. Hash stands for its body,
// which is different for every event.
type Stored struct {
	ID    hub.ID
	Topic hub.Topic
	Hash  string
}

// Post is what became of one event for its publisher, over all attempts with
// the same idempotency key: acknowledged (ID is set), refused every time, or
// unknown.
type Post struct {
	Hash    string
	ID      hub.ID
	Refused bool
}

// Item is something that a subscriber was sent: an event (Hash is set), a gap
// (Gap is set), or only a position, as control events carry it.
type Item struct {
	ID   hub.ID
	Hash string
	Gap  *hub.Gap
}

// Connection is what came on one of a subscriber's streams. After is what the
// client asked to go on after; zero for nothing.
type Connection struct {
	After hub.ID
	Items []Item
}

// Reader is one subscriber over all its connections, in order.
type Reader struct {
	Name        string
	Topics      []hub.Topic
	Connections []Connection
}

// Breach is one broken rule, named as Judge names them.
type Breach struct {
	Rule string
	Text string
}

// Error gives the rule and what broke it.
func (b Breach) Error() string { return b.Rule + ": " + b.Text }

// Verdict is what a run came to: what became of the posts, how many
// acknowledged events are lost, how many events readers missed in silence
// (each reader's counted), and every breach.
type Verdict struct {
	Acked, Refused, Unknown int
	Lost, Missed            int
	Breaches                []Breach
}

// Check returns the breaches that Judge finds.
func Check(posts []Post, stored []Stored, readers []Reader) (breaches []error) {
	for _, b := range Judge(posts, stored, readers).Breaches {
		breaches = append(breaches, b)
	}
	return breaches
}

// Judge judges a run by what publishers and subscribers logged, and returns every breach of
// these rules:
//
//	I1  an acknowledged event is stored
//	I2  a refused event is not, and no event is stored twice
//	I3  ids rise on a connection, and an id has one body
//	I4  a reader saw every event of its topics, or a gap that covers the hole
//	I5  a reader saw no event of other topics
//
// stored must be whole and in order, and readers must have read on to its end.
//
// A journal that begins another epoch gives the events it still has other ids.
// So an id of an epoch that has nothing stored is no id of a stored event: what
// was acknowledged with it must be stored under any id, and every reader that was
// given it must have been given the same body.
func Judge(posts []Post, stored []Stored, readers []Reader) Verdict {
	k := &checker{byID: map[hub.ID]Stored{}, epochs: map[string][]Stored{}, byHash: map[string]int{}, gone: map[hub.ID]string{}}
	for _, s := range stored {
		k.byID[s.ID] = s
		k.epochs[s.ID.Epoch] = append(k.epochs[s.ID.Epoch], s)
		k.byHash[s.Hash]++
	}
	acked := map[hub.ID]string{}
	for _, p := range posts {
		k.post(p)
		if other, twice := acked[p.ID]; twice && other != p.Hash {
			k.breach("I3", "%s was given to two events", p.ID)
		}
		if !p.ID.IsZero() {
			acked[p.ID] = p.Hash
		}
	}
	for _, r := range readers {
		k.reader(r)
	}
	return k.Verdict
}

type checker struct {
	Verdict
	byID   map[hub.ID]Stored
	byHash map[string]int
	epochs map[string][]Stored
	gone   map[hub.ID]string // the bodies of ids whose epoch has nothing stored
}

func (k *checker) breach(rule, format string, args ...any) {
	k.Breaches = append(k.Breaches, Breach{rule, fmt.Sprintf(format, args...)})
}

// post counts and checks the outcome of one event.
func (k *checker) post(p Post) {
	n := k.byHash[p.Hash]
	switch {
	case !p.ID.IsZero():
		k.Acked++
		if !k.isStored(p) {
			k.Lost++
			k.breach("I1", "the event acknowledged as %s is not stored", p.ID)
		}
	case p.Refused:
		k.Refused++
		if n > 0 {
			k.breach("I2", "a refused event is stored")
		}
	default:
		k.Unknown++
	}
	if n > 1 {
		k.breach("I2", "an event is stored %d times", n)
	}
}

func (k *checker) isStored(p Post) bool {
	if len(k.epochs[p.ID.Epoch]) > 0 {
		return k.byID[p.ID].Hash == p.Hash
	}
	k.body("the acknowledgement", p.ID, p.Hash)
	return k.byHash[p.Hash] > 0
}

// body checks that every reader of an id got the same body, where the id is of an epoch
// that has ended.
func (k *checker) body(name string, id hub.ID, hash string) {
	if first, known := k.gone[id]; known && first != hash {
		k.breach("I3", "%s: %s had another body before", name, id)
	}
	k.gone[id] = hash
}

func (k *checker) reader(r Reader) {
	wanted := map[hub.Topic]bool{}
	for _, t := range r.Topics {
		wanted[t] = true
	}
	var pos hub.ID
	for n, c := range r.Connections {
		name := fmt.Sprintf("%s, connection %d", r.Name, n+1)
		if !c.After.IsZero() {
			pos = c.After
		}
		var last hub.ID
		for _, i := range c.Items {
			if i.Hash != "" {
				k.event(name, wanted, i)
				if last.Epoch == i.ID.Epoch && i.ID.Seq <= last.Seq {
					k.breach("I3", "%s: %s came after %s", name, i.ID, last)
				}
				last = i.ID
			}
			pos = k.move(name, wanted, pos, i)
		}
	}
	k.silence(r.Name+", at the end", wanted, pos, math.MaxUint64)
}

// event judges one event alone.
func (k *checker) event(name string, wanted map[hub.Topic]bool, i Item) {
	if len(k.epochs[i.ID.Epoch]) == 0 {
		k.body(name, i.ID, i.Hash)
		return
	}
	s, known := k.byID[i.ID]
	switch {
	case !known:
		k.breach("I3", "%s: %s was sent and is not stored", name, i.ID)
	case s.Hash != i.Hash:
		k.breach("I3", "%s: %s has another body than the stored one", name, i.ID)
	case !wanted[s.Topic]:
		k.breach("I5", "%s: %s is of %v", name, i.ID, s.Topic)
	}
}

// move goes on from pos with what came next, and judges what was passed over.
func (k *checker) move(name string, wanted map[hub.Topic]bool, pos hub.ID, i Item) hub.ID {
	switch {
	case i.Gap != nil:
		if i.Gap.From.Epoch == pos.Epoch && i.Gap.From.Seq > pos.Seq {
			k.silence(name, wanted, pos, i.Gap.From.Seq+1)
		}
		return i.Gap.To
	case i.ID.IsZero():
		return pos
	case pos.IsZero():
		return i.ID // where the reader began
	case i.ID.Epoch != pos.Epoch:
		k.Missed++ // at least
		k.breach("I4", "%s: went from %s to %s without a gap", name, pos, i.ID)
		return i.ID
	case i.Hash == "":
		k.silence(name, wanted, pos, i.ID.Seq+1)
	default:
		k.silence(name, wanted, pos, i.ID.Seq)
	}
	return hub.ID{Epoch: pos.Epoch, Seq: max(pos.Seq, i.ID.Seq)}
}

// silence judges that nothing wanted lies behind a position and before a
// sequence of its epoch.
func (k *checker) silence(name string, wanted map[hub.Topic]bool, after hub.ID, before uint64) {
	all := k.epochs[after.Epoch]
	first := sort.Search(len(all), func(i int) bool { return all[i].ID.Seq > after.Seq })
	for _, s := range all[first:] {
		if s.ID.Seq >= before {
			return
		}
		if wanted[s.Topic] {
			k.Missed++
			k.breach("I4", "%s: %s was missed in silence", name, s.ID)
		}
	}
}
