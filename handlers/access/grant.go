package access

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"latido/hub"
)

// Grant lists what a principal may do. The zero value grants nothing.
type Grant struct {
	Subscribe Patterns `json:"subscribe,omitempty"` // channels whose events may be read, live and stored
	Publish   Patterns `json:"publish,omitempty"`   // channels that may be sent to
	Read      Users    `json:"read,omitzero"`       // users whose notifications may be read
	Notify    Users    `json:"notify,omitzero"`     // users who may be sent notifications
	Tasks     bool     `json:"tasks,omitempty"`     // exports may be started, and tasks cancelled
	Manage    bool     `json:"manage,omitempty"`    // people, keys and links may be managed
}

// everything is the grant of requests without credentials where access is open.
var everything = Grant{
	Subscribe: anything, Publish: anything, Read: Users{All: true}, Notify: Users{All: true}, Tasks: true,
}

// IsZero reports whether g grants nothing.
func (g Grant) IsZero() bool {
	return len(g.Subscribe) == 0 && len(g.Publish) == 0 && g.Read.IsZero() && g.Notify.IsZero() && !g.Tasks && !g.Manage
}

// Pattern is the name of a channel, or a prefix of names followed by '*'. Names of
// channels contain no '*'.
type Pattern string

// Patterns matches a channel when one of its patterns does.
type Patterns []Pattern

var anything = Patterns{"*"}

// Match reports whether a channel matches.
func (ps Patterns) Match(channel string) bool {
	return slices.ContainsFunc(ps, func(p Pattern) bool {
		if begin, open := strings.CutSuffix(string(p), "*"); open {
			return strings.HasPrefix(channel, begin)
		}
		return channel == string(p)
	})
}

// All reports whether every channel matches.
func (ps Patterns) All() bool { return slices.Contains(ps, "*") }

// String returns the text that ParsePatterns reads.
func (ps Patterns) String() string {
	texts := make([]string, len(ps))
	for i, p := range ps {
		texts[i] = string(p)
	}
	return strings.Join(texts, ", ")
}

// ParsePatterns reads patterns separated by commas or line breaks; "" is none. White
// space around a pattern is removed. A channel with a comma in its name can be matched
// by a prefix that ends before the comma. Errors wrap ErrInput.
func ParsePatterns(text string) (ps Patterns, err error) {
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == '\n' || r == '\r' }) {
		if p := Pattern(strings.TrimSpace(part)); p != "" && !slices.Contains(ps, p) {
			ps = append(ps, p)
		}
		if len(ps) > maxGrant {
			break // check refuses them, however many more follow
		}
	}
	return ps, ps.check()
}

// NewPatterns returns a list of patterns, each as it is: one may contain a comma. Errors
// wrap ErrInput.
func NewPatterns(list []string) (ps Patterns, err error) {
	for _, text := range list {
		ps = append(ps, Pattern(text))
	}
	return ps, ps.check()
}

// maxGrant bounds the patterns, and the user ids, of one list in a grant.
const maxGrant = 64

func (ps Patterns) check() error {
	if len(ps) > maxGrant {
		return fmt.Errorf("%w: at most %d patterns are allowed", ErrInput, maxGrant)
	}
	for _, p := range ps {
		begin, open := strings.CutSuffix(string(p), "*")
		if open && begin == "" {
			continue
		}
		// A prefix may end with white space, a name may not.
		if open {
			begin += "x"
		}
		if err := hub.CheckChannel(begin); err != nil {
			return fmt.Errorf("%w: %.130q is neither a channel nor a prefix followed by *", ErrInput, p)
		}
	}
	return nil
}

// Users is a set of user ids, or all of them.
type Users struct {
	All bool    `json:"all,omitempty"`
	IDs []int64 `json:"ids,omitempty"`
}

// Has reports whether u contains a user id.
func (u Users) Has(id int64) bool { return u.All || slices.Contains(u.IDs, id) }

// IsZero reports whether u is empty.
func (u Users) IsZero() bool { return !u.All && len(u.IDs) == 0 }

func (u Users) check() error {
	if len(u.IDs) > maxGrant {
		return fmt.Errorf("%w: at most %d user ids are allowed", ErrInput, maxGrant)
	}
	for _, id := range u.IDs {
		if id < 1 {
			return fmt.Errorf("%w: user ids are positive integers", ErrInput)
		}
	}
	return nil
}

// String returns the text that ParseUsers reads.
func (u Users) String() string {
	if u.All {
		return "*"
	}
	ids := make([]string, len(u.IDs))
	for i, id := range u.IDs {
		ids[i] = strconv.FormatInt(id, 10)
	}
	return strings.Join(ids, ", ")
}

// ParseUsers reads user ids separated by commas; "*" is all, "" none. Errors wrap
// ErrInput.
func ParseUsers(text string) (u Users, err error) {
	if text == "*" {
		return Users{All: true}, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		id, err := strconv.ParseInt(part, 10, 64)
		if err != nil {
			return u, fmt.Errorf("%w: %.30q is not a user id", ErrInput, part)
		}
		u.IDs = append(u.IDs, id)
	}
	return u, u.check()
}

func (g Grant) check() error {
	return cmp.Or(g.Subscribe.check(), g.Publish.check(), g.Read.check(), g.Notify.check())
}
