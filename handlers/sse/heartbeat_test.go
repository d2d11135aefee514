package sse_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"latido/handlers/sse"
	"latido/hub"
)

// TestSharedHeartbeatNeverWaits: every caller returns at once, a frame is
// rendered once for all and not before it is wanted, and Drain waits for it.
func TestSharedHeartbeatNeverWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := sse.NewServer(sse.Options{})
		goOn := make(chan struct{})
		rendered := 0
		heartbeat := server.SharedHeartbeat(time.Second, func() []byte {
			<-goOn
			rendered++
			return fmt.Appendf(nil, "data: %d\n\n", rendered)
		})
		asks := func(want string, wantReady bool) {
			t.Helper()
			if b, ready := heartbeat(hub.ID{}); string(b) != want || ready != wantReady {
				t.Errorf("%q, ready %v; want %q, %v", b, ready, want, wantReady)
			}
		}
		asks("", false)
		asks("", false)
		goOn <- struct{}{}
		synctest.Wait()
		asks("data: 1\n\n", true)
		asks("data: 1\n\n", true)
		time.Sleep(time.Second)
		synctest.Wait()
		if rendered != 1 {
			t.Errorf("rendered %d times before another was wanted", rendered)
		}
		asks("", false)

		drained := make(chan error)
		go func() { drained <- server.Drain(context.Background()) }()
		synctest.Wait()
		select {
		case <-drained:
			t.Error("Drain has not waited for a rendering")
		default:
		}
		goOn <- struct{}{}
		if err := <-drained; err != nil {
			t.Error(err)
		}
		time.Sleep(time.Second)
		asks("", false)
	})
}

// TestSharedHeartbeatThatPanics is left out until the next one is due.
func TestSharedHeartbeatThatPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := sse.NewServer(sse.Options{})
		heartbeat := server.SharedHeartbeat(time.Second, func() []byte { panic("oh") })
		heartbeat(hub.ID{})
		synctest.Wait()
		if b, ready := heartbeat(hub.ID{}); b != nil || !ready {
			t.Errorf("%q, ready %v; want none this time", b, ready)
		}
	})
}
