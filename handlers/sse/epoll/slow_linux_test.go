package epoll_test

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"latido/handlers/sse"
	"latido/handlers/sse/ssetest"
	"latido/hub"
	"latido/hub/hubtest/eventsource"
)

// TestSlowReadersCostOthersNothing is the quick S1: of a thousand subscribers
// fifty never read and fifty read a kilobyte a second. The others get every event,
// memory stays where it is, and the slow ones get a gap for what they missed.
func TestSlowReadersCostOthersNothing(t *testing.T) {
	const fast, slow, events, window = 900, 50, 120, 20
	s := ssetest.New(t, sse.Options{WriteTimeout: 5 * time.Minute, Ping: 5 * time.Minute}, hub.Retention{TopicEvents: 30}, sse.Kind{Gap: ssetest.Gap})
	var reading sync.WaitGroup
	var seen atomic.Int64
	var readers []*ssetest.Client
	for range fast {
		readers = append(readers, s.Dial("channel=a"))
	}
	for _, c := range readers {
		reading.Go(func() {
			if got := ssetest.Block(t, c.Events).Data; got != "preamble" {
				t.Errorf("first %q", got)
			}
			for n := range events {
				if got := ssetest.Block(t, c.Events).Data; !strings.HasPrefix(got, fmt.Sprintf(`{"n":%d,`, n)) {
					t.Errorf("%.60q when event %d was due", got, n)
					return
				}
				seen.Add(1)
			}
		})
	}
	var behind []*ssetest.Client
	for range 2 * slow {
		c := s.Dial("channel=a")
		if err := c.SetReadBuffer(4096); err != nil {
			t.Fatal(err)
		}
		behind = append(behind, c)
	}
	before := inUse()
	var trickling sync.WaitGroup
	published := make(chan struct{})
	read := make([]strings.Builder, 2*slow)
	for i, c := range behind[:slow] {
		trickling.Go(func() { trickle(c, &read[i], published) })
	}
	pad := strings.Repeat("x", 3<<10)
	for n := range events {
		s.Publish("a", fmt.Sprintf(`{"n":%d,"pad":%q}`, n, pad))
		if n%window == window-1 { // the fast ones are not to fall off themselves
			ssetest.Eventually(t, "the fast readers have read on", func() bool { return seen.Load() == int64(n+1)*fast || t.Failed() })
		}
	}
	close(published)
	reading.Wait()
	trickling.Wait()
	grown := int64(inUse()) - int64(before)
	t.Logf("memory grew by %d KiB, %d streams parked", grown>>10, s.Server.Stats().Parked)
	if grown > 20<<20 {
		t.Errorf("memory grew by %d bytes, 20 MiB are allowed", grown)
	}
	if n := s.Server.Stats().Parked; n < slow {
		t.Errorf("%d streams are parked: the slow readers were not slow", n)
	}
	last := fmt.Sprintf("{\"n\":%d,", events-1)
	var catching sync.WaitGroup
	for i, c := range behind {
		catching.Go(func() {
			if err := c.SetReadBuffer(1 << 20); err != nil {
				t.Error(err)
			}
			for line := ""; !strings.Contains(line, last); {
				var err error
				if line, err = c.R.ReadString('\n'); err != nil {
					t.Error(err)
					return
				}
				read[i].WriteString(line)
			}
			read[i].WriteString("\n")
			missesNothingInSilence(t, read[i].String())
		})
	}
	catching.Wait()
}

// trickle reads a kilobyte a second until published is closed.
func trickle(c *ssetest.Client, into *strings.Builder, published <-chan struct{}) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		if _, err := io.CopyN(into, c.R, 1<<10); err != nil {
			return
		}
		select {
		case <-tick.C:
		case <-published:
			return
		}
	}
}

// missesNothingInSilence is I4 for one connection's bytes: every event is there,
// in order, or behind a gap.
func missesNothingInSilence(t *testing.T, text string) {
	t.Helper()
	next, gaps := 0, 0
	for p := eventsource.NewParser(strings.NewReader(text), ""); ; {
		b, err := p.Event()
		if err == io.EOF {
			break
		}
		var n int
		_, noEvent := fmt.Sscanf(b.Data, `{"n":%d,`, &n)
		switch {
		case b.Data == "gap slow":
			gaps++
			next = -1
		case noEvent == nil && (n == next || next < 0):
			next = n + 1
		case err != nil || b.Data != "preamble":
			t.Errorf("%.60q, %v when event %d was due", b.Data, err, next)
			return
		}
	}
	if gaps == 0 {
		t.Error("there was no gap")
	}
}

// inUse is what the process holds, garbage left out.
func inUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}

// BenchmarkSlowReaders is the other half of S1: how late the others hear of an
// event, with slow readers among them and without, in the same run.
func BenchmarkSlowReaders(b *testing.B) {
	const fast, slow = 900, 50
	s := ssetest.New(b, sse.Options{}, hub.Retention{TopicEvents: 100}, sse.Kind{Gap: ssetest.Gap})
	var late []time.Duration
	var mu sync.Mutex
	arrived := make(chan struct{}, fast)
	for range fast {
		c := s.Dial("channel=a")
		go func() {
			for {
				line, err := c.R.ReadSlice('\n')
				if err != nil {
					return
				}
				var sent int64
				if _, err := fmt.Sscanf(string(line), `data: {"t":%d`, &sent); err == nil {
					d := time.Duration(time.Now().UnixNano() - sent)
					mu.Lock()
					late = append(late, d)
					mu.Unlock()
					arrived <- struct{}{}
				}
			}
		}()
	}
	pad := strings.Repeat("x", 1<<10)
	round := func() time.Duration {
		late = late[:0]
		for range 200 {
			s.Publish("a", fmt.Sprintf(`{"t":%d,"pad":%q}`, time.Now().UnixNano(), pad))
			for range fast {
				<-arrived
			}
		}
		slices.Sort(late)
		return late[len(late)*99/100]
	}
	for b.Loop() {
		var behind []*ssetest.Client
		var with, without []time.Duration
		round()
		without = append(without, round(), round(), round())
		published := make(chan struct{})
		var trickling sync.WaitGroup
		for i := range 2 * slow {
			c := s.Dial("channel=a")
			_ = c.SetReadBuffer(4096)
			behind = append(behind, c)
			if i < slow {
				trickling.Go(func() { trickle(c, new(strings.Builder), published) })
			}
		}
		round()
		with = append(with, round(), round(), round())
		close(published)
		for _, c := range behind {
			c.Close()
		}
		trickling.Wait()
		slices.Sort(with)
		slices.Sort(without)
		b.ReportMetric(float64(with[1])/float64(without[1]), "p99-ratio")
		b.ReportMetric(float64(without[1].Microseconds())/1000, "p99-ms-without")
	}
}
