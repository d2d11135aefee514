package main_test

import (
	"net/http"
	"strings"
	"testing"
)

// posts is an expression for the status that a POST from the page gets.
func posts(path string) string {
	return `fetch("` + path + `", {method: "POST", headers: {"Content-Type": "application/json"}, body: '{"n":1}'}).then(r => window.latidoStatus = r.status)`
}

// TestLoginInABrowser: a person who is not logged in comes to the login page; a wrong password
// is named in the form; a viewer sees what happens and cannot send; the logout ends
// the page's stream.
func TestLoginInABrowser(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	manages(t, "setup", "--data", s.dir)
	manages(t, "user", "add", "vera", "--data", s.dir)
	admin := s.client.with("Cookie", s.client.login("admin"))

	p := visit(t, s, "/")
	p.expect("401")
	p.wait("the login page", `location.pathname == "/login" && `+shown("#login-password"))
	p.write("#login-name", "vera")
	p.write("#login-password", "wrong horse battery")
	p.click("form[data-form=login] button[type=submit]")
	p.wait("what was wrong", shown("#result-login .result[data-ok=false]"))
	if eval[string](p, one("#login-name")+".value") != "vera" {
		t.Error("the name is gone from the form")
	}
	p.write("#login-password", password)
	p.click("form[data-form=login] button[type=submit]")
	p.wait("the dashboard of a viewer", `location.pathname == "/" && `+has(".account-name", "vera"))
	admin.log("INFO", "lo ve vera")
	p.wait("what happens", logShown("lo ve vera"))
	for _, form := range []string{"broadcast", "notify", "notifytest", "export"} {
		if eval[int](p, count("form[data-form="+form+"]")) != 0 {
			t.Errorf("the page offers %s to a viewer", form)
		}
	}
	p.expect("403")
	for _, path := range []string{"/sse/broadcast/general", "/ui/broadcast", "/tasks/export"} {
		eval[bool](p, "(window.latidoStatus = 0, "+posts(path)+", true)")
		p.wait("a refusal of "+path, "window.latidoStatus == 403")
	}
	if n := admin.streams(); n != 1 {
		t.Errorf("%d streams are open, want the page's", n)
	}
	p.click("form.account button[type=submit]")
	p.wait("the login page again", `location.pathname == "/login"`)
	admin.waitStreams(0)
	p.open("/")
	p.wait("nothing without a login", `location.pathname == "/login"`)
}

// TestShareLinkInABrowser: a visitor with the URL sees the chosen cards, live, and
// sends nothing; once it is revoked there is nothing at it.
func TestShareLinkInABrowser(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	manages(t, "setup", "--data", s.dir)
	admin := s.client.with("Cookie", s.client.login("admin"))
	says := manages(t, "link", "add", "Pared del taller", "--cards", "logs,tasks", "--url", s.url, "--data", s.dir)
	path := strings.TrimPrefix(secretOf(says), s.url)

	p := visit(t, s, path)
	p.wait("its title", `document.title.includes("Pared del taller")`)
	admin.log("WARNING", "a la pared")
	p.wait("a line of the log", logShown("a la pared"))
	admin.post("/sse/task-update", fields{"task_id": "7", "progress": 40, "status": "running", "message": "Copiando"})
	p.wait("a task", has("#task-list", "Copiando"))
	if n := eval[int](p, count("form, button, nav a, #notif-list, #trading-rows")); n != 0 {
		t.Errorf("the page has %d things to press, or cards that were not chosen", n)
	}
	p.expect("401")
	eval[bool](p, "(window.latidoStatus = 0, "+posts("/sse/broadcast/logs")+", true)")
	p.wait("a refusal to send", "window.latidoStatus == 401")

	id := strings.Fields(strings.Split(manages(t, "link", "list", "--data", s.dir), "\n")[1])[0]
	p.expect("404")
	manages(t, "link", "remove", id, "--data", s.dir)
	p.wait("the notice in place of the cards", `!document.querySelector("#log-list") && document.querySelector(".notice h1")`)
	admin.waitStreams(0)
	if status, _ := s.client.ask(http.MethodGet, path, nil, "Accept", "text/html"); status != http.StatusNotFound {
		t.Errorf("the page of a link that was revoked: %d", status)
	}
}
