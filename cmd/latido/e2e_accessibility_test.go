package main_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// axNode is an element as assistive technology gets it.
type axNode struct{ role, name string }

// axTree returns what a screen reader can reach on the page.
func (p *tab) axTree() (all []axNode) {
	p.Helper()
	tree, err := chromedp.Call(p.ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	if err != nil {
		p.Fatal(err)
	}
	text := func(v *accessibility.Value) string {
		if v == nil {
			return ""
		}
		return strings.Trim(string(v.Value), `"`)
	}
	for _, n := range tree.Nodes {
		if !n.Ignored {
			all = append(all, axNode{text(n.Role), text(n.Name)})
		}
	}
	return all
}

// named are the roles that say nothing without a name.
var named = []string{"button", "link", "textbox", "spinbutton", "combobox", "checkbox", "searchbox", "menuitem", "switch",
	"meter", "progressbar", "progressIndicator", "image", "img", "region", "navigation", "group", "table", "heading", "columnheader", "rowheader"}

func TestEverythingHasAName(t *testing.T) {
	t.Parallel()
	s := start(t, demo)
	fill(s.client)
	s.client.follow("/sse/events").until("connected") // a row for the table of streams
	for _, lang := range []string{"es", "en"} {
		p := visit(t, s, "/", reads(lang))
		p.expect("404")
		for _, path := range pages {
			p.open(path)
			tree := p.axTree()
			roles := map[string]int{}
			for _, e := range tree {
				roles[e.role]++
				if slices.Contains(named, e.role) && strings.TrimSpace(e.name) == "" {
					t.Errorf("%s in %s: a %s has no name", path, lang, e.role)
				}
			}
			for _, landmark := range []string{"banner", "navigation", "main", "contentinfo", "status"} {
				if roles[landmark] != 1 {
					t.Errorf("%s in %s has %d elements of the role %s, want one", path, lang, roles[landmark], landmark)
				}
			}
			if roles["heading"] == 0 || len(tree) < 20 {
				t.Errorf("%s in %s: the tree has %d elements and %d headings; it was not read whole", path, lang, len(tree), roles["heading"])
			}
			if n := eval[int](p, count("h1")); n != 1 {
				t.Errorf("%s in %s has %d headings of the first level, want one", path, lang, n)
			}
			if ids := eval[[]string](p, duplicateIDs); len(ids) > 0 {
				t.Errorf("%s in %s has ids more than once: %v", path, lang, ids)
			}
		}
	}
}

const duplicateIDs = `Object.entries(Object.groupBy(document.querySelectorAll("[id]"), e => e.id)).filter(([, all]) => all.length > 1).map(([id]) => id)`

func TestEverythingCanBeReachedByKeyboard(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	fill(s.client)
	p := visit(t, s, "/")
	p.wait("the task's link", shown("#task-list a"))
	p.do(chromedp.KeyEvent(kb.Tab))
	if got := eval[string](p, focused); got != "A.skip Saltar al contenido" {
		t.Fatalf("the first stop is %q, want the link to the content", got)
	}
	if !eval[bool](p, "!!"+shown(".skip:focus")+" && document.activeElement.getBoundingClientRect().top >= 0") {
		t.Error("the link to the content is not seen when it has the focus")
	}
	// Everything that can be used is a stop, in the order of the page; each shows
	// where one is.
	eval[bool](p, `window.stops = new Set([document.activeElement]), true`)
	want := eval[int](p, count(`a[href], button, input:not([type=hidden]), select, textarea, [tabindex="0"]`))
	for i := 0; i < want+5; i++ {
		p.do(chromedp.KeyEvent(kb.Tab))
		if eval[bool](p, `document.activeElement === document.body || stops.has(document.activeElement)`) {
			break
		}
		if eval[bool](p, `(e => { stops.add(e); const s = getComputedStyle(e), l = getComputedStyle(e.closest("label") || e);
			return s.outlineStyle === "none" && s.boxShadow === "none" && l.outlineStyle === "none" && l.boxShadow === "none" })(document.activeElement)`) {
			t.Errorf("%s does not show that it has the focus", eval[string](p, focused))
		}
	}
	missed := eval[[]string](p, `[...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, [tabindex="0"]')]
		.filter(e => !stops.has(e) && e.checkVisibility()).map(e => e.tagName + "." + e.className + " " + e.textContent.trim())`)
	if len(missed) > 0 {
		t.Errorf("the keyboard does not reach %q", missed)
	}
}

const focused = `(e => e.tagName + "." + e.className + " " + e.textContent.trim())(document.activeElement)`

func TestFormsBySkipLinkAndKeyboard(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	p := visit(t, s, "/")
	s.client.waitStreams(1)
	p.do(chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Enter))
	p.wait("the content in focus", `document.activeElement.id === "main"`)
	p.do(chromedp.Focus(chromedp.CSS("#notify-title")), chromedp.KeyEvent("Por teclado"+kb.Tab+"m"+kb.Enter))
	p.wait("the notification", row("Por teclado"))
	if got := eval[string](p, "document.activeElement.id"); got != "notify-message" {
		t.Errorf("after sending, the focus is on %q; it should stay in the form", got)
	}
	p.do(chromedp.Focus(chromedp.CSS("#f-info")))
	p.responded("/ui/prefs", chromedp.KeyEvent(" "))
	p.wait("the filter off", "!"+one("#f-info")+".checked")
}

// What arrives must move neither the focus nor the text that is being read.
func TestLiveEventsLeaveTheFocusAlone(t *testing.T) {
	t.Parallel()
	s := start(t, demo)
	p := visit(t, s, "/")
	p.write("#notify-title", "a medio escri")
	top := eval[float64](p, one("#notify-title")+".getBoundingClientRect().top")
	for i := range 3 {
		s.client.notify(fmt.Sprint("Interrupción ", i), "m")
		s.client.log("INFO", fmt.Sprint("interrupción ", i))
	}
	p.heartbeats(1)
	p.wait("the events", row("Interrupción 2")+" && "+logRow("interrupción 2"))
	p.do(chromedp.KeyEvent("bir"))
	if got := eval[string](p, one("#notify-title")+".value"); got != "a medio escribir" {
		t.Errorf("the field holds %q", got)
	}
	if now := eval[float64](p, one("#notify-title")+".getBoundingClientRect().top"); math.Abs(now-top) >= 1 {
		t.Errorf("what arrived moved the field being filled from %v to %v", top, now)
	}
}
