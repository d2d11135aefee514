package journal

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"latido/hub"
	"latido/hub/journal/engine"
)

// BenchmarkPublishers is what durability costs: many publishers, each of which waits for its
// acknowledgement before it posts again.
func BenchmarkPublishers(b *testing.B) {
	for _, way := range []struct {
		name   string
		config Config
		sample bool
	}{
		{"safe", Config{Config: engine.Config{Durability: engine.Safe}}, false},
		{"fast", Config{Config: engine.Config{Durability: engine.Fast}}, false},
		{"fast-samples", Config{Config: engine.Config{Durability: engine.Fast}}, true},
	} {
		for _, publishers := range []int{1, 8, 64, 512} {
			b.Run(fmt.Sprintf("%s/%d", way.name, publishers), func(b *testing.B) {
				cfg := way.config
				cfg.Dir = b.TempDir()
				j, err := Open(b.Context(), cfg)
				if err != nil {
					b.Fatal(err)
				}
				b.Cleanup(func() {
					if err := j.Close(); err != nil {
						b.Error(err)
					}
				})
				d := hub.Draft{Name: "e", Channel: "a", Data: json.RawMessage(`{"pad":"` + strings.Repeat("x", 190) + `"}`), Ephemeral: way.sample}
				if _, err := j.Append(b.Context(), d); err != nil {
					b.Fatal(err)
				}
				var left atomic.Int64
				var mu sync.Mutex
				var took []time.Duration
				left.Store(int64(b.N))
				b.ResetTimer()
				var running sync.WaitGroup
				for range publishers {
					running.Go(func() {
						var mine []time.Duration
						for left.Add(-1) >= 0 {
							began := time.Now()
							if _, err := j.Append(context.Background(), d); err != nil {
								b.Error(err)
								return
							}
							mine = append(mine, time.Since(began))
						}
						mu.Lock()
						took = append(took, mine...)
						mu.Unlock()
					})
				}
				running.Wait()
				b.StopTimer()
				slices.Sort(took)
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
				b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-us")
				b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-us")
			})
		}
	}
}
