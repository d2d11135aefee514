package views

import (
	"context"
	"net/url"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"latido/streams/card"
)

// form gives a form its attributes: the same address with scripts and without,
// the response in the form's own slot, and no second sending while one is under
// way.
func form(ctx context.Context, name, path string) templ.Attributes {
	return formFor(ctx, name, path, name)
}

// formFor is form for a form that shares its name: slot tells its results apart.
func formFor(ctx context.Context, name, path, slot string) templ.Attributes {
	action := string(to(ctx, path))
	return templ.Attributes{
		"method":    "post",
		"action":    action,
		"data-form": name,
		"hx-post":   action,
		"hx-target": "#result-" + slot,
		"hx-swap":   "innerHTML",
		"hx-sync":   "this:drop",
	}
}

// connectionForm is the form whose response takes the place of the stream element.
func connectionForm(ctx context.Context) templ.Attributes {
	a := form(ctx, FormConnection, "/ui/connection")
	a["hx-target"], a["hx-swap"] = "#conn", "outerHTML"
	return a
}

// cancelPath is where a task is cancelled, or "" for one whose id a path cannot
// carry: browsers resolve "." and "..", escaped or not, before they ask.
func cancelPath(t card.Task) string {
	if !t.Cancelable || t.ID == "" || t.ID == "." || t.ID == ".." {
		return ""
	}
	return "/tasks/" + url.PathEscape(t.ID) + "/cancel"
}

// fields are the fields of each form that a result can link to.
var fields = map[string][]string{
	FormBroadcast: {"channel", "message"},
	FormNotify:    {"user_id", "title", "message", "level", "action_url"},
	FormExport:    {"channel"},
	FormUser:      {"user"},
	FormLogin:     {"name", "password"},
	FormPerson:    {"name", "user", "role", "password", "again"},
	FormRole:      {"role"},
	FormSet:       {"password", "again"},
	FormAccount:   {"present", "password", "again"},
	FormKey:       {"name", "expires", "publish", "subscribe", "notify", "read", "user", "tasks"},
	FormLink:      {"name", "expires", "cards", "user"},
}

func (r Result) linkable(field string) bool { return slices.Contains(fields[r.Form], field) }

func (r Result) ok() string { return strconv.FormatBool(r.OK) }

func (r Result) kind() string {
	if r.OK {
		return "success"
	}
	return "error"
}

func (l Lang) resultWord(r Result) string {
	if r.OK {
		return l.texts().Result.Done
	}
	return l.texts().Result.NotDone
}

// fieldName returns a field in the words of its label.
func (l Lang) fieldName(field string) string {
	m := l.texts()
	switch field {
	case "channel":
		return m.Common.Channel
	case "message":
		return m.Common.Message
	case "name":
		return m.Login.Name
	case "password":
		return m.Login.Password
	case "title":
		return m.Send.Subject
	case "level":
		return m.Common.Level
	case "action_url":
		return m.Send.Link
	case "user", "user_id":
		return m.Common.User
	}
	return label(field)
}
