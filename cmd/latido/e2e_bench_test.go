package main_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// The figures of the README that need the whole program; make bench runs them.

// BenchmarkPostToDOM measures the time from the beginning of a POST to
// /sse/notify to its row in the DOM of a dashboard in Chromium.
func BenchmarkPostToDOM(b *testing.B) {
	s := start(b, setup{binary: release})
	p := visit(b, s, "/")
	s.client.waitStreams(1)
	ahead := p.clock()
	var all []time.Duration
	for b.Loop() {
		for range 100 {
			title := fmt.Sprint("Notificación n.º ", len(all))
			eval[bool](p, `(window.arrived = new Promise(done => {
				const list = document.querySelector("#notif-list");
				const o = new MutationObserver(() => {
					if (list.querySelector(".note-title")?.textContent !== `+quote(title)+`) return;
					o.disconnect();
					done(performance.timeOrigin + performance.now());
				});
				o.observe(list, {childList: true, subtree: true});
			}), true)`)
			posted := epochMillis(time.Now())
			s.client.notify(title, "m")
			ms := p.promise("window.arrived") - ahead - posted
			all = append(all, time.Duration(ms*float64(time.Millisecond)))
		}
	}
	slices.Sort(all)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(percentile(all, 50), "ms-p50")
	b.ReportMetric(percentile(all, 99), "ms-p99")
}

func epochMillis(t time.Time) float64 { return float64(t.UnixNano()) / 1e6 }

func percentile(sorted []time.Duration, p int) float64 {
	i := int(math.Ceil(float64(len(sorted)*p)/100)) - 1
	return float64(sorted[i]) / float64(time.Millisecond)
}

// promise returns the number an expression promises.
func (p *tab) promise(expression string) float64 {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[float64](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.Fatalf("%s: %v", expression, err)
	}
	return v
}

// clock returns by how many milliseconds the page's clock is ahead of ours: the
// page's own starts with the navigation and runs by itself from there. The
// quickest of some exchanges is the one that can be least wrong.
func (p *tab) clock() (ahead float64) {
	quickest := time.Hour
	for range 50 {
		begun := time.Now()
		theirs := eval[float64](p, "performance.timeOrigin + performance.now()")
		if took := time.Since(begun); took < quickest {
			quickest = took
			ahead = theirs - epochMillis(begun.Add(took/2))
		}
	}
	return ahead
}

// BenchmarkMemoryAtRest measures the memory of the program without simulated
// data and without visitors, once it has sampled the machine three times.
func BenchmarkMemoryAtRest(b *testing.B) {
	var pss, rss float64
	for b.Loop() {
		s := start(b, setup{binary: release})
		samples := s.client.follow("/sse/metrics")
		for range 3 {
			samples.until("system_metrics")
		}
		pss, rss = s.memory()
		s.stop()
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(pss, "MiB-PSS")
	b.ReportMetric(rss, "MiB-RSS")
}

// memory reads what Linux says of the process: its share of the pages in
// memory, and all of them, in MiB.
func (s *server) memory() (pss, rss float64) {
	s.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", s.cmd.Process.Pid))
	if err != nil {
		s.Fatalf("this figure needs Linux: %v", err)
	}
	read := func(name string) float64 {
		found := regexp.MustCompile(`(?m)^` + name + `:\s+(\d+) kB$`).FindSubmatch(text)
		if found == nil {
			s.Fatalf("no %s in %s", name, text)
		}
		kib, err := strconv.ParseFloat(string(found[1]), 64)
		if err != nil {
			s.Fatal(err)
		}
		return kib / 1024
	}
	return read("Pss"), read("Rss")
}

// BenchmarkBinary measures the size of the program and how long it takes from
// the start of its process, on an empty folder, until it takes events.
func BenchmarkBinary(b *testing.B) {
	info, err := os.Stat(built(b, release))
	if err != nil {
		b.Fatal(err)
	}
	var all []time.Duration
	for b.Loop() {
		begun := time.Now()
		s := start(b, setup{binary: release})
		all = append(all, time.Since(begun))
		s.stop()
	}
	slices.Sort(all)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(info.Size())/(1<<20), "MiB-file")
	b.ReportMetric(percentile(all, 50), "ms-to-ready")
}
