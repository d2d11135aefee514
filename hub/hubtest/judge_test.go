package hubtest_test

import (
	"strings"
	"testing"

	"latido/hub"
	"latido/hub/hubtest"
)

func id(seq uint64) hub.ID { return hub.ID{Epoch: "e", Seq: seq} }

func TestCheckFindsEveryBreach(t *testing.T) {
	a, b := hub.ChannelTopic("a"), hub.ChannelTopic("b")
	stored := []hubtest.Stored{{id(1), a, "one"}, {id(2), b, "two"}, {id(3), a, "three"}, {id(4), a, "four"}}
	began := func(after hub.ID, items ...hubtest.Item) []hubtest.Reader {
		return []hubtest.Reader{{Name: "r", Topics: []hub.Topic{a}, Connections: []hubtest.Connection{{After: after, Items: items}}}}
	}
	saw := func(items ...hubtest.Item) []hubtest.Reader { return began(id(0), items...) }
	one, two, three, four := hubtest.Item{ID: id(1), Hash: "one"}, hubtest.Item{ID: id(2), Hash: "two"}, hubtest.Item{ID: id(3), Hash: "three"}, hubtest.Item{ID: id(4), Hash: "four"}
	old := func(seq uint64, hash string) hubtest.Item {
		return hubtest.Item{ID: hub.ID{Epoch: "d", Seq: seq}, Hash: hash}
	}
	reset := hubtest.Item{ID: id(1), Gap: &hub.Gap{From: hub.ID{Epoch: "d", Seq: 2}, To: id(1), Reason: hub.ReasonReset}}
	gap := func(from, to uint64) hubtest.Item { return hubtest.Item{Gap: &hub.Gap{From: id(from), To: id(to)}} }
	for name, c := range map[string]struct {
		posts   []hubtest.Post
		stored  []hubtest.Stored
		readers []hubtest.Reader
		want    string
	}{
		"all is well":              {[]hubtest.Post{{Hash: "one", ID: id(1)}, {Hash: "no", Refused: true}, {Hash: "lost"}}, stored, saw(one, three, hubtest.Item{ID: id(3)}, four), ""},
		"a gap covers the hole":    {nil, stored, saw(one, gap(1, 3), four), ""},
		"acknowledged, not stored": {[]hubtest.Post{{Hash: "five", ID: id(5)}}, stored, nil, "I1"},
		"acknowledged as other":    {[]hubtest.Post{{Hash: "one", ID: id(2)}}, stored, nil, "I1"},
		"refused, stored":          {[]hubtest.Post{{Hash: "one", Refused: true}}, stored, nil, "I2"},
		"stored twice":             {[]hubtest.Post{{Hash: "one"}}, append(stored, hubtest.Stored{ID: id(5), Topic: b, Hash: "one"}), nil, "I2"},
		"sent twice":               {nil, stored, saw(one, one, three, four), "I3"},
		"out of order":             {nil, stored, saw(one, four, three), "I3"},
		"another body":             {nil, stored, saw(one, hubtest.Item{ID: id(3), Hash: "3"}, four), "I3"},
		"never stored":             {nil, stored, saw(one, three, four, hubtest.Item{ID: id(5), Hash: "five"}), "I3"},
		"missed":                   {nil, stored, saw(one, four), "I4"},
		"missed at the end":        {nil, stored, saw(one, three), "I4"},
		"missed before the gap":    {nil, stored, saw(one, gap(3, 3), four), "I4"},
		"passed over by an id":     {nil, stored, saw(one, hubtest.Item{ID: id(3)}, four), "I4"},
		"another epoch":            {nil, stored, saw(one, three, four, hubtest.Item{ID: hub.ID{Epoch: "f", Seq: 5}}), "I4"},
		"of another channel":       {nil, stored, saw(one, two, three, four), "I5"},

		"an id for two events":            {[]hubtest.Post{{Hash: "one", ID: id(1)}, {Hash: "six", ID: id(1)}}, stored, nil, "I3"},
		"stored under another epoch's id": {[]hubtest.Post{{Hash: "three", ID: old(9, "").ID}}, stored, nil, ""},
		"lost with its epoch":             {[]hubtest.Post{{Hash: "five", ID: old(9, "").ID}}, stored, nil, "I1"},
		"a reset covers what is new":      {nil, stored, began(old(0, "").ID, old(1, "one"), old(2, "gone"), reset, three, four), ""},
		"missed after a reset":            {nil, stored, began(old(0, "").ID, old(1, "one"), reset, four), "I4"},
		"two bodies in an epoch gone by":  {nil, stored, began(old(0, "").ID, old(1, "x"), old(1, "y"), reset, three, four), "I3"},
		"acknowledged as one, read as another in an epoch gone by": {
			[]hubtest.Post{{Hash: "three", ID: old(1, "").ID}}, stored, began(old(0, "").ID, old(1, "y"), reset, three, four), "I3"},
	} {
		t.Run(name, func(t *testing.T) {
			got := hubtest.Check(c.posts, c.stored, c.readers)
			if c.want == "" && len(got) == 0 {
				return
			}
			found := false
			for _, err := range got {
				found = found || c.want != "" && strings.HasPrefix(err.Error(), c.want+": ")
			}
			if !found {
				t.Errorf("%v, want a breach of %q", got, c.want)
			}
		})
	}
}

func TestJudgeCounts(t *testing.T) {
	a := hub.ChannelTopic("a")
	stored := []hubtest.Stored{{id(1), a, "one"}, {id(2), a, "two"}, {id(3), a, "three"}}
	posts := []hubtest.Post{
		{Hash: "one", ID: id(1)}, {Hash: "two", ID: id(2)}, {Hash: "lost", ID: id(4)},
		{Hash: "no", Refused: true},
		{Hash: "three"}, {Hash: "perhaps"}, {Hash: "unknown"}, {Hash: "unsent"},
	}
	readers := []hubtest.Reader{
		{Name: "whole", Topics: []hub.Topic{a}, Connections: []hubtest.Connection{{After: id(0), Items: []hubtest.Item{{ID: id(1), Hash: "one"}, {ID: id(2), Hash: "two"}, {ID: id(3), Hash: "three"}}}}},
		{Name: "holed", Topics: []hub.Topic{a}, Connections: []hubtest.Connection{{After: id(0), Items: []hubtest.Item{{ID: id(3), Hash: "three"}}}}},
	}
	v := hubtest.Judge(posts, stored, readers)
	if v.Acked != 3 || v.Refused != 1 || v.Unknown != 4 || v.Lost != 1 || v.Missed != 2 {
		t.Errorf("%+v, want 3 acknowledged, 1 refused, 4 unknown, 1 lost, 2 missed", v)
	}
	rules := map[string]int{}
	for _, b := range v.Breaches {
		rules[b.Rule]++
	}
	if len(rules) != 2 || rules["I1"] != v.Lost || rules["I4"] != v.Missed {
		t.Errorf("breaches %v, want one of I1 for what is lost and two of I4 for what was missed", v.Breaches)
	}
}
