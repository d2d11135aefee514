package main_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// tab is a page in a browser context of its own, as a new visitor would have.
// Everything that goes wrong in it fails the test: warnings and errors on the
// console, exceptions, violations of the content security policy, dialogs.
type tab struct {
	testing.TB
	ctx   context.Context
	base  string
	leave func() // closes the tab, which the test's end does otherwise

	mu     sync.Mutex
	faults []string
	allow  []string // parts of messages that are no fault in this test
	asked  []string // paths of all requests so far
}

// reportViolations makes each violation of the policy an error of the console,
// also those that the browser itself does not report.
const reportViolations = `document.addEventListener("securitypolicyviolation",
	e => console.error("CSP", e.violatedDirective, e.blockedURI, e.sourceFile, e.lineNumber))`

// visit opens a page of the server, as somebody who reads Spanish. prepare runs
// before the page is loaded.
func visit(t testing.TB, s *server, path string, prepare ...chromedp.Action[chromedp.Void]) *tab {
	t.Helper()
	browser, err := chromium()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	p := &tab{TB: t, ctx: ctx, base: s.url}
	p.leave = sync.OnceFunc(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			t.Errorf("close the tab: %v", err)
		}
		cancel()
		p.report()
	})
	t.Cleanup(p.leave)
	// The first action starts the tab and must not carry a deadline: the tab
	// would live no longer.
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Listen(ctx, p.watch); err != nil {
		t.Fatal(err)
	}
	p.do(reads("es"), command(page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: reportViolations}))
	p.do(prepare...)
	p.open(path)
	return p
}

// command is a command of the browser's protocol as an action.
func command[P, R any](c cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, c, params)
		return err
	})
}

// reads sets what the browser says its user reads.
func reads(acceptLanguage string) chromedp.Action[chromedp.Void] {
	return command(network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{
		Headers: network.Headers{"Accept-Language": acceptLanguage}})
}

// watch notes what is wrong. It runs on the browser's event loop and must not
// wait for it.
func (p *tab) watch(ev any) {
	var fault string
	switch ev := ev.(type) {
	case *network.EventResponseReceived:
		p.mu.Lock()
		defer p.mu.Unlock()
		p.asked = append(p.asked, strings.TrimPrefix(ev.Response.URL, p.base))
	case *runtime.EventConsoleAPICalled:
		switch ev.Type {
		case "warning", "error", "assert":
			for _, a := range ev.Args {
				fault += " " + string(a.Value) + a.Description
			}
			fault = fmt.Sprintf("console.%s:%s", ev.Type, fault)
		}
	case *runtime.EventExceptionThrown:
		fault = "exception: " + ev.ExceptionDetails.Text
		if ev.ExceptionDetails.Exception != nil {
			fault += " " + ev.ExceptionDetails.Exception.Description
		}
	case *log.EventEntryAdded:
		if ev.Entry.Level == "warning" || ev.Entry.Level == "error" {
			fault = fmt.Sprintf("%s of %s: %s (%s)", ev.Entry.Level, ev.Entry.Source, ev.Entry.Text, ev.Entry.URL)
		}
	case *page.EventJavascriptDialogOpening:
		fault = "dialog: " + ev.Message
	}
	if fault == "" {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = append(p.faults, fault)
}

// requests is how often the page has had a response for a path so far.
func (p *tab) requests(path string) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, asked := range p.asked {
		if strings.HasPrefix(asked, path) {
			n++
		}
	}
	return n
}

// expect says that a message with this part is no fault from here on.
func (p *tab) expect(part string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.allow = append(p.allow, part)
}

// faulty tells whether a fault with this part has been seen.
func (p *tab) faulty(part string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.ContainsFunc(p.faults, func(f string) bool { return strings.Contains(f, part) })
}

// report fails the test for each fault that was not expected.
func (p *tab) report() {
	p.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, fault := range p.faults {
		if !slices.ContainsFunc(p.allow, func(part string) bool { return strings.Contains(fault, part) }) {
			p.Errorf("the browser reports %s", fault)
		}
	}
	p.faults = nil
}

// do runs actions one after the other.
func (p *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	for i, a := range actions {
		if err := chromedp.Do(ctx, a); err != nil {
			p.Fatalf("action %d in the browser: %v", i+1, err)
		}
	}
}

func (p *tab) open(path string) { p.Helper(); p.do(chromedp.Navigate(p.base + path)) }
func (p *tab) reload()          { p.Helper(); p.do(chromedp.Reload()) }

func click(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible)
}

// click clicks with the mouse, where the element is visible.
func (p *tab) click(selector string) {
	p.Helper()
	p.do(click(selector))
}

// write replaces what stands in a field, by keyboard.
func (p *tab) write(selector, text string) {
	p.Helper()
	p.click(selector)
	eval[bool](p, one(selector)+".select() || true")
	p.do(chromedp.KeyEvent(text))
}

// responded does something and waits until the server has responded to the request
// to path that comes of it.
func (p *tab) responded(path string, action chromedp.Action[chromedp.Void]) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	is := func(e network.EventResponseReceived) bool {
		return strings.HasPrefix(strings.TrimPrefix(e.Response.URL, p.base), path)
	}
	if _, err := chromedp.Run(ctx, chromedp.WaitEvent(network.ResponseReceived, is, action)); err != nil {
		p.Fatalf("no response to %s: %v", path, err)
	}
}

// eval returns the value of an expression on the page.
func eval[T any](p *tab, expression string) T {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		p.Fatalf("%s: %v", expression, err)
	}
	return v
}

// wait waits until an expression is true on the page, across reloads too, and
// returns how long that took.
func (p *tab) wait(what, expression string) time.Duration {
	p.Helper()
	return p.waitFor(patience, what, expression)
}

func (p *tab) waitFor(most time.Duration, what, expression string) time.Duration {
	p.Helper()
	begun := time.Now()
	ctx, cancel := context.WithTimeout(p.ctx, most)
	defer cancel()
	again := time.NewTicker(100 * time.Millisecond) // each question costs the browser
	defer again.Stop()
	var last error
	for {
		// An error is a page that is just being replaced, or an element that is
		// not there yet.
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+expression+")"))
		if err == nil && ok {
			return time.Since(begun)
		}
		if ctx.Err() == nil {
			last = err
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			p.Fatalf("not within %v: %s\n%s\n%v", most, what, expression, last)
		}
	}
}

// same marks the document, so that unchanged can tell whether it was loaded
// again since.
func (p *tab) same() { p.Helper(); eval[bool](p, "window.latidoTest = true") }

func (p *tab) unchanged() {
	p.Helper()
	if !eval[bool](p, "window.latidoTest === true") {
		p.Error("the page was loaded again; it should have changed by itself")
	}
}

// send sends the browser a command from beside the test; a tab that is closing
// is no fault.
func send[P, R any](p *tab, c cdp.Command[P, R], params P) {
	if _, err := chromedp.Call(p.ctx, c, params); err != nil && p.ctx.Err() == nil {
		p.Errorf("%s: %v", c.Method, err)
	}
}
