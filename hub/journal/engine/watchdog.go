package journal

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

const (
	// watchEvery is how often the engine and the disk are looked at.
	watchEvery = 250 * time.Millisecond

	// reserve is how much room the disk must have, in bytes, for events to be
	// taken: the engine meets a full disk badly, so it shall not meet one. What
	// others write to the disk meanwhile may be faster than we look.
	reserve = 8 << 20

	// restartMin and restartMax bound the pause before the engine is started
	// again after it has failed.
	restartMin = time.Second
	restartMax = 5 * time.Second
)

var errNoRoom = errors.New("the disk is full")

// watchdog looks at the engine and the disk, so that publishers are told at
// once what is wrong, and starts an engine again that has failed, once the disk
// has room.
type watchdog struct {
	running sync.WaitGroup
	end     context.CancelFunc // nil on a cluster, which nobody here can start again
}

func (w *watchdog) start(j *Journal) {
	ctx, end := context.WithCancel(context.Background())
	w.end = end
	w.running.Go(func() { w.run(ctx, j) })
}

func (w *watchdog) stop() {
	if w.end != nil {
		w.end()
	}
	w.running.Wait()
}

func (w *watchdog) run(ctx context.Context, j *Journal) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		if e := j.now.Load(); !e.look() && !j.restart(ctx, e) {
			return
		}
	}
}

// look notes whether the disk has room, and answers whether the engine can be
// gone on with. It cannot be after a write of its own that failed. A sync that
// failed is for ever, on the other hand: the kernel has forgotten which pages
// it could not write, so another run would take them for stored.
func (e *engine) look() (fine bool) {
	e.backend.(*local).measure()
	if e.broken.Err() == nil {
		if cause := e.backend.dead(); cause != nil {
			e.fail(cause)
		}
	}
	return e.broken.Err() == nil
}

// measure notes whether the disk has room.
func (b *local) measure() {
	if free, err := room(b.cfg.Dir); err == nil && free < reserve {
		full := fmt.Errorf("%w: it has %d bytes left, %d are wanted at least", errNoRoom, free, reserve)
		if b.full.Swap(&full) == nil {
			b.cfg.Logger.Error("events are refused until the disk has room", "error", full)
		}
	} else if b.full.Swap(nil) != nil {
		b.cfg.Logger.Info("the disk has room again")
	}
}

// restart puts a new run of the engine in the place of one that has failed. The
// old one answers readers until then. It answers false when ctx ends first.
func (j *Journal) restart(ctx context.Context, old *engine) bool {
	log := j.cfg.Logger
	cause := context.Cause(old.broken)
	log.Error("the journal's engine has failed, it is started again when the disk has room", "error", cause)
	for pause := restartMin; ; pause = min(2*pause, restartMax) {
		for wait := pause; wait > 0 || !hasRoom(j.cfg.Dir); wait -= watchEvery {
			select {
			case <-time.After(watchEvery):
			case <-ctx.Done():
				return false
			}
		}
		if old != nil {
			j.away.Store(&cause)
			j.now.Store(nil)
			old.stop()
			old = nil
		}
		e, err := startEngine(ctx, j.cfg)
		if err == nil {
			j.now.Store(e)
			log.Info("the journal's engine runs again")
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		log.Error("starting the journal's engine again failed", "error", err)
		j.away.Store(&err)
	}
}

func hasRoom(dir string) bool {
	free, err := room(dir)
	return err != nil || free >= reserve
}
