package views

import (
	"fmt"
	"strconv"
	"strings"
)

// htmxConfig is what htmx reads from its <meta>. Streams stay open in the
// background, or the title of a hidden tab would not announce a new
// notification. History is off: pages are documents with addresses of their
// own, and with it on htmx takes over the browser's way back and fetches the
// page again by itself. The indicator style sheet would be one more origin of
// style than the policy of 'self' counts. 4xx and 5xx are not in noSwap, which
// would override everything and hide the results of forms; the stream element
// refuses them itself.
const htmxConfig = `{"history":false,"includeIndicatorCSS":false,"morphIgnore":["data-htmx-powered","open"],` +
	`"sse":{"pauseOnBackground":false,"reconnectMaxDelay":5000,"connectTimeout":10000}}`

// orDefault is the language itself, or Spanish for one that is not known.
func (l Lang) orDefault() Lang {
	if l == English {
		return English
	}
	return Spanish
}

// theme is the value of data-theme; "auto" leaves the choice to the system.
func (p Page) theme() string {
	switch p.Theme {
	case "light", "dark":
		return p.Theme
	}
	return "auto"
}

func documentTitle(title string) string { return label(title) + " · Latido" }

type navItem struct{ path, name string }

// navigation is the help alone on the login page: everything else would lead back
// there.
func (p Page) navigation() []navItem {
	m := p.Lang.texts()
	help := navItem{HelpPath, m.Shell.Help}
	if p.Path == LoginPath {
		return []navItem{help}
	}
	items := []navItem{{"/", m.Shell.Dashboard}, {"/notifications", m.Shell.Notifications}, {"/monitoring", m.Shell.Monitoring}}
	if p.Manages {
		items = append(items, navItem{"/access", m.Access.Title})
	}
	return append(items, help)
}

// current says whether a link leads to this page ("page"), or to one that this page
// belongs to ("true"); "" otherwise.
func (p Page) current(path string) string {
	switch {
	case p.Path == path:
		return "page"
	case path != "/" && strings.HasPrefix(p.Path, path+"/"):
		return "true"
	}
	return ""
}

// An option is one choice of a switch.
type option struct {
	value, mark, name string
	on                bool
}

func (o option) pressed() string { return strconv.FormatBool(o.on) }

func (p Page) languages() []option {
	l := p.Lang.orDefault()
	return []option{
		{"es", "ES", "Español", l == Spanish},
		{"en", "EN", "English", l == English},
	}
}

func (p Page) themes() []option {
	m, theme := p.Lang.texts(), p.theme()
	return []option{
		{"auto", "", m.Shell.ThemeAuto, theme == "auto"},
		{"light", "", m.Shell.ThemeLight, theme == "light"},
		{"dark", "", m.Shell.ThemeDark, theme == "dark"},
	}
}

// user is the user whose notifications are shown, 1 when the page has none.
func (p Page) user() string {
	return strconv.FormatInt(max(p.User, 1), 10)
}

func (p Page) base() string {
	if p.BaseURL == "" {
		return "http://127.0.0.1:8080"
	}
	return text(strings.TrimSuffix(p.BaseURL, "/"))
}

// The lines below are for people to copy into a shell. --json needs curl 7.82.

func (p Page) curlNotify() string {
	m := p.Lang.texts()
	return fmt.Sprintf(`curl -d title='%s' -d message='%s' %s/sse/notify/%s`, m.Examples.Title, m.Examples.Message, p.base(), p.user())
}

func (p Page) curlPrice() string {
	return fmt.Sprintf(`curl --json '{"symbol":"BTC/USD","price":64210.5,"change":120.5,"change_percent":0.19,"volume":1200}' '%s/sse/broadcast/trading?event=price_update'`, p.base())
}

func (p Page) curlLog() string {
	m := p.Lang.texts()
	return fmt.Sprintf(`curl --json '{"level":"INFO","service":"backup","message":"%s"}' '%s/sse/broadcast/logs?event=log_entry'`, m.Examples.LogMessage, p.base())
}

func (p Page) curlTask() string {
	m := p.Lang.texts()
	return fmt.Sprintf(`curl -d task_id=backup -d progress=40 -d status=running -d message='%s' %s/sse/task-update`, m.Examples.TaskMessage, p.base())
}
