package access

import "time"

// Kind is how somebody came to be known.
type Kind string

// The kinds of a Principal.
const (
	Anyone Kind = "anyone" // access is open, and nobody is asked
	Person Kind = "person" // logged in, by a session
	Key    Kind = "key"    // an API key
	Token  Kind = "token"  // a JWT of another issuer
	Link   Kind = "link"   // a share link
)

// Principal is who makes a request, and what that one may.
type Principal struct {
	Kind  Kind
	Name  string // a person's, a key's or a link's; a token's subject
	User  int64  // the own user id; 0 for none
	Role  Role   // of a person
	Grant Grant
	Until time.Time // the end of what it was known by; zero for none
	Cards []string  // those that a link shows; nil for no limit

	// Cookie tells that a browser added by itself what made it known, so that a
	// page of another site may be behind the request.
	Cookie bool

	// carriers are the records it stands on: when one changes, it is over.
	carriers []carrier
}

// ID is one text for each principal that lasts as long as it does, for who counts
// by principal; "" for anyone. It is not for the eyes of others.
func (p *Principal) ID() string {
	switch {
	case p.Kind == Anyone:
		return ""
	case (p.Kind == Key || p.Kind == Link) && len(p.carriers) > 0:
		return p.carriers[0].name // names are labels: two may have the same
	}
	return string(p.Kind) + "." + p.Name
}

// carrier is a record at a revision.
type carrier struct {
	name     string
	revision uint64
}
