package main_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
)

// task is the expression of a task's row by its name.
func task(name string) string {
	return `[...document.querySelectorAll("#task-list > li")].find(e => e.querySelector(".task-name").textContent === ` + quote(name) + `)`
}

func TestTaskUpdateMovesItsBar(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	p := visit(t, s, "/")
	s.client.waitStreams(1)
	p.same()
	for _, at := range []struct {
		progress int
		status   string
		state    string
		word     string
	}{{15, "copiando", "running", "En curso"}, {60, "copiando", "running", "En curso"}, {100, "completed", "completed", "Terminada"}} {
		s.client.post("/sse/task-update", fields{"task_id": "copia nocturna", "progress": at.progress, "status": at.status, "message": "m"})
		p.wait(fmt.Sprintf("%d %%", at.progress), fmt.Sprintf(`(e => e && e.dataset.s === %q && e.querySelector("progress").value === %d
			&& e.querySelector("progress").checkVisibility() && e.querySelector(".task-head").textContent.includes(%q))(%s)`,
			at.state, at.progress, at.word, task("copia nocturna")))
	}
	if n := eval[int](p, count("#task-list > li")); n != 1 {
		t.Errorf("three updates of one task made %d rows", n)
	}
	p.unchanged()
}

func TestExportFromThePage(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	const channel = "ventas/2026 ñ"
	path := "/sse/broadcast/" + "ventas%2F2026%20%C3%B1"
	for i := range 30 {
		s.client.post(path, fields{"n": i, "text": hostile})
	}
	p := visit(t, s, "/")
	s.client.waitStreams(1)
	steps := s.client.follow("/sse/events?channel=tasks")
	p.same()
	p.write("#export-channel", channel)
	p.click("form[data-form=export] button")
	p.wait("the result in the form", shown("#result-export .result[data-ok=true]"))
	for _, step := range []string{`"task_started"`, `"task_progress"`, `"task_completed"`} {
		steps.until(step)
	}
	p.wait("a finished task with its link", one("#task-list > li")+`.dataset.s === "completed" && `+shown("#task-list .task-do a"))
	p.unchanged()

	href := eval[string](p, one("#task-list .task-do a")+`.getAttribute("href")`)
	status, text := s.client.ask(http.MethodGet, href, nil)
	if status != http.StatusOK {
		t.Fatalf("the download: %d: %s", status, text)
	}
	checkExport(t, text, channel, s.client.history(channel, ""))
	if got := p.download("#task-list .task-do a"); got != text {
		t.Errorf("the browser saved %d bytes, the server gives %d", len(got), len(text))
	}
	p.unchanged()
}

// checkExport compares an export with what history gives for the channel.
func checkExport(t *testing.T, text, channel string, want []historic) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) != len(want) || len(want) != 30 {
		t.Fatalf("the export has %d lines, history %d events, 30 were sent", len(lines), len(want))
	}
	for i, line := range lines {
		var got struct {
			historic
			Channel string `json:"channel"`
		}
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatalf("line %d is not JSON: %v", i+1, err)
		}
		if got.ID != want[i].ID || got.Event != want[i].Event || string(got.Data) != string(want[i].Data) || !got.Time.Equal(want[i].Time) || got.Channel != channel {
			t.Errorf("line %d is %s\nhistory has %+v", i+1, line, want[i])
		}
	}
}

// download clicks on a link and returns the content of the file it saves.
func (p *tab) download(selector string) string {
	p.Helper()
	dir := p.TempDir()
	id := chromedp.FromContext(p.ctx).BrowserContextID
	yes := true
	if _, err := chromedp.CallBrowser(p.ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior: browser.SetDownloadBehaviorBehaviorAllowAndName, BrowserContextID: id, DownloadPath: dir, EventsEnabled: &yes,
	}); err != nil {
		p.Fatal(err)
	}
	done := make(chan string, 1)
	if err := chromedp.ListenBrowser(p.ctx, func(ev any) {
		if e, ok := ev.(*browser.EventDownloadProgress); ok && e.State != browser.DownloadProgressStateInProgress {
			select {
			case done <- e.GUID:
			default:
			}
		}
	}); err != nil {
		p.Fatal(err)
	}
	p.click(selector)
	content, err := os.ReadFile(filepath.Join(dir, receive(p, "the download", done)))
	if err != nil {
		p.Fatal(err)
	}
	return string(content)
}

func TestExportOfABadChannelSaysSo(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	p := visit(t, s, "/")
	p.expect("422")
	p.write("#export-channel", "a*b")
	p.click("form[data-form=export] button")
	p.wait("the error in the form", shown("#result-export .result[data-ok=false]")+" && "+has("#result-export", "de 1 a 128 bytes"))
	if n := eval[int](p, count("#task-list > li")); n != 0 {
		t.Errorf("a refused export made %d tasks", n)
	}
}

func TestExportIsCancelledFromThePage(t *testing.T) {
	t.Parallel()
	s := start(t, setup{args: []string{"--max-body", "1000000"}})
	// Large enough that the click is not too late; the race detector
	// makes it slower, and filling it too.
	events := 24
	if raced {
		events = 6
	}
	for range events {
		s.client.post("/sse/broadcast/grande", fields{"text": strings.Repeat("0123456789", 99_000)})
	}
	p := visit(t, s, "/")
	s.client.waitStreams(1)
	steps := s.client.follow("/sse/events?channel=tasks")
	p.write("#export-channel", "grande")
	// The button comes and goes within a moment: the page itself must press it.
	eval[bool](p, `(() => { const o = new MutationObserver(() => {
		const b = document.querySelector("#task-list form[data-form=cancel] button");
		if (b) { o.disconnect(); b.click() } }); o.observe(document.querySelector("#task-list"), {childList: true, subtree: true}); return true })()`)
	p.click("form[data-form=export] button")
	if got := steps.until(`"task_failed"`); !strings.Contains(got, `"error":"cancelled"`) {
		t.Errorf("the cancelled task failed with %s", got)
	}
	p.wait("the task's end", one("#task-list > li")+`.dataset.s === "cancelled" && !`+one("#task-list form, #task-list .task-do a"))
	p.wait("the result", shown("#result-cancel .result[data-ok=true]"))
	if left, err := filepath.Glob(filepath.Join(s.dir, "exports", "*")); err != nil || len(left) > 0 {
		t.Errorf("the cancelled export left %v, %v", left, err)
	}
}

func TestCancelOfAnUnknownTask(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	if status, text := s.client.ask(http.MethodPost, "/tasks/task_unknown/cancel", nil); status != http.StatusNotFound {
		t.Errorf("cancelling an unknown task returned %d: %s", status, text)
	}
}
