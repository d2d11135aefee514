package manage

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"latido/handlers/access"
	"latido/handlers/web"
	"latido/views"
)

func hasPassed(t time.Time) bool { return !t.IsZero() && !time.Now().Before(t) }

// addKey is POST /access/keys. The key's text is in this response and in no other.
func (a *App) addKey(c *gin.Context, in form) error {
	k := access.APIKey{
		Name: in.label(), Expires: in.expires(), User: in.user("user"), By: web.Principal(c).Name,
		Grant: access.Grant{Publish: in.patterns("publish"), Subscribe: in.patterns("subscribe"), Notify: in.users("notify"), Read: in.users("read"), Tasks: in.checked("tasks")},
	}
	if len(in.Problems) == 0 && k.Grant.IsZero() && k.User == 0 {
		in.Problems.Add("key_nothing", "The key could do nothing: say where it sends, what it reads, or whom it notifies", "body", "publish")
	}
	if k.Grant.Tasks && !k.Grant.Subscribe.All() {
		in.Problems.Add("tasks_need_all", "Tasks export whole channels, so the key has to subscribe to *", "body", "tasks")
	}
	if len(in.Problems) > 0 {
		return a.accessRefused(c, in, views.FormKey)
	}
	text, k, err := a.Access.AddKey(c.Request.Context(), k)
	if err != nil {
		return web.Unchanged("make a key", err)
	}
	a.Record(c, "key made", k.Name+" "+k.ID)
	if web.WantsJSON(c.Request) {
		k.Digest = ""
		return respond(c, madeKey{k, text})
	}
	return a.accessMade(c, views.Made{Form: views.FormKey, Name: k.Name, Secret: text, Grant: k.Grant, User: k.User})
}

// label reads the name of a key or a link.
func (in form) label() string {
	name := strings.TrimSpace(in.Raw("name"))
	if name == "" {
		in.Missing("name")
	} else if err := access.CheckLabel(name); err != nil {
		in.Problems.Add("label", sentence(err), "body", "name")
	}
	return name
}

// patterns reads channels, and beginnings of channels; none when not given.
func (in form) patterns(field string) access.Patterns {
	var ps access.Patterns
	var err error
	if raw, _ := in.Object.Get(field); len(raw) > 0 && raw[0] == '[' {
		ps, err = access.NewPatterns(in.List(field))
	} else {
		text, _ := in.Optional(field)
		ps, err = access.ParsePatterns(text)
	}
	if err != nil {
		in.Problems.Add("patterns", sentence(err), "body", field)
	}
	return ps
}

// users reads user ids; none when not given.
func (in form) users(field string) access.Users {
	text, _ := in.Optional(field)
	u, err := access.ParseUsers(strings.TrimSpace(text))
	if err != nil {
		in.Problems.Add("user_ids", sentence(err), "body", field)
	}
	return u
}

// checked reads a box of a form, which is sent when it is checked, or a JSON boolean.
func (in form) checked(field string) bool {
	raw, sent := in.Object.Get(field)
	return sent && string(raw) != "false" && string(raw) != "null"
}

// expires reads in how many days a key or link expires, or from a program the time, in
// RFC 3339. It returns when; the zero time for never.
func (in form) expires() time.Time {
	if !in.Given("expires") {
		in.Missing("expires")
	}
	if at, err := time.Parse(time.RFC3339, in.Raw("expires")); err == nil {
		if hasPassed(at) {
			in.Problems.Add("expired", "The time has passed already: choose a later one", "body", "expires")
		}
		return at
	}
	choice := in.Choice("expires", "never", views.Expiries...)
	days, err := strconv.Atoi(choice)
	if err != nil || !slices.Contains(views.Expiries, choice) {
		return time.Time{}
	}
	return time.Now().UTC().Truncate(time.Second).AddDate(0, 0, days)
}

// revokeKey is POST /access/keys/{id}/revoke.
func (a *App) revokeKey(c *gin.Context, in form) error {
	id := web.PathParam(c, "id")
	if err := a.Access.RemoveKey(c.Request.Context(), id); err != nil {
		return web.Unchanged("revoke a key", err)
	}
	a.Record(c, "key revoked", id)
	return a.accessRevoked(c, in.Raw("q"), views.DoneKey)
}

// accessRevoked responds to the revoking of a key or a link with the new list, of those
// whose name has q in it.
func (a *App) accessRevoked(c *gin.Context, q, done string) error {
	if web.WantsJSON(c.Request) {
		return removed(c)
	}
	v := a.accessView(q)
	if !web.IsHTMX(c.Request) {
		web.Leave(c, a.URLs.Query("/access", revokedQuery(v.Query, done)))
		return nil
	}
	p := a.cfg.Frame(c, "/access")
	v.Done = views.DoneResult(p.Lang, done)
	return a.Render(c, http.StatusOK, views.RevokedFragment(p, v))
}
