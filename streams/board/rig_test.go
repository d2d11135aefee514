package board_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"latido/hub"
	"latido/hub/hubtest"
	"latido/streams/board"
	"latido/streams/card"
	"latido/streams/event"
)

// textPainter draws the ids of rows: "=card 3 2 1;" for a whole card, "+card 5 4;"
// for what has come.
type textPainter struct {
	wholes, changes, beats atomic.Int64
	fail                   atomic.Bool
}

var errPaint = errors.New("no paint left")

func rows(view any) (ids []string) {
	switch v := view.(type) {
	case card.LogsView:
		for _, e := range v.Entries {
			ids = append(ids, strconv.FormatUint(e.ID.Seq, 10))
		}
	case card.LogsChange:
		for _, e := range v.Entries {
			ids = append(ids, strconv.FormatUint(e.ID.Seq, 10))
		}
	case card.NotificationsView:
		for _, n := range v.List {
			ids = append(ids, strconv.FormatUint(n.ID.Seq, 10))
		}
	case card.NotificationsChange:
		for _, n := range v.List {
			ids = append(ids, strconv.FormatUint(n.ID.Seq, 10))
		}
	case card.TasksView:
		for _, t := range v.Tasks {
			ids = append(ids, t.ID+"/"+t.State)
		}
	case card.MetricsView, card.TradingView, card.TradingChange, card.StreamsView, card.HubView, event.Machine:
	default:
		panic(fmt.Sprintf("no rows in %T", v))
	}
	return ids
}

func (p *textPainter) Change(def card.Def, change any, _ board.Variant) ([]byte, error) {
	if p.fail.Load() {
		return nil, errPaint
	}
	p.changes.Add(1)
	return []byte("+" + def.ID + " " + strings.Join(rows(change), " ") + ";"), nil
}

func (p *textPainter) Whole(def card.Def, view any, _ board.Variant) (*board.Drawing, error) {
	if p.fail.Load() {
		return nil, errPaint
	}
	p.wholes.Add(1)
	text := strings.Join(rows(view), " ")
	return &board.Drawing{Parts: map[string]string{def.ID: text}, Fragment: []byte("=" + def.ID + " " + text + ";")}, nil
}

func (p *textPainter) Heartbeat(*card.Readings, string) ([]byte, error) {
	p.beats.Add(1)
	return []byte("beat;"), nil
}

// page is what a browser makes of fragments.
type page map[string][]string

func (p page) apply(t testing.TB, fragments []byte) {
	t.Helper()
	for one := range strings.SplitSeq(string(fragments), ";") {
		if one == "" || one == "beat" {
			continue
		}
		fields := strings.Fields(one)
		name, ids := fields[0][1:], fields[1:]
		if one[0] == '=' {
			p[name] = ids
			continue
		}
		for _, id := range ids {
			for _, known := range p[name] {
				if id == known {
					t.Fatalf("row %s of %s came twice", id, name)
				}
			}
		}
		p[name] = append(append([]string(nil), ids...), p[name]...)
		p[name] = p[name][:min(len(p[name]), card.LogRows)]
	}
}

type rig struct {
	journal   *hubtest.Journal
	hub       *hub.Hub
	fragments *hub.Fragments
	painter   *textPainter
	runner    *board.Runner
}

var raw = hub.NewFormat("raw", func(e *hub.Event) []byte { return e.Data })

// start runs a hub and a runner until the test ends.
func start(t testing.TB, o board.Options) *rig {
	t.Helper()
	r := &rig{journal: hubtest.NewJournal(), painter: &textPainter{}}
	return r.run(t, hub.Retention{}, o)
}

func (r *rig) run(t testing.TB, kept hub.Retention, o board.Options) *rig {
	t.Helper()
	r.hub = hub.New(r.journal, hub.Options{Retention: kept})
	r.fragments = hub.NewFragments("run1", hub.Retention{}, nil)
	o.Hub, o.Fragments, o.Painter = r.hub, r.fragments, r.painter
	if o.Read == nil {
		o.Read = func() *card.Readings { return &card.Readings{At: time.Now()} }
	}
	for _, kind := range card.All() {
		o.Cards = append(o.Cards, card.Def{ID: kind.Name, Type: kind.Name})
	}
	r.runner = board.New(o)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 2)
	go func() { ended <- r.hub.Run(ctx) }()
	<-r.hub.Ready()
	go func() { ended <- r.runner.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		for range 2 {
			if err := <-ended; err != nil {
				t.Errorf("Run ended with %v", err)
			}
		}
		if s := r.hub.Stats(); s.Feeds != 0 {
			t.Errorf("%d feeds are left of a runner that has ended", s.Feeds)
		}
	})
	return r
}

func (r *rig) log(t testing.TB, n int) {
	t.Helper()
	for range n {
		r.publish(t, hub.Draft{Name: "log_entry", Channel: "logs", Data: json.RawMessage(`{"level":"INFO","message":"m"}`)})
	}
}

func (r *rig) publish(t testing.TB, d hub.Draft) hub.ID {
	t.Helper()
	got, err := r.hub.Publish(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	return got.ID
}

// open opens a page: what it shows, and the cursor behind it.
func (r *rig) open(t testing.TB, q board.Request) (page, *hub.Cursor) {
	t.Helper()
	if q.Variant.Lang == "" {
		q.Variant.Lang = "en"
	}
	got, err := r.runner.Compose(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	p := page{}
	for _, id := range q.Cards {
		p[id] = strings.Fields(got.Drawings[id].Parts[id])
	}
	c, err := r.fragments.Subscribe(hub.Request{Topics: r.runner.Topics(q), Format: raw, After: got.At, SkipToHead: true})
	if err != nil {
		t.Fatal(err)
	}
	if gap := c.Gap(); gap != nil {
		t.Fatalf("a page that was just composed begins with the gap %+v", gap)
	}
	return p, c
}

// follow applies what is due, and reports whether there was a gap.
func (p page) follow(t testing.TB, c *hub.Cursor) (gap bool) {
	t.Helper()
	var b hub.Batch
	for {
		b.Reset()
		c.Due(&b)
		if len(b.Frames) == 0 && b.Gap == nil {
			return gap
		}
		gap = gap || b.Gap != nil
		for _, f := range b.Frames {
			p.apply(t, f)
		}
		c.PassAll(&b)
	}
}

// newest is what the log card should show: ids of log entries, newest first.
func (r *rig) newest(t testing.TB, n int) (ids []string) {
	t.Helper()
	events, _, err := r.hub.Newest(context.Background(), hub.ChannelTopic("logs"), r.hub.Head().Seq, n)
	if err != nil {
		t.Fatal(err)
	}
	sort.Slice(events, func(i, j int) bool { return events[i].ID.Seq > events[j].ID.Seq })
	for _, e := range events {
		ids = append(ids, strconv.FormatUint(e.ID.Seq, 10))
	}
	return ids
}

func same(t testing.TB, what string, got, want []string) {
	t.Helper()
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Fatalf("%s: rows %v, want %v", what, got, want)
	}
}

func number(t testing.TB, id string) int {
	t.Helper()
	n, err := strconv.Atoi(id)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
