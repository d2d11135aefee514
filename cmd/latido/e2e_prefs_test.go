package main_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestLanguageSwitchIsRemembered(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	p := visit(t, s, "/monitoring")
	p.wait("Spanish", `document.documentElement.lang === "es" && document.title === "Monitor · Latido"`)
	if got := eval[string](p, textOf("#h-machine")); got != "Máquina" {
		t.Errorf("the card is called %q in Spanish", got)
	}
	p.click(`button[name=lang][value=en]`)
	p.wait("English, on the same page", `document.documentElement.lang === "en" && location.pathname === "/monitoring" && `+has("#h-machine", "Machine"))
	p.reload()
	p.wait("English after a reload", `document.documentElement.lang === "en"`)
	p.open("/")
	p.wait("English on another page, and what comes live", `document.documentElement.lang === "en" && `+has("#streams-body", "Running"))
	s.client.waitStreams(1)
	s.client.post("/sse/notify/1", fields{"title": "a", "message": "b", "level": "success"})
	p.wait("a live row in English", has("#notif-list .lv", "Success"))
	p.click(`button[name=lang][value=es]`)
	p.wait("Spanish again", `document.documentElement.lang === "es" && `+has("#notif-list .lv", "Correcto"))
}

func TestThemeSwitchIsRemembered(t *testing.T) {
	t.Parallel()
	p := visit(t, start(t, setup{}), "/notifications")
	p.wait("the system's theme", `document.documentElement.dataset.theme === "auto"`)
	const background = `getComputedStyle(document.body).backgroundColor`
	colours := map[string]string{}
	for _, theme := range []string{"dark", "light"} {
		p.click(`button[name=theme][value=` + theme + `]`)
		is := `document.documentElement.dataset.theme === "` + theme + `" && location.pathname === "/notifications" && document.readyState === "complete"`
		p.wait(theme, is+` && document.querySelector("button[name=theme][value=`+theme+`]").getAttribute("aria-pressed") === "true"`)
		p.reload()
		p.wait(theme+" after a reload", is)
		colours[theme] = eval[string](p, background)
	}
	if colours["dark"] == colours["light"] {
		t.Errorf("both themes have the background %s", colours["dark"])
	}
	p.click(`button[name=theme][value=auto]`)
	p.wait("the system's theme again", `document.documentElement.dataset.theme === "auto" && document.readyState === "complete"`)
	for _, theme := range []string{"dark", "light"} {
		p.do(prefersColours(theme))
		p.wait("the colours of "+theme, background+" === "+quote(colours[theme]))
	}
}

func TestBrowserDecidesTheFirstLanguage(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	for accept, want := range map[string]string{
		"en-GB,en;q=0.9": "en", "es-MX": "es", "fr-FR,fr;q=0.9": "es", "fr, en;q=0.5": "en", "de, es;q=0.4, en;q=0.2": "es",
	} {
		if _, page := s.client.ask(http.MethodGet, "/", nil, "Accept", "text/html", "Accept-Language", accept); !strings.Contains(page, `<html lang="`+want+`"`) {
			t.Errorf("a browser that prefers %q does not get a page in %q", accept, want)
		}
	}
}
