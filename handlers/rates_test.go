package handlers_test

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// prices publishes prices of a symbol and returns the ids.
func (r *rig) prices(symbol string, prices ...int) (ids []string) {
	r.t.Helper()
	for _, price := range prices {
		a := r.post("/sse/broadcast/trading?event=price_update", fmt.Sprintf(`{"symbol":%q,"price":%d}`, symbol, price))
		if a.status != 200 {
			r.t.Fatalf("%d %s", a.status, a.body)
		}
		ids = append(ids, a.json(r.t)["id"].(string))
	}
	return ids
}

// TestMaxRate: of many values only some, the newest among them although nothing
// comes after it; everything else at once and in order.
func TestMaxRate(t *testing.T) {
	r := newRig(t)
	s := r.open("/sse/events?channel=trading&channel=general&max_rate=4")
	s.next()
	s.next()
	began := time.Now()
	for n := range 20 {
		r.prices("A", n)
		r.post("/sse/broadcast/general", fmt.Sprintf(`{"n":%d}`, n))
	}
	r.prices("B", 7)
	var prices []float64
	for others, b := 0, false; others < 20 || !b || len(prices) == 0 || prices[len(prices)-1] != 19; {
		name, data, _ := s.object()
		switch {
		case name == "broadcast":
			if data["n"] != float64(others) {
				t.Fatalf("broadcast %v when %d was due", data["n"], others)
			}
			others++
		case data["symbol"] == "B":
			b = true
		default:
			prices = append(prices, data["price"].(float64))
		}
	}
	if most := 2 + int(4*time.Since(began).Seconds()); len(prices) > most || !slices.IsSorted(prices) {
		t.Errorf("prices %v within %v, want at most %d", prices, time.Since(began), most)
	}
	if waited := time.Since(began); waited > 5*time.Second {
		t.Errorf("the newest value came after %v", waited)
	}
	if n := r.kernel.Conflated.Load(); n != uint64(20-len(prices)) {
		t.Errorf("%d were left out by the counter, %d came of 20", n, len(prices))
	}
}

// TestMaxRateKeys: what is a value of what.
func TestMaxRateKeys(t *testing.T) {
	r := newRig(t)
	s := r.open("/sse/events?channel=c&channel=d&user_id=7&max_rate=0.01")
	s.next()
	s.next()
	post := func(path, body string) {
		t.Helper()
		if a := r.post(path, body); a.status != 200 {
			t.Fatalf("%d %s", a.status, a.body)
		}
	}
	post("/sse/broadcast/c?event=metric_update", `{"metric_name":"m","value":1}`)
	post("/sse/broadcast/c?event=system_metrics", `{"node":"n","value":1}`)
	post("/sse/broadcast/c?event=task_progress", `{"task_id":"t","value":1}`)
	post("/sse/broadcast/c?event=price_update", `{"symbol":"s","value":1}`)
	r.settle()
	var got []string
	read := func(n int) {
		t.Helper()
		for range n {
			name, data, _ := s.object()
			got = append(got, fmt.Sprint(name, data["value"]))
		}
	}
	read(4)
	for _, event := range []string{
		`metric_update {"metric_name":"m","value":2}`, `system_metrics {"node":"n","value":2}`,
		`task_update {"task_id":"t","value":2}`, `price_update {"symbol":"s","value":2}`, // held back
		`metric_update {"metric_name":"other","value":3}`, `system_metrics {"value":3}`, `task_update {"task_id":"other","value":3}`,
		`price_update {"value":4}`, `price_update {"value":4}`, `metric_update {"value":4}`, `metric_update {"value":4}`, // no key
		`log_entry {"symbol":"s","value":5}`, `task_completed {"task_id":"t","value":5}`, `task_completed {"task_id":"t","value":6}`,
		`task_failed {"task_id":"t","value":6}`, `task_started {"task_id":"t","value":6}`, `price_update {"symbol":"` + strings.Repeat("s", 300) + `","value":7}`,
	} {
		name, data, _ := strings.Cut(event, " ")
		post("/sse/broadcast/c?event="+name, data)
	}
	post("/sse/broadcast/d?event=price_update", `{"symbol":"s","value":8}`) // of another channel
	post("/sse/notify/7", `{"title":"t","message":"m"}`)
	read(15)
	want := "metric_update1 system_metrics1 task_progress1 price_update1 metric_update3 system_metrics3 task_update3 " +
		"price_update4 price_update4 metric_update4 metric_update4 log_entry5 task_completed5 task_completed6 task_failed6 task_started6 price_update7 price_update8 notification<nil>"
	if strings.Join(got, " ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, " "), want)
	}
}

var tokenWithBack = regexp.MustCompile(`^[0-9a-z]{1,16}-[0-9]+-[0-9]+$`)

// TestMaxRateComesBack: a stream that breaks while a value is held back goes on with
// it, limited or not, and repeats nothing else; connected does not move its id.
func TestMaxRateComesBack(t *testing.T) {
	for _, rate := range []string{"&max_rate=0.01", ""} {
		t.Run("with"+rate, func(t *testing.T) {
			r := newRig(t)
			s := r.open("/sse/events?channel=trading&max_rate=0.01")
			s.next()
			r.prices("A", 1)
			s.next()
			ids := r.prices("A", 2, 3)
			r.post("/sse/broadcast/trading", `{}`)
			_, _, e := s.object()
			if !tokenWithBack.MatchString(e.ID) {
				t.Fatalf("%+v, want the broadcast with the id of the price", e)
			}
			s.cancel()
			s = r.open("/sse/events?channel=trading"+rate, "Last-Event-ID", e.ID)
			if connected := s.next(); connected.ID != e.ID {
				t.Errorf("connected moves the client from %s to %s", e.ID, connected.ID)
			}
			if _, data, e := s.object(); data["price"] != 3.0 || strings.Count(e.ID, "-") != 1 {
				t.Errorf("%+v, want the price that was held back", e)
			}
			live := r.post("/sse/broadcast/trading", `{}`).json(t)["id"]
			if _, _, e := s.object(); e.ID != live {
				t.Errorf("%+v, want the next event and no other, after %v", e, ids)
			}
		})
	}
}

// TestPlaceThatWasNeverGivenIsReset: also one whose back would lead to a good id.
func TestPlaceThatWasNeverGivenIsReset(t *testing.T) {
	r := newRig(t)
	id := r.prices("A", 1)[0]
	r.settle()
	epoch, _, _ := strings.Cut(id, "-")
	s := r.open("/sse/trading?max_rate=1", "Last-Event-ID", epoch+"-99-98")
	if name, data, e := s.object(); name != "gap" || data["reason"] != "reset" || e.ID != id {
		t.Errorf("%s %+v, want a gap", name, e)
	}
	next := r.post("/sse/broadcast/trading", `{}`).json(t)["id"]
	if e := s.next(); e.ID != next {
		t.Errorf("%+v, want %v", e, next)
	}
}

func TestMaxRateThatIsNone(t *testing.T) {
	r := newRig(t)
	for _, path := range []string{"/sse/events", "/sse/metrics", "/sse/trading", "/sse/logs", "/sse/notifications/1", "/live", "/"} {
		for text, kind := range map[string]string{
			"0": "greater_than_equal", "-1": "greater_than_equal", "0.009": "greater_than_equal", "1000.5": "less_than_equal", "1e9": "less_than_equal",
			"": "float_parsing", "x": "float_parsing", "NaN": "float_parsing", "Inf": "float_parsing", "0x1p2": "float_parsing", "1_0": "float_parsing", "1,5": "float_parsing",
		} {
			a := r.do("GET", path+"?max_rate="+url.QueryEscape(text), "")
			if a.status != 422 {
				t.Errorf("%s with %q: %d %.80q, want 422", path, text, a.status, a.body)
				continue
			}
			checkProblems(t, a.body, []string{"query.max_rate " + kind})
		}
	}
	a := r.do("GET", "/live?max_rate_tasks=0&max_rate_trading=x&user=0", "")
	checkProblems(t, a.body, []string{"query.user greater_than_equal", "query.max_rate_tasks greater_than_equal", "query.max_rate_trading float_parsing"})
	if n := r.hub.Stats().Streams; n != 0 {
		t.Errorf("%d streams are open", n)
	}
}

// TestMaxRateOfAPageMeansNothing: pages are drawn at most four times a second, so
// their rates are accepted and change nothing.
func TestMaxRateOfAPageMeansNothing(t *testing.T) {
	r := newRig(t)
	if a := r.do("GET", "/?max_rate=100&max_rate_trading=2", "", "Accept", "text/html"); a.status != 200 || strings.Contains(a.body, "max_rate") {
		t.Errorf("%d; the page has a rate: %v", a.status, strings.Contains(a.body, "max_rate"))
	}
	s := r.open("/live?cards=trading&max_rate=0.01")
	s.next()
	for _, price := range []int{70001, 70002, 70003} {
		r.prices("A/B", price)
		if _, part := s.until(map[bool]string{true: "trading-rows", false: "px-a-b"}[price == 70001]); !strings.Contains(part.Text(), fmt.Sprintf("70.00%d,00", price-70000)) {
			t.Errorf("the price %d came as %s", price, part.Text())
		}
	}
}

// TestMaxRateIsNoFormatOfItsOwn: however many rates there are, an event is encoded
// once for all streams of JSON.
func TestMaxRateIsNoFormatOfItsOwn(t *testing.T) {
	r := newRig(t)
	var streams []*stream
	for n := range 20 {
		s := r.open(fmt.Sprintf("/sse/trading?max_rate=%d.%d", n+1, n))
		streams = append(streams, s)
	}
	plain := r.open("/sse/trading")
	id := r.prices("A", 70001)[0]
	for _, s := range append(streams, plain) {
		if e := s.next(); e.ID != id {
			t.Errorf("%+v, want %s", e, id)
		}
	}
	if s := r.hub.Stats(); s.Feeds != 1 || s.Encoded["json"] != 1 {
		t.Errorf("%d feeds and %d encodings, want one", s.Feeds, s.Encoded["json"])
	}
	if st := r.streams.Stats(); !ordinary() && st.TakenOver != 1 {
		t.Errorf("%d streams were taken over, want the one without a rate", st.TakenOver)
	}
}
