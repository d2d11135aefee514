package views

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"latido/handlers/access"
)

// Access is the content of the page /access: people, keys and links. Each list is
// cut at the length its handler chooses; its Total says how many there are.
type Access struct {
	Query  string // part of the names that are shown; "" for all
	Search bool   // there are enough entries for a search field
	People []access.PersonInfo
	Keys   []access.KeyInfo
	Links  []access.ShareLink

	TotalPeople, TotalKeys, TotalLinks int // with names that have Query in them

	Forms map[string]Filled // forms that were refused, by FormPerson, FormKey or FormLink
	Done  Result            // what the form of Done.Form did; zero for nothing
}

// FieldErrors is what is wrong in a form, by field.
type FieldErrors []FieldError

// Filled is a form as it was filled in, without passwords, and what is wrong in it.
type Filled struct {
	Values map[string][]string // by field
	Errors FieldErrors
}

// value returns the one value of a field, "" where there is none.
func (f Filled) value(field string) string {
	if values := f.Values[field]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// newForms are the forms for a person, a key and a link before they are filled in.
var newForms = map[string]Filled{
	FormPerson: {Values: map[string][]string{"role": {string(access.Viewer)}}},
	FormKey:    {Values: map[string][]string{"expires": {"90"}}},
	FormLink:   {Values: map[string][]string{"expires": {"30"}}},
}

// form returns a form of the page.
func (a Access) form(name string) Filled {
	if f, refused := a.Forms[name]; refused {
		return f
	}
	return newForms[name]
}

// accessSection is one of the lists of the page, with the form that adds to it.
type accessSection struct{ form, list, title, add string }

// listOf names the lists that the forms add to: in the page and in its addresses.
var listOf = map[string]string{FormPerson: "people", FormKey: "keys", FormLink: "links"}

func (l Lang) accessSections() []accessSection {
	m := l.texts().Access
	return []accessSection{
		{FormPerson, listOf[FormPerson], m.People, m.AddPerson},
		{FormKey, listOf[FormKey], m.Keys, m.AddKey},
		{FormLink, listOf[FormLink], m.Links, m.AddLink},
	}
}

// PersonChange is one person, with the forms that change it.
type PersonChange struct {
	Person   access.PersonInfo
	Role     FieldErrors // of the form for the role
	Password FieldErrors // of the form for the password
	Done     Result
}

// Account is the content of the page /account.
type Account struct {
	Person access.PersonInfo
	Errors FieldErrors
	Done   Result
}

// Expiries are the choices for how long a key or a link is valid, in days; "never" is
// the last.
var Expiries = []string{"30", "90", "365", "never"}

func personPath(name string) string { return "/access/people/" + url.PathEscape(name) }

func userID(n int64) string { return strconv.FormatInt(n, 10) }

func (l Lang) roleName(role string) string { return l.texts().Access.Roles.of(role) }

func (l Lang) cardName(card string) string { return l.texts().Access.Card.of(card) }

func (l Lang) cardNames(cards []string) string {
	names := make([]string, len(cards))
	for i, card := range cards {
		names[i] = l.cardName(card)
	}
	return strings.Join(names, ", ")
}

func (l Lang) expiryName(choice string) string {
	m := l.texts().Access
	if choice == "never" {
		return m.Never
	}
	return m.Days.with("n", choice)
}

// may returns what a grant allows, one sentence for each permission.
func (l Lang) may(g access.Grant) (all []string) {
	m := l.texts().Access
	channels := func(sentence Template, every string, ps access.Patterns) {
		if ps.All() {
			all = append(all, every)
		} else if len(ps) > 0 {
			all = append(all, sentence.with("channels", ps.String()))
		}
	}
	users := func(sentence Template, every string, u access.Users) {
		if u.All {
			all = append(all, every)
		} else if !u.IsZero() {
			all = append(all, sentence.with("users", u.String()))
		}
	}
	channels(m.MayPublish, m.MayPublishAll, g.Publish)
	channels(m.MaySubscribe, m.MaySubscribeAll, g.Subscribe)
	users(m.MayNotify, m.MayNotifyAll, g.Notify)
	users(m.MayRead, m.MayReadAll, g.Read)
	if g.Tasks {
		all = append(all, m.MayTasks)
	}
	if len(all) == 0 {
		all = []string{m.MayNothing}
	}
	return all
}

// local returns a stored time in the page's zone.
func (p Page) local(t time.Time) time.Time { return t.In(p.At.Location()) }

// expired reports whether something that expires at t, zero for never, has expired.
func (p Page) expired(t time.Time) bool { return !t.IsZero() && !p.At.Before(t) }

// date is a day with its year: it may be years away.
func (p Page) date(t time.Time) string {
	if t.IsZero() {
		return none
	}
	t = p.local(t)
	if p.Lang == English {
		return fmt.Sprintf("%s, %d", p.Lang.day(t), t.Year())
	}
	return fmt.Sprintf("%s %d", p.Lang.day(t), t.Year())
}

func (l Lang) shownWords(n, total int) string {
	return l.texts().Access.Shown.with("n", strconv.Itoa(n), "total", strconv.Itoa(total))
}

func (l Lang) madeByWords(by string) string {
	m := l.texts().Access
	if by == access.ConsoleName {
		return m.CommandLine
	}
	return m.MadeBy.with("name", by)
}

func (p Page) usedWords(t time.Time) string {
	m := p.Lang.texts().Access
	if t.IsZero() {
		return m.NotUsed
	}
	t = p.local(t)
	return m.LastUsed.with("time", p.Lang.day(t)+"\u00a0"+t.Format("15:04"))
}

// What the forms of these pages did, as it stands in ?done= of an address for a
// browser without scripts.
const (
	DonePerson  = "person-added"
	DoneRole    = "role-changed"
	DoneSet     = "password-set"
	DoneRemove  = "person-removed"
	DoneKey     = "key-revoked"
	DoneLink    = "link-revoked"
	DoneAccount = "password-changed"
)

// DoneResult returns the result of a form that succeeded, for one of the Done
// constants; zero for anything else.
func DoneResult(l Lang, what string) Result {
	form, ok := doneForms[what]
	if !ok {
		return Result{}
	}
	return Result{OK: true, Form: form, Title: l.texts().Access.Done.of(what)}
}

// doneForms are the forms next to which each result is shown.
var doneForms = map[string]string{
	DonePerson: FormPerson, DoneRole: FormRole, DoneSet: FormSet, DoneRemove: FormPerson, DoneKey: FormKey, DoneLink: FormLink, DoneAccount: FormAccount,
}
