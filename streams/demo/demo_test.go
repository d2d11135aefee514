package demo_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"latido/hub"
	"latido/hub/hubtest"
	"latido/streams"
	"latido/streams/demo"
)

// gaps fails the test unless all events are ephemeral and low to high apart, and
// not all alike.
func gaps(t *testing.T, began time.Time, events []hubtest.Recorded, low, high time.Duration) {
	t.Helper()
	before, short, long := began, high, low
	for _, e := range events {
		equal(t, "ephemeral", e.Ephemeral, true)
		gap := e.At.Sub(before)
		short, long = min(short, gap), max(long, gap)
		before = e.At
	}
	if short < low || long > high || long-short < (high-low)/2 {
		t.Errorf("gaps of %v to %v, want them all over %v to %v", short, long, low, high)
	}
}

func TestTrading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &hubtest.Recorder{}
		began := time.Now()
		stop := run(t, demo.NewTrading(7), out)
		sleep(10 * time.Minute)
		stop()
		events := out.All()
		gaps(t, began, events, 500*time.Millisecond, 3*time.Second)
		before := map[string]float64{}
		leaders := map[string]bool{} // of the rounds of five
		for i, e := range events {
			data := e.Object(t)
			data.WantKeys(t, "symbol", "price", "change", "change_percent", "volume", "timestamp", "simulated")
			data.WantTime(t, e.At)
			data.WantMatch(t, "symbol", "(BTC|ETH|ADA|DOT|SOL)/USD")
			equal(t, "name", e.Name, "price_update")
			equal(t, "channel", e.Channel, "trading")
			equal(t, "simulated", data["simulated"], any(true))
			volume := data["volume"].(float64)
			equal(t, "volume", volume, math.Trunc(volume))
			symbol, price := data["symbol"].(string), data["price"].(float64)
			if old, ok := before[symbol]; ok && math.Abs(price-old-data["change"].(float64)) > 1e-6 {
				t.Errorf("%s went from %v to %v by %v", symbol, old, price, data["change"])
			}
			before[symbol] = price
			leaders[symbol] = leaders[symbol] || i%5 == 0
			if i == 4 && len(before) != 5 {
				t.Errorf("the first five events are of %d symbols", len(before))
			}
		}
		for symbol, led := range leaders {
			equal(t, symbol+" led a round", led, true)
		}
	})
}

func TestTradingSeed(t *testing.T) {
	prices := func(seed uint64) (all string) {
		synctest.Test(t, func(t *testing.T) {
			out := &hubtest.Recorder{}
			stop := run(t, demo.NewTrading(seed), out)
			sleep(time.Minute)
			stop()
			for _, e := range out.All() {
				all += string(e.Data)
			}
		})
		return all
	}
	if a, b := prices(1), prices(1); a != b || a == "" {
		t.Error("one seed gives different prices")
	}
	if prices(1) == prices(2) {
		t.Error("two seeds give the same prices")
	}
	if a, b := prices(0), prices(0); a == b {
		t.Error("no seed gives the same prices each time")
	}
}

// TestTradingAfterFailure: a price that was not published is not anyone's
// previous price.
func TestTradingAfterFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &hubtest.Recorder{}
		n, down := 0, errors.New("down")
		out.Before = func(context.Context, hub.Draft) error {
			if n++; n%3 == 0 {
				return down
			}
			return nil
		}
		p := demo.NewTrading(3)
		for range 100 {
			if err := p.Run(t.Context(), out); !errors.Is(err, down) {
				t.Fatalf("Run: %v", err)
			}
		}
		before := map[string]float64{}
		for _, e := range out.All() {
			data := e.Object(t)
			symbol, price := data["symbol"].(string), data["price"].(float64)
			if old, ok := before[symbol]; ok && math.Abs(price-old-data["change"].(float64)) > 1e-6 {
				t.Errorf("%s went from %v to %v by %v", symbol, old, price, data["change"])
			}
			before[symbol] = price
		}
	})
}

func TestLogs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &hubtest.Recorder{}
		began := time.Now()
		stop := run(t, demo.NewLogs(7), out)
		sleep(2 * time.Hour)
		stop()
		events := out.All()
		gaps(t, began, events, time.Second, 5*time.Second)
		levels, services, messages, ids := map[any]int{}, map[any]int{}, map[any]int{}, map[any]int{}
		for _, e := range events {
			data := e.Object(t)
			data.WantKeys(t, "level", "service", "message", "timestamp", "request_id", "simulated")
			data.WantTime(t, e.At)
			data.WantMatch(t, "request_id", "req_[0-9a-f]{16}")
			equal(t, "name", e.Name, "log_entry")
			equal(t, "channel", e.Channel, "logs")
			equal(t, "simulated", data["simulated"], any(true))
			if text := data["message"].(string); text == "" || strings.ContainsAny(text, "{}") {
				t.Errorf("message %q", text)
			}
			levels[data["level"]]++
			services[data["service"]]++
			messages[data["message"]]++
			ids[data["request_id"]]++
		}
		n := len(events)
		for level, percent := range map[string]int{"INFO": 65, "DEBUG": 15, "WARNING": 14, "ERROR": 6} {
			if got := 100 * levels[level] / n; got < percent-4 || got > percent+4 {
				t.Errorf("%d%% are %s, want about %d", got, level, percent)
			}
		}
		equal(t, "levels", len(levels), 4)
		for _, service := range []string{"api", "database", "auth", "cache", "worker"} {
			if services[service] < n/20 {
				t.Errorf("%d of %d are of %s", services[service], n, service)
			}
		}
		equal(t, "services", len(services), 5)
		equal(t, "request ids", len(ids), n)
		if len(messages) < n/2 {
			t.Errorf("only %d messages of %d differ", len(messages), n)
		}
	})
}

func TestNotifications(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &hubtest.Recorder{}
		began := time.Now()
		stop := run(t, demo.NewNotifications(7), out)
		sleep(5 * time.Second)
		equal(t, "notifications in the first 5 s", len(out.All()), 1)
		sleep(2 * time.Hour)
		stop()
		events := out.All()
		equal(t, "first", events[0].At.Sub(began), 4*time.Second)
		gaps(t, events[0].At, events[1:], 30*time.Second, 60*time.Second)
		levels, ids, actions := map[any]int{}, map[any]int{}, map[bool]int{}
		for _, e := range events {
			data := e.Object(t)
			data.WantKeys(t, "id", "type", "level", "title", "message", "action_url", "timestamp", "read", "simulated")
			data.WantTime(t, e.At)
			data.WantMatch(t, "id", "notif_[0-9a-f]{16}")
			data.WantMatch(t, "level", "info|warning|success|error")
			data.WantMatch(t, "title", ".+")
			data.WantMatch(t, "message", ".+")
			equal(t, "type", data["type"], data["level"])
			equal(t, "read", data["read"], any(false))
			equal(t, "simulated", data["simulated"], any(true))
			equal(t, "name", e.Name, "notification")
			equal(t, "channel", e.Channel, "")
			equal(t, "user", e.User, 1)
			if data["action_url"] != nil {
				data.WantMatch(t, "action_url", "/[a-z]+")
			}
			actions[data["action_url"] == nil]++
			levels[data["level"]]++
			ids[data["id"]]++
		}
		equal(t, "levels", len(levels), 4)
		equal(t, "ids", len(ids), len(events))
		equal(t, "with and without action", len(actions), 2)
	})
}

func TestSimulatedProducersReturnTheirFailure(t *testing.T) {
	down := errors.New("down")
	for _, p := range []streams.Producer{
		demo.NewTrading(0),
		demo.NewLogs(0),
		demo.NewNotifications(0),
	} {
		t.Run(p.Name(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				out := &hubtest.Recorder{Before: func(context.Context, hub.Draft) error { return down }}
				if err := p.Run(t.Context(), out); !errors.Is(err, down) {
					t.Errorf("Run: %v", err)
				}
			})
		})
	}
}
