package handlers_test

import (
	"strings"
	"testing"
)

func TestHistory(t *testing.T) {
	r := newRig(t)
	var ids []string
	for range 5 {
		ids = append(ids, r.post("/sse/broadcast/a", `{"x":1}`).json(t)["id"].(string))
		r.post("/sse/broadcast/b", `{}`)
	}
	page := func(query string) map[string]any {
		t.Helper()
		a := r.do("GET", "/sse/history/a"+query, "")
		if a.status != 200 || a.header.Get("Access-Control-Allow-Origin") != "*" {
			t.Fatalf("%d %s", a.status, a.body)
		}
		return a.json(t)
	}
	list := func(v map[string]any) (got []string) {
		for _, e := range v["events"].([]any) {
			got = append(got, e.(map[string]any)["id"].(string))
		}
		return got
	}
	all := page("")
	if got := strings.Join(list(all), " "); got != strings.Join(ids, " ") || all["next"] != nil || all["gap"] != nil {
		t.Errorf("all: %v", all)
	}
	e := all["events"].([]any)[0].(map[string]any)
	if e["event"] != "broadcast" || e["data"].(map[string]any)["x"] != 1.0 {
		t.Errorf("event %v", e)
	}
	checkTime(t, e["time"])
	two := page("?limit=2&after=" + ids[0])
	if got := list(two); len(got) != 2 || got[0] != ids[1] || two["next"] != ids[2] {
		t.Errorf("a page: %v", two)
	}
	r.journal.Truncate(4)
	gone := page("?after=" + ids[0])
	if gap, _ := gone["gap"].(map[string]any); gap["from"] != ids[0] || gap["reason"] != "too_old" || list(gone)[0] != ids[2] {
		t.Errorf("after what is gone: %v", gone)
	}
	other := page("?after=zzz-3")
	if gap, _ := other["gap"].(map[string]any); gap["reason"] != "reset" {
		t.Errorf("after another epoch: %v", other)
	}
}

func TestHistoryOfLargeEventsComesInShorterPages(t *testing.T) {
	r := newRig(t)
	const events = 60
	body := `{"x":"` + strings.Repeat("x", 200_000) + `"}`
	for range events {
		r.post("/sse/broadcast/a", body)
	}
	seen := 0
	for after := ""; ; {
		v := r.do("GET", "/sse/history/a?limit=1000"+after, "").json(t)
		n := len(v["events"].([]any))
		if n == events {
			t.Error("12 MB came in one page")
		}
		seen += n
		next, more := v["next"].(string)
		if !more {
			break
		}
		after = "&after=" + next
	}
	if seen != events {
		t.Errorf("%d events in all pages, want %d", seen, events)
	}
}
