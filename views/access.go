package views

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Access is the content of the page /access: people, keys and links. Each list is
// cut at the length its handler chooses; its Total says how many there are.
type Access struct {
	Query  string // part of the names that are shown; "" for all
	Search bool   // there are enough entries for a search field
	People []Person
	Keys   []Key
	Links  []ShareLink

	TotalPeople, TotalKeys, TotalLinks int // with names that have Query in them

	NewPerson NewPerson
	NewKey    NewKey
	NewLink   NewLink
	Done      Result // what the form of Done.Form did; zero for nothing
}

// Person is somebody who can log in.
type Person struct {
	Name string
	Role string // one of Roles
	User int64
	Own  bool // the person who views the page
	At   time.Time
}

// Roles are the roles of people, from the one that may least to the one that may most.
var Roles = []string{"viewer", "sender", "admin"}

// Grant is what a key may. Users are "*" for all, or ids with commas between them.
type Grant struct {
	Publish, Subscribe []string // patterns; "*" for every channel
	Notify, Read       string
	Tasks              bool
}

// Key is an API key without its secret.
type Key struct {
	ID, Name string
	Grant    Grant
	User     int64 // the user its programs act for; 0 for none
	By       string
	At       time.Time
	Expires  time.Time // zero for never
	Over     bool
	Used     time.Time // to ten minutes; zero for never
}

// ShareLink is a link that shows some cards to everybody who has it, without its
// secret.
type ShareLink struct {
	ID, Name string
	Cards    []string
	User     int64 // the user whose notifications are shown; 0 for none
	By       string
	At       time.Time
	Expires  time.Time // zero for never
	Over     bool
}

// FieldErrors is what is wrong in a form, by field.
type FieldErrors []FieldError

// NewPerson is the form for one, as it was filled in; never the passwords.
type NewPerson struct {
	Name, Role, User string
	Errors           FieldErrors
}

// NewKey is the form for one, as it was filled in.
type NewKey struct {
	Name, Publish, Subscribe, Notify, Read, User, Expires string
	Tasks                                                 bool
	Errors                                                FieldErrors
}

// NewLink is the form for one, as it was filled in.
type NewLink struct {
	Name, User, Expires string
	Cards               []string
	Errors              FieldErrors
}

// PersonChange is one person, with the forms that change it.
type PersonChange struct {
	Person   Person
	Role     FieldErrors // of the form for the role
	Password FieldErrors // of the form for the password
	Done     Result
}

// Account is the content of the page /account.
type Account struct {
	Person Person
	Errors FieldErrors
	Done   Result
}

// Expiries are the choices for how long a key or a link is valid, in days; "never" is
// the last.
var Expiries = []string{"30", "90", "365", "never"}

// ShareCards are the cards that a link may show.
var ShareCards = []string{"metrics", "trading", "logs", "notifications", "tasks", "machine", "hub"}

func (p Person) path() string { return "/access/people/" + url.PathEscape(p.Name) }

func (k Key) revokePath() string { return "/access/keys/" + url.PathEscape(k.ID) + "/revoke" }

func (s ShareLink) revokePath() string { return "/access/links/" + url.PathEscape(s.ID) + "/revoke" }

func userID(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

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
func (l Lang) may(g Grant) (all []string) {
	m := l.texts().Access
	channels := func(sentence Template, every string, patterns []string) {
		switch {
		case slices.Contains(patterns, "*"):
			all = append(all, every)
		case len(patterns) > 0:
			all = append(all, sentence.with("channels", strings.Join(patterns, ", ")))
		}
	}
	users := func(sentence Template, every, ids string) {
		switch ids {
		case "":
		case "*":
			all = append(all, every)
		default:
			all = append(all, sentence.with("users", ids))
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

// date is a day with its year: it may be years away.
func (l Lang) date(t time.Time) string {
	if t.IsZero() {
		return none
	}
	if l == English {
		return fmt.Sprintf("%s, %d", l.day(t), t.Year())
	}
	return fmt.Sprintf("%s %d", l.day(t), t.Year())
}

func (l Lang) shownWords(n, total int) string {
	return l.texts().Access.Shown.with("n", strconv.Itoa(n), "total", strconv.Itoa(total))
}

// commandLine is the By of keys and links that the program's own commands made.
const commandLine = "command line"

func (l Lang) madeByWords(by string) string {
	m := l.texts().Access
	if by == commandLine {
		return m.CommandLine
	}
	return m.MadeBy.with("name", by)
}

func (l Lang) usedWords(t time.Time) string {
	m := l.texts().Access
	if t.IsZero() {
		return m.NotUsed
	}
	return m.LastUsed.with("time", l.day(t)+"\u00a0"+t.Format("15:04"))
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
