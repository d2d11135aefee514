package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"
)

const (
	// watchEvery is how often NATS and the disk are checked.
	watchEvery = 250 * time.Millisecond

	// reserve is how much room the disk must have, in bytes, for anything to be stored:
	// NATS does not cope with a full disk, so it must not run into one. What others write
	// to the disk meanwhile may be faster than that.
	reserve = 8 << 20

	// restartMin and restartMax bound the pause before NATS is started again after it
	// has failed.
	restartMin = time.Second
	restartMax = 5 * time.Second
)

var errNoRoom = errors.New("the disk is full")

// IsFull reports whether an error says that the disk, or this user's share of it, is
// full. NATS passes on the words, not the error.
func IsFull(err error) bool {
	if errors.Is(err, errNoRoom) || errors.Is(err, syscall.ENOSPC) {
		return true
	}
	for _, words := range []string{"no space left on device", "disk quota exceeded", "file too large"} {
		if strings.Contains(err.Error(), words) {
			return true
		}
	}
	return false
}

// watch checks NATS and the disk until ctx ends, so that publishers fail at once with the
// cause. After NATS has failed it starts it again, once the disk has room. This process
// cannot start a cluster again.
func (e *Engine) watch(ctx context.Context) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		if r := e.now.Load(); !r.check() && !e.restart(ctx, r) {
			return
		}
	}
}

// check notes whether the disk has room, and reports whether the Run can go on. It
// cannot after a write of NATS that failed. A sync that failed is final, on the other
// hand: the kernel has forgotten which pages it could not write, so another Run would
// take them for stored.
func (r *Run) check() (fine bool) {
	r.measure()
	if r.broken.Err() == nil {
		if cause := r.Dead(); cause != nil {
			r.Fail(cause)
		}
	}
	return r.broken.Err() == nil
}

// measure notes whether the disk has room.
func (r *Run) measure() {
	if free, err := room(r.cfg.Dir); err == nil && free < reserve {
		full := fmt.Errorf("%w: it has %d bytes left, %d are needed: free some room", errNoRoom, free, reserve)
		if r.full.Swap(&full) == nil {
			r.cfg.Logger.Error("events are refused until the disk has room", "error", full)
		}
	} else if r.full.Swap(nil) != nil {
		r.cfg.Logger.Info("the disk has room again: events are stored")
	}
}

// restart replaces a Run that has failed, which serves readers until then, by a new one. It returns false when ctx ends first.
func (e *Engine) restart(ctx context.Context, failed *Run) bool {
	log := e.cfg.Logger
	cause := context.Cause(failed.broken)
	log.Error("the journal's engine has failed: it is started again once the disk has room", "error", cause)
	for pause := restartMin; ; pause = min(2*pause, restartMax) {
		for wait := pause; wait > 0 || !hasRoom(e.cfg.Dir); wait -= watchEvery {
			select {
			case <-time.After(watchEvery):
			case <-ctx.Done():
				return false
			}
		}
		if e.now.Load() != nil {
			e.stopRun(cause)
		}
		err := e.startRun(ctx)
		if err == nil {
			log.Info("the journal's engine runs again")
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		log.Error("starting the journal's engine again failed, trying again", "error", err)
		e.away.Store(&err)
	}
}

func hasRoom(dir string) bool {
	free, err := room(dir)
	return err != nil || free >= reserve
}
