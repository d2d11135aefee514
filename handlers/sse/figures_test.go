package sse_test

import (
	"errors"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"latido/handlers/sse"
)

// TestLagIsOfTheLastSeconds: the largest value of a window is kept for another one, and then
// forgotten.
func TestLagIsOfTheLastSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := sse.NewServer(sse.Options{})
		add := func(d time.Duration) { server.Counters().Lag.Add(time.Now(), d) }
		is := func(want time.Duration) {
			t.Helper()
			if got := server.Stats().Lag; got != want {
				t.Errorf("the lag is %v, want %v", got, want)
			}
		}
		is(0)
		add(5 * time.Millisecond)
		add(3 * time.Millisecond)
		is(5 * time.Millisecond)
		time.Sleep(10 * time.Second)
		add(2 * time.Millisecond)
		is(5 * time.Millisecond)
		time.Sleep(10*time.Second - 1)
		is(5 * time.Millisecond)
		time.Sleep(time.Nanosecond)
		is(2 * time.Millisecond)
		time.Sleep(20*time.Second - 1)
		is(0)
		add(time.Millisecond)
		time.Sleep(20 * time.Second)
		is(0)
	})
}

// brokenWriter takes a head and no body.
type brokenWriter struct{ *httptest.ResponseRecorder }

var errBroken = errors.New("broken")

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

// TestLaterToAClientThatIsGone is an error.
func TestLaterToAClientThatIsGone(t *testing.T) {
	if err := sse.NewServer(sse.Options{}).Later(brokenWriter{httptest.NewRecorder()}, sse.ErrDraining); !errors.Is(err, errBroken) {
		t.Errorf("%v", err)
	}
}
