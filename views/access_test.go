package views_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"

	"latido/handlers/access"
	"latido/streams/board"
	"latido/views"
)

func accessPage(l views.Lang, path string) views.Page {
	p := samplePage(l, path)
	p.LiveURL, p.Person, p.Manages = "", "ana", true
	return p
}

// stored is the time of the sample pages as records have it, and later is after it, on
// the same day.
var (
	stored = at.UTC()
	later  = stored.Add(time.Hour)
)

func sampleGrant() access.Grant {
	return access.Grant{Publish: access.Patterns{"build-*", "own"}, Notify: access.Users{IDs: []int64{1, 2}}, Read: access.Users{IDs: []int64{3}}}
}

func sampleAccess() views.Access {
	return views.Access{
		Query: "a", Search: true, TotalPeople: 104, TotalKeys: 3, TotalLinks: 2,
		People: []access.PersonInfo{
			{Name: "ana", Role: access.Admin, User: 1, Created: stored}, {Name: "bea", Role: access.Sender, User: 2, Created: stored}, {Name: "cid", Role: access.Viewer, User: 3, Created: stored},
		},
		Keys: []access.KeyInfo{
			{APIKey: access.APIKey{ID: "k1", Name: "CI", Grant: sampleGrant(), User: 3, By: "ana", Created: stored, Expires: later}, LastUsed: stored},
			{APIKey: access.APIKey{ID: "k2", Name: "board", Grant: access.Grant{
				Publish: access.Patterns{"*"}, Subscribe: access.Patterns{"*"}, Notify: access.Users{All: true}, Read: access.Users{All: true}, Tasks: true,
			}, Created: stored}},
			{APIKey: access.APIKey{ID: "k3", Name: "idle", By: "ana", Created: stored, Expires: stored}},
		},
		Links: []access.ShareLink{
			{ID: "l1", Name: "wall", Cards: board.Shareable(), User: 7, By: "ana", Created: stored, Expires: later},
			{ID: "l2", Name: "gone", Cards: []string{"logs"}, Created: stored, Expires: stored},
		},
	}
}

// sampleRefused is with something wrong in every field of every form.
func sampleRefused() views.Access {
	wrong := func(names ...string) (e views.FieldErrors) {
		for _, n := range names {
			e = append(e, views.FieldError{Field: n, Message: "is wrong"})
		}
		return e
	}
	a := sampleAccess()
	type values = map[string][]string
	a.Forms = map[string]views.Filled{
		views.FormPerson: {Values: values{"name": {"Eva"}, "role": {"sender"}, "user": {"x"}}, Errors: wrong("name", "user", "role", "password", "again", "odd")},
		views.FormKey: {
			Values: values{"name": {"k"}, "publish": {"a*b"}, "subscribe": {"c"}, "notify": {"d"}, "read": {"e"}, "user": {"f"}, "expires": {"365"}, "tasks": {"1"}},
			Errors: wrong("publish", "subscribe", "notify", "read", "user", "tasks", "name", "expires"),
		},
		views.FormLink: {Values: values{"name": {"l"}, "user": {"g"}, "expires": {"never"}, "cards": {"tasks"}}, Errors: wrong("cards", "user", "name", "expires")},
	}
	return a
}

func sampleMade() views.Made {
	return views.Made{Form: views.FormKey, Name: "CI", Secret: "latido_k1_secret", Base: "http://latido.test:8080", Grant: sampleGrant(), User: 3}
}

func sampleChange() views.PersonChange { return views.PersonChange{Person: sampleAccess().People[1]} }

// accessComponents are what components is for, on the access pages.
func accessComponents(l views.Lang) map[string]templ.Component {
	done := sampleAccess()
	done.Done = views.DoneResult(l, views.DonePerson)
	refused := sampleRefused()
	refused.Done = views.RefusedResult(l, views.FormPerson, refused.Forms[views.FormPerson].Errors)
	made, link, revoked := sampleAccess(), sampleAccess(), sampleAccess()
	made.Done, revoked.Done = sampleMade().Result(l), views.DoneResult(l, views.DoneKey)
	theLink := views.Made{Form: views.FormLink, Name: "wall", Secret: "http://latido.test:8080/share/secret"}
	link.Done = theLink.Result(l)
	theMade := sampleMade()
	noLink := sampleAccess()
	noLink.Done = views.DoneResult(l, views.DoneLink)
	refusedKey, refusedLink := refused, refused
	refusedKey.Done = views.RefusedResult(l, views.FormKey, refused.Forms[views.FormKey].Errors)
	refusedLink.Done = views.RefusedResult(l, views.FormLink, refused.Forms[views.FormLink].Errors)
	own, last, role, set, wrong := sampleChange(), sampleChange(), sampleChange(), sampleChange(), sampleChange()
	own.Person = sampleAccess().People[0]
	last.Done = views.LastAdminResult(l, views.FormRemove)
	role.Done, set.Done = views.DoneResult(l, views.DoneRole), views.DoneResult(l, views.DoneSet)
	wrong.Role, wrong.Password = refused.Forms[views.FormPerson].Errors, refused.Forms[views.FormPerson].Errors
	wrong.Done = views.RefusedResult(l, views.FormRole, wrong.Role)
	me := views.Account{Person: sampleAccess().People[0]}
	tried := me
	tried.Errors = views.FieldErrors{{Field: "present", Message: views.TooManyTries(l, 11)}}
	tried.Done = views.RefusedResult(l, views.FormAccount, tried.Errors)
	me.Done = views.DoneResult(l, views.DoneAccount)
	p, person, account := accessPage(l, "/access"), accessPage(l, "/access/people/bea"), accessPage(l, "/account")
	return map[string]templ.Component{
		"page-access":         views.AccessPage(p, done, nil),
		"page-access-empty":   views.AccessPage(p, views.Access{}, nil),
		"page-access-refused": views.AccessPage(p, refused, nil),
		"page-access-made":    views.AccessPage(p, made, &theMade),
		"page-person":         views.PersonPage(person, last),
		"page-person-own":     views.PersonPage(person, own),
		"page-person-refused": views.PersonPage(person, wrong),
		"page-account":        views.AccountPage(account, me),
		"access-done":         views.AccessFragment(p, done, nil),
		"access-refused":      views.AccessFragment(p, refused, nil),
		"access-refused-key":  views.AccessFragment(p, refusedKey, nil),
		"access-refused-link": views.AccessFragment(p, refusedLink, nil),
		"access-made":         views.AccessFragment(p, made, &theMade),
		"access-made-link":    views.AccessFragment(p, link, &theLink),
		"access-revoked":      views.RevokedFragment(p, revoked),
		"access-revoked-link": views.RevokedFragment(p, noLink),
		"person-role":         views.PersonFragment(person, role),
		"person-set":          views.PersonFragment(person, set),
		"account-refused":     views.AccountFragment(account, tried),
	}
}

// hostileAccess is what hostileComponents is for, on the access pages.
func hostileAccess(l views.Lang, text string) map[string]templ.Component {
	a, made, change := hostile(sampleRefused(), text), hostile(sampleMade(), text), hostile(sampleChange(), text)
	made.Form = views.FormKey
	own := views.Account{Person: change.Person, Errors: a.Forms[views.FormPerson].Errors}
	return map[string]templ.Component{
		"page-access":  views.AccessPage(accessPage(l, "/access"), a, &made),
		"page-person":  views.PersonPage(accessPage(l, "/access"), change),
		"page-account": views.AccountPage(accessPage(l, "/account"), own),
	}
}

// accessFields is what each form sends, for the handlers on the other side.
var accessFields = map[string]string{
	"/access/people":              "again name password role user",
	"/access/people/bea/role":     "role",
	"/access/people/bea/password": "again password",
	"/access/people/bea/remove":   "",
	"/access/keys":                "expires name notify publish read subscribe tasks user",
	"/access/keys/k1/revoke":      "q",
	"/access/links":               "cards expires name user",
	"/access/links/l1/revoke":     "q",
	"/account":                    "again password present",
}

func TestAccessFormsSendTheirFields(t *testing.T) {
	seen := map[string]bool{}
	for _, page := range []string{"page-access.es", "page-person.es", "page-account.en"} {
		pages(t)[page].Find("main form[method=post]").Each(func(_ int, s *goquery.Selection) {
			var names []string
			s.Find("[name]").Each(func(_ int, f *goquery.Selection) { names = append(names, f.AttrOr("name", "")) })
			slices.Sort(names)
			action, got := s.AttrOr("action", ""), strings.Join(slices.Compact(names), " ")
			if want, known := accessFields[action]; known && got != want {
				t.Errorf("%s sends %q, want %q", action, got, want)
			}
			seen[action] = true
		})
	}
	for action := range accessFields {
		if !seen[action] {
			t.Errorf("no form goes to %s", action)
		}
	}
}

// What is wrong is said beside each field, and the first has the focus.
func TestErrorsStandBesideTheirFields(t *testing.T) {
	d := parse(t, render(t, views.AccessPage(accessPage(views.English, "/access"), sampleRefused(), nil)))
	for _, id := range strings.Fields("person-name person-user person-role person-password person-again key-name key-expires key-publish key-subscribe " +
		"key-notify key-read key-user key-tasks link-name link-expires link-cards link-user") {
		field := d.Find("#" + id)
		if help := field.AttrOr("aria-describedby", ""); field.Length() != 1 || help != id+"-help" || !strings.Contains(d.Find("#"+help).Text(), "is wrong") {
			t.Errorf("%s is described by %q", id, help)
		}
		if field.Is("input, select") && field.AttrOr("aria-invalid", "") != "true" {
			t.Errorf("%s is not marked", id)
		}
	}
	var focus []string
	d.Find("[autofocus]").Each(func(_ int, s *goquery.Selection) { focus = append(focus, s.AttrOr("id", "")) })
	if !slices.Equal(focus, []string{"person-name", "key-name", "link-name"}) {
		t.Errorf("the focus goes to %q", focus)
	}
	if d.Find("input[type=password][value]").Length() > 0 {
		t.Error("a password comes back")
	}
}

// The line that is shown with a key does what the key may, whatever its grant.
func TestKeysLine(t *testing.T) {
	const with = "curl -H 'Authorization: Bearer latido_k1_secret' "
	all := access.Users{All: true}
	for name, c := range map[string]struct {
		grant access.Grant
		user  int64
		want  string
	}{
		"publish":   {access.Grant{Publish: access.Patterns{"it's/odd"}, Notify: all}, 0, with + `--json '{"message":"From the terminal"}' 'http://latido.test:8080/sse/broadcast/it%27s%2Fodd'`},
		"all":       {access.Grant{Publish: access.Patterns{"own", "*"}}, 0, with + `--json '{"message":"From the terminal"}' 'http://latido.test:8080/sse/broadcast/general'`},
		"notify":    {access.Grant{Notify: access.Users{IDs: []int64{8, 9}}, Subscribe: access.Patterns{"own"}}, 0, with + "-d title='Hello' -d message='From the terminal' 'http://latido.test:8080/sse/notify/8'"},
		"everybody": {access.Grant{Notify: all}, 5, with + "-d title='Hello' -d message='From the terminal' 'http://latido.test:8080/sse/notify/5'"},
		"subscribe": {access.Grant{Subscribe: access.Patterns{"a b-*"}}, 0, "curl -N" + strings.TrimPrefix(with, "curl") + "'http://latido.test:8080/sse/events?channel=a+b-1'"},
		"read":      {access.Grant{Read: all}, 0, "curl -N" + strings.TrimPrefix(with, "curl") + "'http://latido.test:8080/sse/notifications/1'"},
		"nothing":   {access.Grant{}, 0, with + "'http://latido.test:8080/sse/stats'"},
	} {
		made := sampleMade()
		made.Grant, made.User = c.grant, c.user
		d := parse(t, render(t, views.AccessFragment(accessPage(views.English, "/access"), views.Access{Done: made.Result(views.English)}, &made)))
		if got := d.Find(".secret").Last().Text(); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
