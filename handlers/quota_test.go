package handlers_test

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"latido/handlers"
	"latido/handlers/web"
)

// The sentences of quotas. They name nobody's channels.
const (
	allChannels = "The maximum number of channels is in use (3): send to one of them"
	ownChannels = "You have created the maximum number of channels (2): send to one that exists"
)

// TestChannelQuota: so many channels of one sender and in all. What is refused is
// not stored, and the response names the limit. It has no Retry-After, because waiting
// alone does not help.
func TestChannelQuota(t *testing.T) {
	r := newRig(t, func(c *handlers.Config) { c.Limits = web.Limits{Channels: 3, ChannelsPerSender: 2} })
	for i, try := range []struct{ from, path, detail string }{
		{"127.0.0.1:1", "/sse/broadcast/a", ""},
		{"127.0.0.1:1", "/sse/broadcast/b", ""},
		{"127.0.0.1:2", "/sse/broadcast/c", ownChannels},
		{"127.0.0.1:1", "/sse/broadcast/a?event=own", ""},
		{"192.0.2.1:1", "/sse/broadcast/c", ""},
		{"192.0.2.1:1", "/sse/broadcast/d", allChannels},
		{"192.0.2.1:1", "/sse/broadcast/b", ""},
		{"127.0.0.1:1", "/sse/broadcast/metrics?event=system_metrics", ""},
		{"127.0.0.1:1", "/sse/broadcast/trading", ""},
		{"127.0.0.1:1", "/sse/broadcast/logs", ""},
		{"127.0.0.1:1", "/sse/task-update", ""},
		{"127.0.0.1:1", "/sse/notify/7", ""},
		{"127.0.0.1:1", "/sse/notify/8", ""},
	} {
		before := r.last()
		w := r.postFrom(try.from, try.path, `{"title":"t","message":"m","task_id":"1","progress":1,"status":"s"}`)
		if try.detail == "" {
			if w.Code != 200 || r.last() != before+1 {
				t.Errorf("try %d is refused: %d %s", i, w.Code, w.Body)
			}
			continue
		}
		if want := fmt.Sprintf(`{"detail":%q}`, try.detail) + "\n"; w.Code != http.StatusTooManyRequests || w.Body.String() != want ||
			w.Header().Get("Retry-After") != "" || r.last() != before {
			t.Errorf("try %d: %d %v %s, want %s", i, w.Code, w.Header(), w.Body, want)
		}
	}
	for lang, want := range map[string]string{"es": "ya has creado tantos canales como se te permiten", "en": "you have created the maximum number of channels"} {
		for _, kind := range [][]string{fromHTMX, noScript} {
			a := r.do("POST", "/ui/broadcast", "channel=e&message=m", append([]string{"Accept-Language", lang}, kind...)...)
			if a.status != http.StatusTooManyRequests || !strings.Contains(parseHTML(t, a.body).Text(), want) {
				t.Errorf("a form: %d %s", a.status, a.body)
			}
		}
	}
	r.monitored(`#traffic-body dt:contains("Requests refused") + dd`, "6")
}

// TestQuotaOfKeys: channels count for the key that began them, wherever it is used. A
// caller that may not send to a channel does not learn whether it is in use.
func TestQuotaOfKeys(t *testing.T) {
	r := newClosedRig(t, func(c *handlers.Config) { c.Limits.Channels, c.Limits.ChannelsPerSender = 3, 1 })
	for i, try := range []struct {
		address, who, channel string
		status                int
	}{
		{"127.0.0.1", "sender", "a", 200},
		{"127.0.0.2", "sender", "b", 429},
		{"127.0.0.1", "admin", "b", 200},
		{"127.0.0.1", "a sender to own", "own", 200},
		{"127.0.0.1", "a sender to own", "a", 403},
		{"127.0.0.1", "a sender to own", "unused", 403},
	} {
		if a := r.from(try.address, try.who, "POST", "/sse/broadcast/"+try.channel, "{}"); a.status != try.status {
			t.Errorf("try %d: %d %s", i, a.status, a.body)
		}
	}
}

// TestByteQuota: a channel and a user's notifications hold so much.
func TestByteQuota(t *testing.T) {
	r := newRig(t, func(c *handlers.Config) { c.Limits = web.Limits{ChannelBytes: 3000} })
	big := strings.Repeat("x", 2000)
	for _, try := range []struct {
		path, body, detail, form, says string
	}{
		{"/sse/broadcast/a", `{"message":"` + big + `"}`, "The channel stores its maximum of 3000 bytes: wait for its oldest events to expire, or use another channel",
			"/ui/broadcast", "el canal ya guarda todo lo que puede"},
		{"/sse/notify/7", `{"title":"t","message":"` + big + `"}`, "The notifications of this user have reached their maximum of 3000 bytes: wait for the oldest to expire",
			"/ui/notify", "ese usuario ya guarda todas las notificaciones que puede"},
	} {
		if a := r.post(try.path, try.body); a.status != 200 {
			t.Errorf("%s: %d %s", try.path, a.status, a.body)
		}
		r.settle()
		before := r.last()
		if a := r.post(try.path, try.body); a.status != http.StatusTooManyRequests || a.json(t)["detail"] != try.detail || a.header.Get("Retry-After") != "" {
			t.Errorf("%s with too much: %d %v %s", try.path, a.status, a.header, a.body)
		}
		form := "channel=a&user_id=7&title=t&message=" + big
		if a := r.do("POST", try.form, form, fromHTMX...); a.status != http.StatusTooManyRequests || !strings.Contains(parseHTML(t, a.body).Text(), try.says) {
			t.Errorf("%s with too much: %d %s", try.form, a.status, a.body)
		}
		if r.last() != before {
			t.Errorf("%s stored what it refused", try.path)
		}
		if a := r.post(try.path, `{"title":"t","message":"little"}`); a.status != 200 {
			t.Errorf("%s with little: %d %s", try.path, a.status, a.body)
		}
	}
}

// TestNodesCountTogether: what another node has stored counts here, for nobody.
func TestNodesCountTogether(t *testing.T) {
	few := func(c *handlers.Config) { c.Limits = web.Limits{Channels: 3, ChannelsPerSender: 2} }
	var cfg handlers.Config
	r := newRig(t, few, func(c *handlers.Config) { cfg = *c })
	here := &rig{t: t, handler: handlers.New(cfg)}
	for _, name := range []string{"a", "b"} {
		if a := r.post("/sse/broadcast/"+name, "{}"); a.status != 200 {
			t.Fatal(a.body)
		}
	}
	r.settle()
	for i, want := range []int{200, 200, 200, 429} {
		if w := here.postFrom("127.0.0.1:1", "/sse/broadcast/"+[]string{"a", "b", "c", "d"}[i], "{}"); w.Code != want || want == 429 && !strings.Contains(w.Body.String(), allChannels) {
			t.Errorf("channel %d at the other node: %d %s", i, w.Code, w.Body)
		}
	}
}

// TestFlood (A8): a sender to ever new channels, or with ever new idempotency
// keys, gets 429 at the quota or the rate, and the process does not grow.
func TestFlood(t *testing.T) {
	const mayGrow = 50 << 20
	r := newRig(t, func(c *handlers.Config) {
		c.Limits = web.Limits{Channels: 1000, ChannelsPerSender: 100, PostsByAddress: perDay(100)}
	})
	flood := func(n int, address, path func(int) string) (in int) {
		for i := range n {
			w := r.postFrom(address(i), path(i), `{"n":1}`, "Idempotency-Key", fmt.Sprint(address(i), "-", i))
			switch w.Code {
			case 200:
				in++
			case http.StatusTooManyRequests:
			default:
				t.Fatalf("request %d: %d %s", i, w.Code, w.Body)
			}
		}
		return in
	}
	same := func(text string) func(int) string { return func(int) string { return text } }
	before := heap()
	if in := flood(20_000, same("127.0.0.1:1"), func(i int) string { return fmt.Sprint("/sse/broadcast/c", i) }); in != 100 {
		t.Errorf("%d channels were admitted", in)
	}
	if in := flood(2000, same("192.0.2.1:1"), same("/sse/broadcast/c0")); in != 100 {
		t.Errorf("%d keys were admitted", in)
	}
	// From as many addresses as keys, the channels are still bounded.
	if in := flood(2000, func(i int) string { return fmt.Sprintf("198.18.%d.%d:1", i>>8, i&255) }, func(i int) string { return fmt.Sprint("/sse/broadcast/d", i) }); in != 900 {
		t.Errorf("%d channels of many addresses were admitted", in)
	}
	if grown := int64(heap()) - int64(before); grown > mayGrow {
		t.Errorf("the heap grew by %d bytes", grown)
	}
	if r.last() != 1100 {
		t.Errorf("%d events are stored", r.last())
	}
}

// heap is what is in use after what is not has been collected.
func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
