package main_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

func prefersColours(theme string) chromedp.Action[chromedp.Void] {
	return command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}}})
}

// pages are all URLs of pages.
var pages = []string{"/", "/notifications", "/monitoring", "/no/such/page"}

// fill publishes data that strains a layout: long words without a place to
// break, long numbers, many rows.
func fill(c client) {
	c.Helper()
	long := strings.Repeat("Donaudampfschifffahrtsgesellschaft", 12)
	for i := range 12 {
		c.post("/sse/notify/1", fields{"title": fmt.Sprint("Copia de seguridad n.º ", i), "message": "Terminó sin errores en 12 s", "level": levelOf(i), "action_url": "/monitoring"})
		c.log([]string{"ERROR", "WARNING", "INFO", "DEBUG"}[i%4], fmt.Sprintf("GET /api/v1/orders/%d 200 in %d ms", i*7919, i*3))
	}
	c.post("/sse/notify/1", fields{"title": long, "message": long + " " + hostile, "action_url": "https://example.org/" + long})
	c.post("/sse/broadcast/logs?event=log_entry", fields{"level": "ERROR", "service": long, "message": long, "request_id": long})
	for _, symbol := range []string{"BTC/USD", "ETH/USD", long} {
		c.post("/sse/broadcast/trading?event=price_update", fields{"symbol": symbol, "price": 123456789.25, "change": -98765432.5, "change_percent": -44.44, "volume": int64(1 << 50)})
	}
	c.post("/sse/task-update", fields{"task_id": long, "progress": 33.3, "status": long, "message": long})
	c.post("/sse/task-update", fields{"task_id": "copia", "progress": 66, "status": "running", "message": "Copiando archivos"})
	c.post("/tasks/export", fields{"channel": "logs"})
}

func levelOf(i int) string { return []string{"info", "success", "warning", "error"}[i%4] }

func TestNoPageScrollsSideways(t *testing.T) {
	t.Parallel()
	s := start(t, demo)
	fill(s.client)
	busy := s.client.follow("/sse/events?channel=" + strings.Repeat("canal", 25))
	busy.until("connected")
	for _, lang := range []string{"es", "en"} {
		p := visit(t, s, "/", reads(lang))
		p.expect("404")
		for _, path := range pages {
			p.open(path)
			if path == "/" {
				p.wait("the data", count("#log-list > li")+" > 12 && "+count("#trading-rows > tr")+" > 3 && "+count("#task-list > li")+" > 2")
			}
			for _, width := range []int64{320, 360, 768, 1280, 1920} {
				p.do(chromedp.EmulateViewport(width, 800))
				if wide := eval[string](p, tooWide); wide != "" {
					t.Errorf("%s in %s at %d px scrolls sideways: %s", path, lang, width, wide)
				}
			}
		}
	}
}

// tooWide names the elements that reach beyond the page's edge, "" when the
// page does not scroll sideways.
const tooWide = `(() => {
	const root = document.scrollingElement;
	if (root.scrollWidth <= root.clientWidth) return "";
	const over = [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > root.clientWidth + 0.5 && e.checkVisibility());
	return root.scrollWidth + " > " + root.clientWidth + ": " + over.slice(-5).map(e => e.tagName + "." + e.className + "#" + e.id).join(", ");
})()`
