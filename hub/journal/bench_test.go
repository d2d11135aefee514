package journal_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"latido/hub"
	"latido/hub/journal"
)

// fill stores n events of about size bytes, from several writers at once.
func fill(b *testing.B, j *journal.Journal, n, size int) {
	b.Helper()
	const writers = 16
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			d := sized(size)
			d.Channel = fmt.Sprintf("channel %d", w)
			for range n / writers {
				if _, err := j.Append(b.Context(), d); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkAppend(b *testing.B) {
	for _, size := range []int{200, 10_000} {
		b.Run(fmt.Sprintf("%d bytes", size), func(b *testing.B) {
			j := open(b, in(b.TempDir()))
			d := sized(size)
			var took []time.Duration
			for b.Loop() {
				start := time.Now()
				store(b, j, d)
				took = append(took, time.Since(start))
			}
			report(b, took)
		})
	}
}

// BenchmarkAppendBesideHistory is what publishers feel of a reader that pages
// through large events as fast as it can.
func BenchmarkAppendBesideHistory(b *testing.B) {
	j := open(b, in(b.TempDir()))
	fill(b, j, 3200, 20_000)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
			}
			if _, err := j.History(b.Context(), hub.ChannelTopic("channel 0"), 0, 1000); err != nil {
				b.Error(err)
				return
			}
		}
	}()
	d := sized(200)
	var took []time.Duration
	for b.Loop() {
		start := time.Now()
		store(b, j, d)
		took = append(took, time.Since(start))
	}
	close(stop)
	<-stopped
	report(b, took)
}

func report(b *testing.B, took []time.Duration) {
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-us")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-us")
	b.ReportMetric(float64(took[len(took)-1].Microseconds()), "max-us")
}

// BenchmarkReplay follows 20,000 small events from the first to the last.
func BenchmarkReplay(b *testing.B) {
	const n = 20_000
	j := open(b, in(b.TempDir()))
	fill(b, j, n, 200)
	for b.Loop() {
		err := j.Follow(b.Context(), 1, func(e *hub.Event) error {
			if e.ID.Seq == n {
				return errEnough
			}
			return nil
		})
		if !errors.Is(err, errEnough) {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds(), "events/s")
}

func BenchmarkHistory(b *testing.B) {
	j := open(b, in(b.TempDir()))
	fill(b, j, 20_000, 200)
	for _, limit := range []int{1, 100, 1000} {
		b.Run(fmt.Sprintf("%d events", limit), func(b *testing.B) {
			for b.Loop() {
				events, err := j.History(b.Context(), hub.ChannelTopic("channel 3"), 0, limit)
				if err != nil || len(events) != limit {
					b.Fatal(len(events), err)
				}
			}
		})
	}
}

// BenchmarkOpen opens a folder, stopped cleanly before, until it is healthy.
func BenchmarkOpen(b *testing.B) {
	for _, stored := range []int{0, 20_000} {
		b.Run(fmt.Sprintf("%d events", stored), func(b *testing.B) {
			var took, stop []time.Duration
			dir := b.TempDir()
			if stored > 0 {
				j := open(b, in(dir))
				fill(b, j, stored, 200)
				closeJournal(b, j)
			}
			for b.Loop() {
				if stored == 0 {
					dir = b.TempDir()
				}
				start := time.Now()
				j := open(b, in(dir))
				if err := j.Healthy(b.Context()); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(start))
				start = time.Now()
				closeJournal(b, j)
				stop = append(stop, time.Since(start))
			}
			report(b, took)
			slices.Sort(stop)
			b.ReportMetric(float64(stop[len(stop)/2].Microseconds()), "close-p50-us")
		})
	}
}
