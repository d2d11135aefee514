package handlers_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
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
