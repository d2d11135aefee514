package main_test

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

var withoutScripts = command(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})

// submit clicks on what sends a form and waits for the page that follows.
func (p *tab) submit(selector string) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.WaitEvent(page.LoadEventFired, nil, click(selector))); err != nil {
		p.Fatalf("no page followed %s: %v", selector, err)
	}
}

func TestEverythingWorksWithoutScripts(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	s.client.notify("Una", "m")
	s.client.log("INFO", "una línea")
	listener := s.client.follow("/sse/events?channel=general&channel=tasks&user_id=1")
	p := visit(t, s, "/", withoutScripts)
	if s.client.streams() != 1 {
		t.Error("a page without scripts has a stream open: scripts are not off, and this test proves nothing")
	}
	p.wait("the state of the moment", row("Una")+" && "+logShown("una línea"))
	if n := eval[int](p, count(`noscript meta[http-equiv=refresh][content="30"]`)); n != 1 {
		t.Error("the page does not refresh itself")
	}

	// Forms that publish respond with a page with a way back.
	for _, f := range []struct{ form, event string }{
		{"broadcast", `"broadcast"`}, {"notify", `"Título"`}, {"notifytest", "Notificación de prueba"}, {"export", `"task_completed"`},
	} {
		if f.form == "broadcast" || f.form == "notify" {
			p.do(chromedp.SendKeys(chromedp.CSS("#"+f.form+"-message"), "m"))
		}
		if f.form == "notify" {
			p.do(chromedp.SendKeys(chromedp.CSS("#notify-title"), "Título"))
		}
		p.submit("form[data-form=" + f.form + "] button[type=submit]")
		p.wait("a page that says it is done, after "+f.form, shown(".notice .result[data-ok=true]"))
		listener.until(f.event)
		p.submit(".notice a.button")
		p.wait("the way back to the dashboard", `location.pathname === "/" && `+one("#log-list"))
	}
	p.wait("the new notification on top", row("Título"))

	// Forms that change the page go back to it.
	p.submit("#card-logs form[data-form=clear] button")
	p.wait("an empty log", `location.pathname === "/" && !`+logRow("una línea"))
	p.submit("#card-notifications form[data-form=clear] button")
	p.wait("an empty list", count("#notif-list > li")+" === 0")
	s.client.log("INFO", "otra línea")
	p.click("label:has(> #f-info)")
	p.submit("form.filters button")
	p.wait("the filter on", `!document.querySelector("#f-info").checked && !`+logShown("otra línea"))
	p.open("/monitoring")
	p.submit("button[name=lang][value=en]")
	p.submit("button[name=theme][value=dark]")
	p.wait("language and theme, on the same page", `location.pathname === "/monitoring" && document.documentElement.lang === "en" && document.documentElement.dataset.theme === "dark"`)
}

func TestBadInputWithoutScripts(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	p := visit(t, s, "/", withoutScripts)
	p.expect("422")
	p.do(chromedp.SendKeys(chromedp.CSS("#broadcast-channel"), "*"), chromedp.SendKeys(chromedp.CSS("#broadcast-message"), "m"))
	p.submit("form[data-form=broadcast] button[type=submit]")
	p.wait("a page that says what is wrong", shown(".notice .result[data-ok=false]")+" && "+has(".notice li", "Canal"))
	if got := eval[string](p, "document.title"); !strings.Contains(got, "Resultado") {
		t.Errorf("the page is called %q", got)
	}
}

// Without scripts silence means nothing: the page must not call itself stale.
func TestPageWithoutScriptsIsNotStale(t *testing.T) {
	t.Parallel()
	p := visit(t, start(t, setup{}), "/", withoutScripts)
	if waiting := eval[[]string](p, `document.getAnimations({subtree: true}).filter(a => a.effect.getComputedTiming().delay >= 10000)
		.map(a => a.effect.target.className + " " + matchMedia("(scripting: none)").matches)`); len(waiting) > 0 {
		t.Errorf("animations wait to call the page stale: %q", waiting)
	}
	p.wait("words about the refresh", has(".foot", "Sin JavaScript"))
}
