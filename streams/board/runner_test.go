package board_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"latido/hub"
	"latido/hub/hubtest"
	"latido/streams/board"
	"latido/streams/card"
	"latido/streams/event"
)

var logsOnly = board.Request{Cards: []string{"logs"}}

// TestPaintsAtOnceAndThenAtMostFourTimesASecond publishes for two seconds and
// counts what one page is sent.
func TestPaintsAtOnceAndThenAtMostFourTimesASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, board.Options{})
		p, c := r.open(t, logsOnly)
		defer c.Close()
		time.Sleep(time.Second)
		r.log(t, 1)
		synctest.Wait()
		if p.follow(t, c); len(p["logs"]) != 1 {
			t.Fatal("the first change after a quiet time was not drawn at once")
		}
		before := r.painter.changes.Load()
		for range 200 {
			r.log(t, 1)
			time.Sleep(10 * time.Millisecond)
		}
		if n := r.painter.changes.Load() - before; n < 7 || n > 9 {
			t.Errorf("%d drawings in two seconds of changes, want 8", n)
		}
		time.Sleep(time.Second)
		p.follow(t, c)
		same(t, "after the rush", p["logs"], r.newest(t, card.LogRows))
	})
}

// TestPageThatComesBetweenTwoDrawings shows what has been drawn, and gets the
// rest once.
func TestPageThatComesBetweenTwoDrawings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, board.Options{})
		r.log(t, 3) // stored before anybody watches
		first, c := r.open(t, logsOnly)
		defer c.Close()
		time.Sleep(time.Second)
		r.log(t, 1) // drawn at once
		synctest.Wait()
		first.follow(t, c)
		same(t, "a page of before", first["logs"], []string{"4", "3", "2", "1"})
		r.log(t, 1) // not drawn before 250 ms
		synctest.Wait()
		began := time.Now()
		p, d := r.open(t, logsOnly)
		defer d.Close()
		if waited := time.Since(began); waited != 250*time.Millisecond {
			t.Errorf("a page was composed after %v, want 250 ms: with the next drawing", waited)
		}
		same(t, "as composed", p["logs"], []string{"5", "4", "3", "2", "1"})
		r.log(t, 1)
		time.Sleep(time.Second)
		p.follow(t, d)
		same(t, "later", p["logs"], []string{"6", "5", "4", "3", "2", "1"})
	})
}

// TestDrawnOncePerVariant: the number of viewers does not matter.
func TestDrawnOncePerVariant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, board.Options{})
		for i := range 100 {
			q := logsOnly
			q.Variant.Lang = []string{"en", "es"}[i%2]
			_, c := r.open(t, q)
			defer c.Close()
		}
		if n := r.painter.wholes.Load(); n != 2 {
			t.Errorf("%d whole drawings for 100 pages in two languages, want 2", n)
		}
		time.Sleep(time.Second)
		r.log(t, 1)
		synctest.Wait()
		if n := r.painter.changes.Load(); n != 2 {
			t.Errorf("%d drawings of a change for 100 pages in two languages, want 2", n)
		}
	})
}

// TestPagesShareOneDrawing: pages that come at once, with nothing changed in between,
// cost one drawing of each card and variant, also where they show different cards.
// What is drawn for the pages that are open serves those that come.
func TestPagesShareOneDrawing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, board.Options{})
		comeTogether := func() {
			var pages sync.WaitGroup
			for i := range 100 {
				pages.Go(func() {
					q := board.Request{Cards: [][]string{{"logs"}, {"tasks", "logs"}}[i/50], Variant: board.Variant{Lang: []string{"en", "es"}[i%2]}}
					if _, err := r.runner.Compose(t.Context(), q); err != nil {
						t.Error(err)
					}
				})
			}
			pages.Wait()
		}
		comeTogether()
		if n := r.painter.wholes.Load(); n != 4 {
			t.Errorf("%d drawings of two cards in two languages for 100 pages, want 4", n)
		}
		before := r.painter.wholes.Load()
		time.Sleep(time.Second)
		r.publish(t, hub.Draft{Name: "task_started", Channel: "tasks", Data: json.RawMessage(`{"task_id":"t"}`)})
		synctest.Wait() // drawn whole: a task has no smaller change
		comeTogether()
		if n := r.painter.wholes.Load() - before; n != 2 {
			t.Errorf("%d drawings after a change of one card, want 2", n)
		}
		r.log(t, 1)
		time.Sleep(time.Second)
		p, c := r.open(t, logsOnly)
		defer c.Close()
		same(t, "after a change", p["logs"], r.newest(t, 1))
	})
}

// TestDrawingsAreBounded: a drawing that does not fit is made again for the
// next page, and shows the same.
func TestDrawingsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, board.Options{MaxBytes: 100})
		r.log(t, card.LogRows)
		synctest.Wait()
		for n := range int64(3) {
			p, c := r.open(t, logsOnly)
			c.Close()
			same(t, "drawn", p["logs"], r.newest(t, card.LogRows))
			small := board.Request{Cards: []string{"trading"}}
			_, c = r.open(t, small)
			c.Close()
			if got := r.painter.wholes.Load(); got != 2*(n+1) {
				t.Errorf("%d drawings after %d pages that do not fit together, want all made anew", got, 2*(n+1))
			}
		}
	})
}

// TestPersonalCards: each user's card shows that user's events alone.
func TestPersonalCards(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, board.Options{})
		notify := func(user int64) string {
			return fmt.Sprint(r.publish(t, hub.Draft{Name: "notification", User: user, Data: json.RawMessage(`{"title":"t","message":"m"}`)}).Seq)
		}
		first := notify(1)
		pages := map[int64]page{}
		cursors := map[int64]*hub.Cursor{}
		for user := range int64(3) { // 0 is nobody
			pages[user], cursors[user] = r.open(t, board.Request{Cards: []string{"notifications"}, User: user})
			defer cursors[user].Close()
		}
		time.Sleep(time.Second)
		second := notify(2)
		synctest.Wait()
		for user, c := range cursors {
			pages[user].follow(t, c)
		}
		same(t, "nobody", pages[0]["notifications"], nil)
		same(t, "user 1", pages[1]["notifications"], []string{first})
		same(t, "user 2", pages[2]["notifications"], []string{second})
	})
}

// TestFilledFromTheJournal: what was stored vanished from
// pages when memory had no room for it.
func TestFilledFromTheJournal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &rig{journal: hubtest.NewJournal(), painter: &textPainter{}}
		if _, err := r.journal.Append(t.Context(), hub.Draft{Name: "notification", User: 1, Data: json.RawMessage(`{"title":"t","message":"m"}`)}); err != nil {
			t.Fatal(err)
		}
		big := json.RawMessage(`{"m":"` + strings.Repeat("x", 255<<10) + `"}`)
		for i := range 70 {
			if _, err := r.journal.Append(t.Context(), hub.Draft{Name: "e", Channel: fmt.Sprint("c", i), Data: big}); err != nil {
				t.Fatal(err)
			}
		}
		r.run(t, hub.Retention{}, board.Options{})
		inMemory, err := r.hub.Subscribe(t.Context(), hub.Request{Topics: []hub.Topic{hub.UserTopic(1)}, Rewind: 10})
		if err != nil {
			t.Fatal(err)
		}
		defer inMemory.Close()
		var b hub.Batch
		if inMemory.Events(&b); len(b.Events) != 0 {
			t.Fatal("memory has the notification: the test shows nothing")
		}
		p, c := r.open(t, board.Request{Cards: []string{"notifications"}, User: 1})
		defer c.Close()
		same(t, "a notification that memory does not keep", p["notifications"], []string{"1"})
	})
}

// TestSaysThatThereIsMore: a card that has not looked at everything says so.
func TestSaysThatThereIsMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, board.Options{})
		r.publish(t, hub.Draft{Name: "notification", User: 1, Data: json.RawMessage(`{"title":"t","message":"m"}`)})
		for range card.Notifications.Backfill {
			r.publish(t, hub.Draft{Name: "other", User: 1, Data: json.RawMessage(`{}`)})
		}
		synctest.Wait()
		got, err := r.runner.Compose(t.Context(), board.Request{Cards: []string{"notifications"}, User: 1})
		if err != nil {
			t.Fatal(err)
		}
		v := got.Views["notifications"].(card.NotificationsView)
		if len(v.List) != 0 || !v.Older {
			t.Errorf("%d notifications, older events %v, want none and true", len(v.List), v.Older)
		}
	})
}

// TestJournalAway: a card whose past cannot be read waits for it.
func TestJournalAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &rig{journal: hubtest.NewJournal(), painter: &textPainter{}}
		for range 5 {
			if _, err := r.journal.Append(t.Context(), hub.Draft{Name: "log_entry", Channel: "logs", Data: json.RawMessage(`{}`)}); err != nil {
				t.Fatal(err)
			}
		}
		r.run(t, hub.Retention{TopicEvents: 2}, board.Options{})
		r.journal.FailReads(hub.ErrJournal)
		got, err := r.runner.Compose(t.Context(), logsOnly)
		if err != nil {
			t.Fatal(err)
		}
		if v := got.Views["logs"].(card.LogsView); len(v.Entries) != 2 || !v.Older {
			t.Errorf("%d entries, older events %v, want the 2 of memory and true", len(v.Entries), v.Older)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := r.runner.Compose(ctx, board.Request{Cards: []string{"notifications"}, User: 1}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a card of which nothing is known was composed: %v", err)
		}
		r.journal.FailReads(nil)
		time.Sleep(3 * time.Second)
		if _, err := r.runner.Compose(t.Context(), board.Request{Cards: []string{"notifications"}, User: 1}); err != nil {
			t.Error(err)
		}
	})
}

// TestResetMakesCardsAnew: when the journal comes back as another one, pages
// show its events and no others.
func TestResetMakesCardsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, board.Options{})
		r.log(t, 5)
		synctest.Wait()
		p, c := r.open(t, logsOnly)
		defer c.Close()
		same(t, "before", p["logs"], []string{"5", "4", "3", "2", "1"})
		r.journal.Reset()
		time.Sleep(5 * time.Second)
		r.log(t, 2)
		time.Sleep(time.Second)
		if p.follow(t, c) {
			t.Error("the page itself got a gap")
		}
		same(t, "after", p["logs"], []string{"2", "1"})
	})
}

// TestUnwatchedCardsStop: the cost of a page ends some time after it.
func TestUnwatchedCardsStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, board.Options{Linger: 10 * time.Second})
		q := logsOnly
		q.Variant.Lang = "en"
		first, err := r.runner.Compose(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		_, c := r.open(t, logsOnly)
		time.Sleep(30 * time.Second)
		if s := r.hub.Stats(); s.Feeds != 1 {
			t.Errorf("%d feeds while somebody watches, want 1", s.Feeds)
		}
		c.Close()
		time.Sleep(30 * time.Second)
		if s := r.hub.Stats(); s.Feeds != 0 {
			t.Errorf("%d feeds although nobody watches", s.Feeds)
		}
		_, again := r.open(t, logsOnly) // begins with no gap
		again.Close()
		time.Sleep(30 * time.Second)
		r.log(t, 1)
		time.Sleep(time.Second)
		// A page that was composed long ago, and connects only now.
		late, err := r.fragments.Subscribe(hub.Request{Topics: r.runner.Topics(q), Format: raw, After: first.At, SkipToHead: true})
		if err != nil {
			t.Fatal(err)
		}
		defer late.Close()
		if late.Gap() == nil {
			t.Error("a page that missed a change goes on as if it had not")
		}
	})
}

// TestPainterThatFails: the viewers get a gap, and everything after that.
func TestPainterThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, board.Options{})
		p, c := r.open(t, logsOnly)
		defer c.Close()
		r.painter.fail.Store(true)
		r.log(t, 1)
		time.Sleep(time.Second)
		r.painter.fail.Store(false)
		if !p.follow(t, c) {
			t.Fatal("a change was not drawn, and there was no gap")
		}
		p, d := r.open(t, logsOnly)
		defer d.Close()
		same(t, "composed again", p["logs"], []string{"1"})
	})
}

func TestTooManyCards(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, board.Options{MaxCards: 2})
		for user := range int64(3) {
			_, err := r.runner.Compose(t.Context(), board.Request{Cards: []string{"notifications"}, User: user + 1})
			if busy := errors.Is(err, board.ErrBusy); busy != (user == 2) {
				t.Errorf("user %d: %v", user+1, err)
			}
		}
	})
}

// TestReadingsReachCards: what no event carries comes with the heartbeat.
func TestReadingsReachCards(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var state atomic.Value
		state.Store("running")
		r := start(t, board.Options{Read: func() *card.Readings {
			return &card.Readings{At: time.Now(), Producers: []event.Producer{{Name: "logs", State: state.Load().(string)}}}
		}})
		_, c := r.open(t, logsOnly)
		defer c.Close()
		state.Store("retrying")
		time.Sleep(6 * time.Second)
		got, err := r.runner.Compose(t.Context(), logsOnly)
		if err != nil {
			t.Fatal(err)
		}
		if s := got.Views["logs"].(card.LogsView).Source; s.State != "retrying" {
			t.Errorf("source %+v, want retrying", s)
		}
		c.Close()
		time.Sleep(2 * time.Minute) // nobody watches, so nothing is read
		state.Store("running")
		if got, err = r.runner.Compose(t.Context(), logsOnly); err != nil {
			t.Fatal(err)
		}
		if s := got.Views["logs"].(card.LogsView).Source; s.State != "running" {
			t.Errorf("source %+v after a quiet time, want running", s)
		}
		if r.painter.beats.Load() == 0 {
			t.Error("no heartbeat")
		}
	})
}
