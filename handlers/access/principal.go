package access

import "time"

// Kind is how a principal was identified.
type Kind string

// The kinds of a Principal.
const (
	Anyone Kind = "anyone" // not at all: the request had no credentials
	Person Kind = "person" // by a session
	Key    Kind = "key"    // by an API key
	Token  Kind = "token"  // by a JWT of another issuer
	Link   Kind = "link"   // by a share link

	Console Kind = "console" // by the listener that it came through, see WithConsole
)

// Principal is the identity behind a request, with its grant.
type Principal struct {
	Kind  Kind
	Name  string // of a person, key or link; the subject of a token
	User  int64  // its own user id; 0 for none
	Role  Role   // of a person
	Grant Grant
	Until time.Time // expiry of its credential; zero for none
	Cards []string  // cards that a link shows; nil for other kinds

	// Cookie reports that the credential was a cookie, which browsers add by themselves:
	// the request may come from a page of another site.
	Cookie bool

	// dependencies are the records that the principal was made of. It is valid while
	// none of them changes.
	dependencies []dependency
}

// ID returns a text that is the same for all requests of one person, key, link or token
// subject, and differs between them; "" for Anyone. It is for counting, and not to be
// shown: the one of a link contains the digest of its secret.
func (p *Principal) ID() string {
	switch {
	case p.Kind == Anyone:
		return ""
	case (p.Kind == Key || p.Kind == Link) && len(p.dependencies) > 0:
		return p.dependencies[0].Name // their names are labels, which need not be unique
	}
	return string(p.Kind) + "." + p.Name
}

// dependency is a record at a revision. The names of its fields are stored: see ticket.
type dependency struct {
	Name     string
	Revision uint64
}
