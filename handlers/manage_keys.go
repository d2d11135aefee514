package handlers

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"latido/handlers/access"
	"latido/views"
)

func presentKey(k access.KeyInfo) views.Key {
	return views.Key{
		ID: k.ID, Name: k.Name, Grant: presentGrant(k.Grant), User: k.User, By: k.By, At: k.Created.Local(),
		Expires: local(k.Expires), Over: isOver(k.Expires), Used: local(k.LastUsed),
	}
}

func presentGrant(g access.Grant) views.Grant {
	texts := func(ps access.Patterns) (list []string) {
		for _, p := range ps {
			list = append(list, string(p))
		}
		return list
	}
	return views.Grant{Publish: texts(g.Publish), Subscribe: texts(g.Subscribe), Notify: g.Notify.String(), Read: g.Read.String(), Tasks: g.Tasks}
}

// local is a time for people; the zero time stays what it is.
func local(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.Local()
}

func isOver(t time.Time) bool { return !t.IsZero() && !time.Now().Before(t) }

// addKey is POST /access/keys. The key's text is in this answer and nowhere else.
func (a *api) addKey(c *gin.Context) error {
	in, err := a.read(c)
	if err != nil {
		return err
	}
	form := views.NewKey{
		Name: in.kept("name"), Publish: in.kept("publish"), Subscribe: in.kept("subscribe"), Notify: in.kept("notify"), Read: in.kept("read"),
		User: in.kept("user"), Expires: in.kept("expires"), Tasks: in.has("tasks"),
	}
	k := access.APIKey{
		Name: in.label(), Expires: in.expires(), User: in.user("user"), By: who(c).Name,
		Grant: access.Grant{Publish: in.patterns("publish"), Subscribe: in.patterns("subscribe"), Notify: in.users("notify"), Read: in.users("read"), Tasks: form.Tasks},
	}
	if len(in.bad) == 0 && k.Grant.IsZero() && k.User == 0 {
		in.bad.add("key_nothing", "The key may do nothing: say where it sends, what it reads, or whom it notifies", "body", "publish")
	}
	if k.Grant.Tasks && !k.Grant.Subscribe.All() {
		in.bad.add("tasks_need_all", "Tasks export whole channels, so the key has to read all: subscribe to *", "body", "tasks")
	}
	if len(in.bad) > 0 {
		return a.accessRefused(c, in.bad, views.FormKey, func(v *views.Access, e views.FieldErrors) {
			form.Errors = e
			v.NewKey = form
		})
	}
	text, k, err := a.Access.AddKey(c.Request.Context(), k)
	if err != nil {
		return unchanged("make a key", err)
	}
	a.audit(c, "key made", k.Name+" "+k.ID)
	return a.accessMade(c, views.Made{Form: views.FormKey, Name: k.Name, Secret: text, Grant: presentGrant(k.Grant), User: k.User})
}

// kept is what a field held, for the form to hold it again; "" for no text.
func (in *input) kept(name string) (s string) {
	raw, given := in.object.get(name)
	if !given || json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// label reads the name of a key or a link.
func (in *input) label() string {
	name := strings.TrimSpace(in.kept("name"))
	if name == "" {
		in.missing("name")
	} else if err := access.CheckLabel(name); err != nil {
		in.bad.add("label", err.Error(), "body", "name")
	}
	return name
}

// patterns reads channels, and beginnings of channels; none when not given.
func (in *input) patterns(field string) access.Patterns {
	text, _ := in.optional(field)
	ps, err := access.ParsePatterns(text)
	if err != nil {
		in.bad.add("patterns", err.Error(), "body", field)
	}
	return ps
}

// users reads user ids; none when not given.
func (in *input) users(field string) access.Users {
	text, _ := in.optional(field)
	u, err := access.ParseUsers(strings.TrimSpace(text))
	if err != nil {
		in.bad.add("user_ids", err.Error(), "body", field)
	}
	return u
}

// expires reads in how many days something ends: the zero time for never.
func (in *input) expires() time.Time {
	if _, given := in.value("expires"); !given {
		in.missing("expires")
	}
	choice := in.choice("expires", "never", views.Expiries...)
	days, err := strconv.Atoi(choice)
	if err != nil || !slices.Contains(views.Expiries, choice) {
		return time.Time{}
	}
	return time.Now().UTC().Truncate(time.Second).AddDate(0, 0, days)
}

// revokeKey is POST /access/keys/{id}/revoke.
func (a *api) revokeKey(c *gin.Context) error {
	in, err := a.read(c)
	if err != nil {
		return err
	}
	id := pathParam(c, "id")
	if err := a.Access.RemoveKey(c.Request.Context(), id); err != nil {
		return unchanged("revoke a key", err)
	}
	a.audit(c, "key revoked", id)
	return a.accessRevoked(c, in.kept("q"), views.DoneKey)
}

// accessRevoked answers the revoking of a key or a link: the list comes again, of
// those whose name has q in it.
func (a *api) accessRevoked(c *gin.Context, q, done string) error {
	v := a.accessView(c, q)
	if !isHTMX(c.Request) {
		return leave(c, accessPath(v.Query, done))
	}
	p := a.page(c, "/access")
	v.Done = views.DoneResult(p.Lang, done)
	a.render(c, http.StatusOK, views.RevokedFragment(p.Lang, v))
	return nil
}
