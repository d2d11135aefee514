package hubtest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"latido/hub/kv"
)

// collector collects what a Watch delivers.
type collector struct {
	mu     sync.Mutex
	have   map[string]uint64 // revisions
	last   uint64
	before int // fixed records that were there when it became ready
	more   chan struct{}
	ready  chan struct{}

	isThere bool // it is ready
}

func collect(t *testing.T, r kv.Store) *collector {
	t.Helper()
	c := &collector{have: map[string]uint64{}, more: make(chan struct{}, 1), ready: make(chan struct{})}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- r.Watch(ctx, func(record kv.Record) { c.add(t, record) }, c.isReady) }()
	t.Cleanup(func() {
		cancel()
		wantError(t, "watch", <-ended, context.Canceled)
	})
	return c
}

func (c *collector) add(t *testing.T, record kv.Record) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if record.Revision <= c.last {
		t.Errorf("%s comes at %d after %d", show(record), record.Revision, c.last)
	}
	c.last = record.Revision
	if record.Value == nil {
		if !c.isThere && c.have[record.Name] == 0 {
			t.Errorf("%s is no news before it is ready: it was not delivered", show(record))
		}
		delete(c.have, record.Name)
	} else {
		c.have[record.Name] = record.Revision
	}
	select {
	case c.more <- struct{}{}:
	default:
	}
}

func (c *collector) isReady() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for name := range c.have {
		if strings.HasPrefix(name, "fixed.") {
			c.before++
		}
	}
	c.isThere = true
	close(c.ready)
}

// until waits until a revision has come.
func (c *collector) until(t *testing.T, revision uint64) {
	t.Helper()
	late := time.After(patience)
	for {
		c.mu.Lock()
		last := c.last
		c.mu.Unlock()
		if last >= revision {
			return
		}
		select {
		case <-c.more:
		case <-late:
			t.Fatalf("the last that was delivered is %d, want %d", last, revision)
		}
	}
}

// compare compares what was delivered with the newest revisions of the fixed records.
func (c *collector) compare(t *testing.T, final []uint64) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.before < len(final) {
		t.Errorf("%d of %d records were delivered before it was ready", c.before, len(final))
	}
	for n, revision := range final {
		if got := c.have[fmt.Sprint("fixed.", n)]; got != revision {
			t.Errorf("fixed.%d is at %d for it, want %d", n, got, revision)
		}
	}
}
