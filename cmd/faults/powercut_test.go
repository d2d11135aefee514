package faults

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"latido/hub"
	"latido/hub/hubtest"
)

// powerCutSafe is F2: with --durability safe every event that was acknowledged
// before the cut is stored after it.
func powerCutSafe(ctx context.Context, s *stage) (outcome, error) {
	o, t, err := powerCut(ctx, s, "safe")
	if err == nil {
		o.Remarks = append(o.Remarks, epochRemark(t))
	}
	return o, err
}

// powerCutFast is F3: with --durability fast acknowledged events may be lost, but
// no client is left to believe otherwise. The epoch has changed, so that no id comes
// to mean two events, and a reader that resumes after an old one is sent a gap.
func powerCutFast(ctx context.Context, s *stage) (outcome, error) {
	o, t, err := powerCut(ctx, s, "fast")
	if err != nil {
		return o, err
	}
	// The loss itself is what this mode allows; the table has its number.
	o.Breaches = slices.DeleteFunc(o.Breaches, func(b string) bool { return strings.HasPrefix(b, "I1: ") })
	if before, now := t.epoch(), t.lastEpoch(); before == now {
		o.Breaches = append(o.Breaches, "the epoch is still "+now+" after a power cut")
		return o, nil
	}
	o.Breaches = append(o.Breaches, resets(t.read, t.lastEpoch())...)
	return o, nil
}

// resets wants every reader that came to the epoch with an id of another one to
// get a reset, and some reader to have done so.
func resets(readers []hubtest.Reader, epoch string) (breaches []string) {
	resets := 0
	for _, r := range readers {
		for n, c := range r.Connections {
			if c.After.IsZero() || c.After.Epoch == epoch {
				continue
			}
			for _, i := range c.Items {
				if i.ID.Epoch != epoch {
					continue
				}
				if i.Gap == nil || i.Gap.Reason != hub.ReasonReset {
					breaches = append(breaches, fmt.Sprintf("%s, connection %d: came with %s and was first sent %s, not a gap with the reason reset", r.Name, n+1, c.After, i.ID))
				}
				resets++
				break
			}
		}
	}
	if resets == 0 {
		breaches = append(breaches, "no reader came back with an id of the old epoch: the run shows nothing")
	}
	return breaches
}

// powerCut lets the traffic go on until the program is stopped at a random
// moment, takes what its disk then holds for all there is, and starts it on that.
func powerCut(ctx context.Context, s *stage, durability string) (o outcome, t *traffic, err error) {
	disk, rest := filepath.Join(s.dir, "disk"), filepath.Join(s.dir, "rest")
	if err := newImage(ctx, disk); err != nil {
		return o, nil, err
	}
	first, err := s.mountImage(ctx, disk, "first")
	if err != nil {
		return o, nil, err
	}
	c, t, err := s.running(ctx, first+"/data", "--durability", durability)
	if err != nil {
		return o, nil, err
	}
	if err := untilTheCut(ctx, s, t, first); err != nil {
		return o, t, err
	}
	took, err := cut(ctx, s, c, disk, rest)
	if err != nil {
		return o, t, err
	}
	if err := t.settled(ctx, 200); err != nil {
		return o, t, fmt.Errorf("after the cut: %w", err)
	}
	o, err = t.finishAndJudge(ctx, c)
	o.Recovery = took
	return o, t, err
}

// untilTheCut lets events come for a random time. In half of the runs the system
// has written everything out once before: then the files are there after the cut,
// and the ends of them are not, which is how an id could come to mean two events.
func untilTheCut(ctx context.Context, s *stage, t *traffic, disk string) error {
	if s.rnd.IntN(2) == 0 {
		if err := t.settled(ctx, 100); err != nil {
			return err
		}
		if err := syncDisk(disk); err != nil {
			return err
		}
	}
	if err := t.settled(ctx, 100); err != nil {
		return err
	}
	return pause(ctx, s.between(100*time.Millisecond, 1500*time.Millisecond))
}

// cut is the power cut, and the start on what is left. The old disk stays mounted
// until the new one is: the program tells a disk that came back from one that
// never went by its device number, which could otherwise be the same.
func cut(ctx context.Context, s *stage, c *child, disk, rest string) (time.Duration, error) {
	if err := c.freeze(); err != nil {
		return 0, err
	}
	if err := copyAsCut(ctx, disk, rest); err != nil {
		return 0, err
	}
	if err := c.kill(); err != nil {
		return 0, err
	}
	second, err := s.mountImage(ctx, rest, "second")
	if err != nil {
		return 0, err
	}
	if err := unmount(s.dir + "/first"); err != nil {
		return 0, err
	}
	c.dir = second + "/data"
	s.after(c.kill) // before its disk goes
	took, err := c.start(ctx)
	if err != nil {
		return took, fmt.Errorf("on what the power cut left: %w", err)
	}
	return took, nil
}

func epochRemark(t *traffic) string {
	if t.epoch() == t.lastEpoch() {
		return "ids went on in the same epoch"
	}
	return "ids went on in another epoch"
}
