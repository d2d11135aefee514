package views

import (
	"net/url"
	"strings"

	"latido/handlers/access"
)

// Made is a key or a link that was just created. It is shown once.
type Made struct {
	Form   string // FormKey or FormLink
	Name   string
	Secret string       // the key's text, or the link's URL
	Base   string       // the address of this server, as Page.BaseURL
	Grant  access.Grant // of a key
	User   int64        // whom the key's programs act for; 0 for nobody
}

// Result says that the key or link was created.
func (m Made) Result(l Lang) Result {
	sentence := l.texts().Access.LinkMade
	if m.Form == FormKey {
		sentence = l.texts().Access.KeyMade
	}
	return Result{OK: true, Form: m.Form, Title: sentence.with("name", m.Name)}
}

func (m Made) once(l Lang) string {
	if m.Form == FormKey {
		return l.texts().Access.OnceKey
	}
	return l.texts().Access.OnceLink
}

// curl returns a shell line that does something the key allows; "" for a link.
func (m Made) curl(l Lang) string {
	if m.Form != FormKey {
		return ""
	}
	t := l.texts()
	with := "-H 'Authorization: Bearer " + m.Secret + "' "
	to := func(path string) string {
		// Only in single quotes does a shell take every character as it is.
		return "'" + strings.ReplaceAll(Page{BaseURL: m.Base}.base()+path, "'", "%27") + "'"
	}
	switch g := m.Grant; {
	case len(g.Publish) > 0:
		return "curl " + with + `--json '{"message":"` + t.Examples.Message + `"}' ` + to("/sse/broadcast/"+url.PathEscape(oneChannel(g.Publish)))
	case !g.Notify.IsZero():
		return "curl " + with + "-d title='" + t.Examples.Title + "' -d message='" + t.Examples.Message + "' " + to("/sse/notify/"+m.oneUser(g.Notify))
	case len(g.Subscribe) > 0:
		return "curl -N " + with + to("/sse/events?channel="+url.QueryEscape(oneChannel(g.Subscribe)))
	case !g.Read.IsZero():
		return "curl -N " + with + to("/sse/notifications/"+m.oneUser(g.Read))
	}
	return "curl " + with + to("/sse/stats")
}

// oneChannel returns a channel that matches one of the patterns.
func oneChannel(ps access.Patterns) string {
	if ps.All() {
		return "general"
	}
	name, open := strings.CutSuffix(string(ps[0]), "*")
	if open {
		name += "1"
	}
	return name
}

// oneUser returns one of the users, the key's own of all.
func (m Made) oneUser(u access.Users) string {
	if u.All {
		return userID(max(m.User, 1))
	}
	return userID(u.IDs[0])
}
