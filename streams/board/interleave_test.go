package board_test

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"latido/hub"
	"latido/streams/board"
	"latido/streams/card"
)

// TestNoGapAndNoDoubleBetweenPageAndStream composes pages and follows their
// streams while events are published and drawn as fast as they can be, in a
// million interleavings (a few thousand with -short). A page never shows a row
// twice or out of order, and when all is quiet it shows what a fold of the same
// events does.
func TestNoGapAndNoDoubleBetweenPageAndStream(t *testing.T) {
	pages := 1_000_000
	if testing.Short() {
		pages = 5_000
	}
	seed := rand.Uint64()
	r := start(t, board.Options{Every: time.Microsecond, Linger: time.Hour})
	ctx, stop := context.WithCancel(t.Context())
	var publishers, viewers sync.WaitGroup
	publishers.Go(func() {
		for ctx.Err() == nil {
			if _, err := r.hub.Publish(context.Background(), hub.Draft{Name: "log_entry", Channel: "logs", Data: json.RawMessage(`{}`)}); err != nil {
				t.Error(err)
				return
			}
		}
	})
	const workers = 8
	for w := range workers {
		viewers.Go(func() {
			rnd := rand.New(rand.NewPCG(seed, uint64(w)))
			for range pages / workers {
				p, c := r.open(t, logsOnly)
				for range rnd.IntN(4) {
					if p.follow(t, c) {
						p = nil // fell behind: its viewer composes again
						break
					}
					contiguous(t, seed, p["logs"])
				}
				c.Close()
			}
		})
	}
	viewers.Wait()
	p, c := r.open(t, logsOnly)
	defer c.Close()
	stop()
	publishers.Wait()
	if err := r.hub.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := r.newest(t, card.LogRows)
	for begun := time.Now(); strings.Join(p["logs"], " ") != strings.Join(want, " "); time.Sleep(time.Millisecond) {
		if time.Since(begun) > 10*time.Second {
			t.Fatalf("seed %d: the page shows %v, want %v", seed, p["logs"], want)
		}
		if p.follow(t, c) {
			c.Close()
			p, c = r.open(t, logsOnly)
		}
	}
}

// contiguous holds that rows are consecutive, newest first: only log entries are
// published, so a hole is a change that was lost.
func contiguous(t *testing.T, seed uint64, ids []string) {
	t.Helper()
	for i := 1; i < len(ids); i++ {
		if number(t, ids[i]) != number(t, ids[i-1])-1 {
			t.Fatalf("seed %d: rows %v are not consecutive", seed, ids)
		}
	}
}
