package views_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"

	"latido/views"
)

func accessPage(l views.Lang, path string) views.Page {
	p := samplePage(l, path)
	p.LiveURL, p.Person, p.Manages = "", "ana", true
	return p
}

func sampleAccess() views.Access {
	return views.Access{
		Query: "a", Search: true, TotalPeople: 104, TotalKeys: 3, TotalLinks: 2,
		People: []views.Person{{Name: "ana", Role: "admin", User: 1, Own: true, At: at}, {Name: "bea", Role: "sender", User: 2, At: at}, {Name: "cid", Role: "viewer", User: 3, At: at}},
		Keys: []views.Key{
			{ID: "k1", Name: "CI", Grant: views.Grant{Publish: []string{"build-*", "own"}, Notify: "1, 2", Read: "3"}, User: 3, By: "ana", At: at, Expires: at, Used: at},
			{ID: "k2", Name: "board", Grant: views.Grant{Publish: []string{"*"}, Subscribe: []string{"*"}, Notify: "*", Read: "*", Tasks: true}, At: at},
			{ID: "k3", Name: "idle", By: "ana", At: at, Expires: at, Over: true},
		},
		Links: []views.ShareLink{
			{ID: "l1", Name: "wall", Cards: views.ShareCards, User: 7, By: "ana", At: at, Expires: at},
			{ID: "l2", Name: "gone", Cards: []string{"logs"}, At: at, Expires: at, Over: true},
		},
		NewPerson: views.NewPerson{Role: "viewer"}, NewKey: views.NewKey{Expires: "90"}, NewLink: views.NewLink{Expires: "30"},
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
	a.NewPerson = views.NewPerson{Name: "Eva", Role: "sender", User: "x", Errors: wrong("name", "user", "role", "password", "again", "odd")}
	a.NewKey = views.NewKey{Name: "k", Publish: "a*b", Subscribe: "c", Notify: "d", Read: "e", User: "f", Expires: "365", Tasks: true,
		Errors: wrong("publish", "subscribe", "notify", "read", "user", "tasks", "name", "expires")}
	a.NewLink = views.NewLink{Name: "l", User: "g", Expires: "never", Cards: []string{"tasks"}, Errors: wrong("cards", "user", "name", "expires")}
	return a
}

func sampleMade() views.Made {
	return views.Made{Form: views.FormKey, Name: "CI", Secret: "latido_k1_secret", Base: "http://latido.test:8080", Grant: sampleAccess().Keys[0].Grant, User: 3}
}

func sampleChange() views.PersonChange { return views.PersonChange{Person: sampleAccess().People[1]} }

// accessComponents are what components is for, on the access pages.
func accessComponents(l views.Lang) map[string]templ.Component {
	done := sampleAccess()
	done.Done = views.DoneResult(l, views.DonePerson)
	refused := sampleRefused()
	refused.Done = views.RefusedResult(l, views.FormPerson, refused.NewPerson.Errors)
	made, link, revoked := sampleAccess(), sampleAccess(), sampleAccess()
	made.Done, revoked.Done = sampleMade().Result(l), views.DoneResult(l, views.DoneKey)
	theLink := views.Made{Form: views.FormLink, Name: "wall", Secret: "http://latido.test:8080/share/secret"}
	link.Done = theLink.Result(l)
	theMade := sampleMade()
	noLink := sampleAccess()
	noLink.Done = views.DoneResult(l, views.DoneLink)
	refusedKey, refusedLink := refused, refused
	refusedKey.Done = views.RefusedResult(l, views.FormKey, refused.NewKey.Errors)
	refusedLink.Done = views.RefusedResult(l, views.FormLink, refused.NewLink.Errors)
	own, last, role, set, wrong := sampleChange(), sampleChange(), sampleChange(), sampleChange(), sampleChange()
	own.Person.Own = true
	last.Done = views.LastAdminResult(l, views.FormRemove)
	role.Done, set.Done = views.DoneResult(l, views.DoneRole), views.DoneResult(l, views.DoneSet)
	wrong.Role, wrong.Password = refused.NewPerson.Errors, refused.NewPerson.Errors
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
		"access-done":         views.AccessFragment(l, done, nil),
		"access-refused":      views.AccessFragment(l, refused, nil),
		"access-refused-key":  views.AccessFragment(l, refusedKey, nil),
		"access-refused-link": views.AccessFragment(l, refusedLink, nil),
		"access-made":         views.AccessFragment(l, made, &theMade),
		"access-made-link":    views.AccessFragment(l, link, &theLink),
		"access-revoked":      views.RevokedFragment(l, revoked),
		"access-revoked-link": views.RevokedFragment(l, noLink),
		"person-role":         views.PersonFragment(l, role),
		"person-set":          views.PersonFragment(l, set),
		"account-refused":     views.AccountFragment(l, tried),
	}
}

// hostileAccess is what hostileComponents is for, on the access pages.
func hostileAccess(l views.Lang, text string) map[string]templ.Component {
	a, made, change := hostile(sampleRefused(), text), hostile(sampleMade(), text), hostile(sampleChange(), text)
	made.Form = views.FormKey
	own := views.Account{Person: change.Person, Errors: a.NewPerson.Errors}
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
	for name, c := range map[string]struct {
		grant views.Grant
		user  int64
		want  string
	}{
		"publish":   {views.Grant{Publish: []string{"it's/odd"}, Notify: "*"}, 0, with + `--json '{"message":"From the terminal"}' 'http://latido.test:8080/sse/broadcast/it%27s%2Fodd'`},
		"all":       {views.Grant{Publish: []string{"own", "*"}}, 0, with + `--json '{"message":"From the terminal"}' 'http://latido.test:8080/sse/broadcast/general'`},
		"notify":    {views.Grant{Notify: "8, 9", Subscribe: []string{"own"}}, 0, with + "-d title='Hello' -d message='From the terminal' 'http://latido.test:8080/sse/notify/8'"},
		"everybody": {views.Grant{Notify: "*"}, 5, with + "-d title='Hello' -d message='From the terminal' 'http://latido.test:8080/sse/notify/5'"},
		"subscribe": {views.Grant{Subscribe: []string{"a b-*"}}, 0, "curl -N" + strings.TrimPrefix(with, "curl") + "'http://latido.test:8080/sse/events?channel=a+b-1'"},
		"read":      {views.Grant{Read: "*"}, 0, "curl -N" + strings.TrimPrefix(with, "curl") + "'http://latido.test:8080/sse/notifications/1'"},
		"nothing":   {views.Grant{}, 0, with + "'http://latido.test:8080/sse/stats'"},
	} {
		made := sampleMade()
		made.Grant, made.User = c.grant, c.user
		d := parse(t, render(t, views.AccessFragment(views.English, views.Access{Done: made.Result(views.English)}, &made)))
		if got := d.Find(".secret").Last().Text(); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
