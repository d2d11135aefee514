package main_test

import (
	"bytes"
	"context"
	"fmt"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// A shot is one picture of a page.
type shot struct {
	page, state, lang, theme string
	width                    int64
}

func (s shot) file() string {
	return fmt.Sprintf("%s-%s-%s-%s-%d.png", s.page, s.state, s.lang, s.theme, s.width)
}

var shotPages = map[string]string{"dashboard": "/", "inbox": "/notifications", "monitoring": "/monitoring", "error": "/no/such/page"}

// everyShot is every page in every width, theme and language.
func everyShot(state string) (all []shot) {
	for name := range shotPages {
		for _, lang := range []string{"es", "en"} {
			for _, theme := range []string{"light", "dark"} {
				for _, width := range []int64{360, 1280, 1920} {
					all = append(all, shot{name, state, lang, theme, width})
				}
			}
		}
	}
	return all
}

// TestPictures saves pictures for people to look at:
//
//	go test ./cmd/latido -run TestPictures -shots DIR
//
// Without the flag it takes one, to see that it still can.
func TestPictures(t *testing.T) {
	t.Parallel()
	s := start(t, demo)
	if *shots == "" {
		raw := picture(t, s, shot{"inbox", "empty", "es", "light", 360})
		if got, err := png.DecodeConfig(bytes.NewReader(raw)); err != nil || got.Width != 360 || got.Height < 300 {
			t.Errorf("the picture is %d × %d, %v", got.Width, got.Height, err)
		}
		return
	}
	if err := os.MkdirAll(*shots, 0o755); err != nil {
		t.Fatal(err)
	}
	empty := start(t, setup{})
	for _, one := range everyShot("empty") {
		save(t, one, picture(t, empty, one))
	}
	furnish(s.client)
	for _, one := range everyShot("full") {
		save(t, one, picture(t, s, one))
	}
	strained := start(t, demo)
	fill(strained.client)
	for _, width := range []int64{360, 1280, 1920} {
		for page := range shotPages {
			one := shot{page, "strained", "es", "light", width}
			save(t, one, picture(t, strained, one))
		}
	}
	shotsOfResults(t, s)
	shotsOfStates(t, s)
}

func save(t *testing.T, one shot, raw []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(*shots, one.file()), raw, 0o644); err != nil {
		t.Fatal(err)
	}
}

func picture(t *testing.T, s *server, one shot) []byte {
	t.Helper()
	p := visitFor(t, s, one)
	defer p.leave()
	return p.shoot(one.width)
}

// visitFor opens the page of a picture.
func visitFor(t *testing.T, s *server, one shot) *tab {
	t.Helper()
	p := visit(t, s, "/healthz", reads(one.lang), prefersColours(one.theme), chromedp.EmulateViewport(one.width, 900))
	p.expect("404")
	p.open(shotPages[one.page])
	p.wait("fonts and styles", `document.fonts.status === "loaded" && document.readyState === "complete"`)
	if one.page != "error" && one.state != "stale" {
		eventually(t, "an open stream", func() bool { return p.requests("/live") > 0 })
	}
	return p
}

// shoot takes the whole page.
func (p *tab) shoot(width int64) []byte {
	p.Helper()
	height := eval[float64](p, "document.documentElement.getBoundingClientRect().height")
	p.do(chromedp.EmulateViewport(width, max(int64(math.Ceil(height)), 640)))
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	raw, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		p.Fatal(err)
	}
	return raw
}

// furnish publishes what a busy but ordinary day leaves behind.
func furnish(c client) {
	c.Helper()
	for i := range 60 {
		x := float64(i)
		c.post("/sse/broadcast/metrics?event=system_metrics", fields{"cpu_percent": 35 + 25*math.Sin(x/6) + 6*math.Sin(x*1.7),
			"memory_percent": 61 + 3*math.Sin(x/15), "memory_used_gb": 9.8, "memory_total_gb": 16, "disk_percent": 83.2, "disk_free_gb": 81.4,
			"timestamp": time.Now().Add(time.Duration(i-60) * 5 * time.Second).UTC().Format(time.RFC3339)})
	}
	for i, n := range []fields{
		{"title": "Copia de seguridad terminada", "message": "12 480 archivos en 3 min 12 s, ninguno con errores.", "level": "success", "action_url": "/monitoring"},
		{"title": "Disco casi lleno en db-2", "message": "Quedan 4,1 GiB. Al ritmo de hoy alcanza para dos días.", "level": "warning", "action_url": "https://example.org/runbooks/disk"},
		{"title": "Despliegue 4.12 en marcha", "message": "Producción, tercera de cinco regiones.", "level": "info"},
		{"title": "Pago rechazado", "message": "El banco no responde desde hace 40 s; se reintenta.", "level": "error", "action_url": "/notifications"},
	} {
		for range 2 - i%2 {
			c.post("/sse/notify/1", n)
		}
	}
	for _, u := range []fields{
		{"task_id": "copia-nocturna", "progress": 100, "status": "completed", "message": "12 480 archivos"},
		{"task_id": "informe-trimestral", "progress": 64, "status": "running", "message": "Calculando septiembre"},
		{"task_id": "importar-clientes", "progress": 22, "status": "failed", "message": "Línea 1042: falta el correo"},
	} {
		c.post("/sse/task-update", u)
	}
	c.post("/tasks/export", fields{"channel": "metrics"})
}

// shotsOfResults takes the results of forms, in the page and as a page.
func shotsOfResults(t *testing.T, s *server) {
	t.Helper()
	for _, width := range []int64{360, 1280} {
		for _, theme := range []string{"light", "dark"} {
			one := shot{"dashboard", "results", "es", theme, width}
			p := visitFor(t, s, one)
			p.expect("422")
			p.write("#broadcast-message", "Hola a todos")
			p.click("form[data-form=broadcast] button")
			p.write("#notify-title", "Con un mal enlace")
			p.write("#notify-message", "m")
			p.write("#notify-action_url", "javascript:alert(1)")
			p.click("form[data-form=notify] button")
			p.wait("both results", "document.querySelector('#result-broadcast .result') && document.querySelector('#result-notify .result')")
			save(t, one, p.shoot(width))
			p.leave()
			for _, channel := range []string{"general", "a*b"} {
				one := shot{"result", map[string]string{"general": "done", "a*b": "refused"}[channel], "es", theme, width}
				p := visitFor(t, s, shot{"dashboard", "", "es", theme, width})
				p.expect("422")
				p.do(withoutScripts)
				p.reload()
				p.do(chromedp.SetValue(chromedp.CSS("#broadcast-channel"), channel), chromedp.SendKeys(chromedp.CSS("#broadcast-message"), "m"))
				p.submit("form[data-form=broadcast] button")
				save(t, one, p.shoot(width))
				p.leave()
			}
		}
	}
}

// shotsOfStates takes pages that were disconnected by their button, and pages that lost
// their server; it kills the server for that.
func shotsOfStates(t *testing.T, s *server) {
	t.Helper()
	open := map[shot]*tab{}
	for name := range shotPages {
		if name == "error" {
			continue
		}
		for _, theme := range []string{"light", "dark"} {
			for _, width := range []int64{360, 1280, 1920} {
				one := shot{name, "stale", "es", theme, width}
				p := visitFor(t, s, one)
				p.expect("ERR_")
				p.expect("htmx:sse:error")
				open[one] = p
			}
		}
	}
	for _, width := range []int64{360, 1280} {
		one := shot{"dashboard", "disconnected", "es", "light", width}
		p := visitFor(t, s, one)
		p.click("form[data-form=connection] button[value=disconnect]")
		p.wait("the state", shown(".hb-off"))
		save(t, one, p.shoot(width))
		p.leave()
	}
	s.kill()
	for one, p := range open {
		p.waitFor(30*time.Second, "a stale page", lost)
		save(t, one, p.shoot(one.width))
		p.leave()
	}
}
