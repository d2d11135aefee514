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
