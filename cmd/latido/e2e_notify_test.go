package main_test

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// hostile is text that means something in HTML, JavaScript, templates and event
// streams, and must mean nothing here. It is as long as fits on one line.
const hostile = "<script>alert(1)</script><img src=x onerror=alert(2)> \"two\" 'one' & &amp; </li>\ndata: {\"e\":1}\n\nid: 7 {{.}} ${1} \u2028 \u202ea"

// row is the expression of the notification with a title.
func row(title string) string {
	return `[...document.querySelectorAll("#notif-list > li, #inbox-list > li")].find(e => e.querySelector(".note-title").textContent === ` + quote(title) + `)`
}

func TestPostedNotificationIsOnThePage(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	p := visit(t, s, "/")
	p.wait("an open stream", has("#streams-body", "En marcha"))
	s.client.waitStreams(1)
	p.same()

	posted := time.Now()
	s.client.post("/sse/notify/1", fields{"title": "Copia lista", "message": "3 archivos", "level": "success", "action_url": "/monitoring?a=1&b=2"})
	p.wait("the notification", row("Copia lista"))
	if took := time.Since(posted); took > time.Second && !raced {
		t.Errorf("from POST to DOM took %v; a second is promised", took)
	} else {
		t.Logf("from POST to DOM: %v", took)
	}
	got := eval[map[string]string](p, `(e => ({
		level: e.dataset.l, word: e.querySelector(".lv").textContent.trim(), message: e.querySelector(".msg").textContent,
		link: e.querySelector(".note-link a").getAttribute("href"), day: e.querySelector("time").dateTime.slice(0, 4),
		status: document.querySelector("#status").textContent.trim(), title: document.title }))(`+row("Copia lista")+`)`)
	for name, want := range map[string]string{
		"level": "success", "word": "Correcto", "message": "3 archivos", "link": "/monitoring?a=1&b=2", "day": time.Now().Format("2006"),
		"status": "Notificación nueva (Correcto): Copia lista", "title": "● Notificación nueva · Latido",
	} {
		if got[name] != want {
			t.Errorf("%s of the notification is %q, want %q", name, got[name], want)
		}
	}
	p.unchanged()
	p.click("#notif-list .note-link a")
	p.wait("the page the link leads to", `location.pathname + location.search === "/monitoring?a=1&b=2" && document.readyState === "complete"`)
}

func TestNotificationForSomebodyElseIsNotShown(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	p := visit(t, s, "/")
	s.client.waitStreams(1)
	s.client.post("/sse/notify/2", fields{"title": "Para dos", "message": "m"})
	s.client.notify("Para uno", "m")
	p.wait("the notification of user 1", row("Para uno"))
	if eval[bool](p, "!!"+row("Para dos")) {
		t.Error("user 1 sees what was sent to user 2")
	}
	p.write("#user-user", "2")
	p.click("#card-notifications form.inline button")
	p.wait("the notifications of user 2", row("Para dos")+" && !"+row("Para uno"))
	p.reload()
	p.wait("the choice remembered", row("Para dos"))
}

func TestNotifyForm(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	p := visit(t, s, "/")
	s.client.waitStreams(1)
	p.same()
	p.write("#notify-title", `Ñandú "rápido" <b>&amp;`)
	p.write("#notify-message", "desde el formulario")
	p.write("#notify-action_url", "https://example.org/x?a=1&b='2'")
	p.do(chromedp.SetValue(chromedp.CSS("#notify-level"), "warning"))
	p.click(`form[data-form=notify] button[type=submit]`)
	p.wait("the notification", row(`Ñandú "rápido" <b>&amp;`)+`.dataset.l === "warning"`)
	p.wait("the result in the form", shown("#result-notify .result[data-ok=true]"))
	if got := eval[string](p, row(`Ñandú "rápido" <b>&amp;`)+`.querySelector("a").href`); got != "https://example.org/x?a=1&b=%272%27" && got != "https://example.org/x?a=1&b='2'" {
		t.Errorf("the link leads to %q", got)
	}
	p.unchanged()
}

func TestNotifyFormSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	p := visit(t, s, "/")
	s.client.waitStreams(1)
	p.expect("422")
	p.write("#notify-title", "Con un mal enlace")
	p.write("#notify-message", "m")
	p.write("#notify-action_url", "javascript:alert(1)")
	p.click(`form[data-form=notify] button[type=submit]`)
	p.wait("the error in the form", shown("#result-notify .result[data-ok=false]")+" && "+has("#result-notify", "Debe empezar por http://"))
	s.client.notify("Después", "m")
	p.wait("a later notification", row("Después"))
	if n := eval[int](p, count("#notif-list > li")); n != 1 {
		t.Errorf("the page shows %d notifications, want the later one only", n)
	}
}

func TestTestNotificationButton(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	p := visit(t, s, "/notifications")
	s.client.waitStreams(1)
	p.click(`form[data-form=notifytest] button`)
	p.wait("the test notification", row("Notificación de prueba")+`.dataset.l === "success"`)
	p.wait("the result in the form", shown("#result-notifytest .result[data-ok=true]"))
}

func TestHostileTextIsInert(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	// Once as it arrives, and once as it is rendered with the page.
	p := visit(t, s, "/")
	s.client.waitStreams(1)
	s.client.post("/sse/notify/1", fields{"title": hostile, "message": hostile, "level": "error"})
	s.client.log("ERROR", hostile)
	s.client.post("/sse/task-update", fields{"task_id": hostile, "progress": 40, "status": hostile, "message": hostile})
	s.client.post("/sse/broadcast/trading?event=price_update", fields{"symbol": hostile, "price": 1})
	for _, when := range []string{"arriving", "rendered"} {
		for selector, where := range map[string]string{
			"#notif-list .note-title": "the notification's title", "#notif-list .msg": "the notification's message",
			"#log-list .msg": "the log entry", "#task-list .msg": "the task's message", "#task-list .task-name": "the task's name",
			"#task-list .task-status": "the task's status", "#trading-rows th bdi": "the symbol",
		} {
			p.wait(where+", literally, "+when, "[..."+`document.querySelectorAll(`+quote(selector)+`)].some(e => e.textContent === `+quote(hostile)+`)`)
		}
		if n := eval[int](p, count("main script, main img")); n != 0 {
			t.Errorf("%s, hostile text became %d elements", when, n)
		}
		p.reload()
	}
}

func TestClearedNotificationsStayCleared(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	s.client.notify("Vieja", "m")
	p := visit(t, s, "/")
	p.wait("the notification", row("Vieja"))
	s.client.waitStreams(1)
	p.click(`#card-notifications form[data-form=clear] button`)
	p.wait("an empty list", count("#notif-list > li")+" === 0 && "+shown("#card-notifications .empty"))
	s.client.notify("Nueva", "m")
	p.wait("a new notification", row("Nueva"))
	for _, path := range []string{"/", "/notifications"} {
		p.open(path)
		p.wait("the new notification on "+path, row("Nueva"))
		if eval[bool](p, "!!"+row("Vieja")) {
			t.Errorf("%s shows what was cleared", path)
		}
	}
}
