package main_test

import (
	"testing"
)

// Every test fails on what its tab writes to the console. This one sees to it
// that no page and no form is left out, and that live pages stay quiet.
func TestConsoleStaysSilentOnEveryPageAndForm(t *testing.T) {
	t.Parallel()
	s := start(t, demo)
	fill(s.client)
	p := visit(t, s, "/")
	p.expect("404") // the browser's own line about the error page
	for _, path := range pages {
		p.open(path)
		if path != pages[len(pages)-1] {
			p.heartbeats(1)
		}
	}
	p.open("/")
	p.wait("an open stream", has("#streams-body", "En marcha"))
	p.write("#broadcast-message", "m")
	p.click("form[data-form=broadcast] button")
	p.wait("the result", one("#result-broadcast .result"))
	p.write("#notify-title", "Formulario")
	p.write("#notify-message", "m")
	p.click("form[data-form=notify] button")
	p.wait("the result and the row", one("#result-notify .result")+" && "+row("Formulario"))
	p.click("form[data-form=notifytest] button")
	p.wait("the result", one("#result-notifytest .result"))
	p.click("form[data-form=export] button")
	p.wait("the result", one("#result-export .result"))
	p.tick("debug")
	p.responded("/ui/clear", click("#card-logs form[data-form=clear] button"))
	p.responded("/ui/clear", click("#card-notifications form[data-form=clear] button"))
	p.responded("/ui/stats", click("#card-stats form button"))
	for _, action := range []string{"disconnect", "connect", "reconnect"} {
		p.responded("/ui/connection", click("form[data-form=connection] button[value="+action+"]"))
	}
	p.wait("a live page", alive)
	p.submit("#card-notifications .more a")
	p.submit(`button[name=theme][value=dark]`)
	p.submit(`button[name=lang][value=en]`)
	p.wait("the inbox in English, in dark", `location.pathname === "/notifications" && document.documentElement.lang === "en" && document.documentElement.dataset.theme === "dark"`)
	p.heartbeats(1)
}

// heartbeats waits for n heartbeats of the page.
func (p *tab) heartbeats(n int) {
	p.Helper()
	for range n {
		now := eval[string](p, one("#hb time")+".dateTime")
		p.wait("the next heartbeat", one("#hb time")+".dateTime !== "+quote(now))
	}
}

// The watch itself must see what it is there for.
func TestTabSeesWhatGoesWrong(t *testing.T) {
	t.Parallel()
	p := visit(t, start(t, setup{}), "/monitoring")
	wrong := map[string]string{
		"console.error":   `console.error("deliberate")`,
		"console.warning": `console.warn("deliberate")`,
		"exception":       `setTimeout(() => { throw new Error("deliberate") })`,
		"rejection":       `Promise.reject(new Error("deliberate rejection"))`,
		"CSP":             `document.body.setAttribute("style", "color: red")`,
		"404":             `fetch("/no/such/page")`,
	}
	for _, code := range wrong {
		eval[bool](p, "("+code+", true)")
	}
	for name := range wrong {
		if name == "rejection" {
			name = "deliberate rejection"
		}
		eventually(t, "a report of "+name, func() bool { return p.faulty(name) })
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = nil
}

// The page loads nothing but what the policy names, and the policy is strict.
func TestPolicyOnEveryPage(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	for _, path := range pages {
		r, err := s.client.http.Get(s.url + path)
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
			"X-Content-Type-Options":  "nosniff",
			"Referrer-Policy":         "same-origin",
		} {
			if got := r.Header.Get(name); got != want {
				t.Errorf("%s of %s is %q, want %q", name, path, got, want)
			}
		}
	}
	p := visit(t, s, "/")
	scripts := eval[[]string](p, `[...document.scripts].map(e => new URL(e.src).pathname.replace(/\.[0-9a-f]+\./, "."))`)
	if len(scripts) != 2 || scripts[0] != "/assets/htmx.js" || scripts[1] != "/assets/hx-sse.js" {
		t.Errorf("the page loads the scripts %v; htmx and hx-sse are all it may", scripts)
	}
}
