package handlers_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"latido/handlers"
	"latido/handlers/limits"
)

// BenchmarkDashboard is the time from request to the last byte of the whole
// dashboard, full, over loopback HTTP.
func BenchmarkDashboard(b *testing.B) {
	r := newRig(b)
	for n := range 100 {
		r.post("/sse/broadcast/metrics?event=system_metrics", fmt.Sprintf(`{"cpu_percent":%d,"memory_percent":50,"disk_percent":30}`, n%100))
		r.post("/sse/broadcast/trading?event=price_update", fmt.Sprintf(`{"symbol":"S%d","price":%d,"change":1,"change_percent":1,"volume":5}`, n%5, n))
		r.post("/sse/broadcast/logs?event=log_entry", fmt.Sprintf(`{"level":"INFO","service":"api","message":"request %d","request_id":"req_1"}`, n))
		r.post("/sse/task-update", fmt.Sprintf(`{"task_id":"t%d","progress":%d,"status":"running","message":"m"}`, n%10, n))
	}
	for range 10 {
		r.post("/sse/notify/1", `{"title":"t","message":"m"}`)
	}
	r.settle()
	for b.Loop() {
		res, err := http.Get(r.url + "/")
		if err != nil {
			b.Fatal(err)
		}
		n, err := io.Copy(io.Discard, res.Body)
		if err != nil || n < 10_000 {
			b.Fatal(n, err)
		}
		res.Body.Close()
	}
}

// BenchmarkPost is one broadcast over loopback HTTP, with the journal in memory.
func BenchmarkPost(b *testing.B) {
	r := newRig(b)
	for b.Loop() {
		res, err := http.Post(r.url+"/sse/broadcast/a", "application/json", strings.NewReader(`{"text":"hola"}`))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, res.Body); err != nil {
			b.Fatal(err)
		}
		res.Body.Close()
	}
}

// BenchmarkRates is what a POST past the network pays for the rate of its address:
// this machine has none where access is open, others have one.
func BenchmarkRates(b *testing.B) {
	r := newRig(b, func(c *handlers.Config) {
		c.Limits.PostsByAddress = limits.Rate{Burst: limits.MaxBurst, Per: time.Second}
	})
	for name, address := range map[string]string{"without": "127.0.0.1:1", "with": "192.0.2.1:1"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if w := r.postFrom(address, "/ui/prefs", "{}"); w.Code != http.StatusSeeOther {
					b.Fatal(w.Code, w.Body)
				}
			}
		})
	}
}
