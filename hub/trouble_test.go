package hub_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"latido/hub"
	"latido/hub/hubtest"
)

// TestTroubleIsInStats within two seconds, and gone as soon after it is over.
func TestTroubleIsInStats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := hubtest.NewJournal()
		h := start(t, j, hub.Options{})
		for range 2 {
			for _, trouble := range []error{nil, errors.New("no room")} {
				j.FailAppend(trouble)
				time.Sleep(2 * time.Second)
				synctest.Wait()
				if got := h.Stats().Trouble; (got == nil) != (trouble == nil) || trouble != nil && !errors.Is(got, trouble) {
					t.Errorf("the trouble is %v, want %v", got, trouble)
				}
			}
		}
	})
}

// TestPauseBeginsAgain: attempts at a journal that is away become rare, and after one that
// brought something the first comes soon again.
func TestPauseBeginsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := hubtest.NewJournal()
		h := start(t, j, hub.Options{})
		healthyAfter := func(pause time.Duration) bool {
			time.Sleep(pause)
			synctest.Wait()
			return h.Healthy(t.Context()) == nil
		}
		broken := errors.New("broken disk")
		j.FailFollow(broken)
		time.Sleep(10 * time.Second)
		j.FailFollow(nil)
		if !healthyAfter(2 * time.Second) {
			t.Fatal("the journal is back, and not read within two seconds")
		}
		publish(t, h, hub.ChannelTopic("a"), 1)
		synctest.Wait()
		j.FailFollow(broken)
		synctest.Wait()
		j.FailFollow(nil)
		if !healthyAfter(150 * time.Millisecond) {
			t.Error("a short failure after a success is waited out like one of many")
		}
	})
}
