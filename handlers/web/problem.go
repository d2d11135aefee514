package web

import (
	"fmt"
	"strings"
)

// Problem is one fault of a request's input, in the shape clients of the original
// API know.
type Problem struct {
	Loc  []string `json:"loc"` // "body", "path", "query" or "header", then the field
	Msg  string   `json:"msg"`
	Type string   `json:"type"`
}

// Field returns the field at fault.
func (p Problem) Field() string { return p.Loc[len(p.Loc)-1] }

// Problems is the error that becomes 422: everything that is wrong, at once.
type Problems []Problem

func (p Problems) Error() string {
	parts := make([]string, len(p))
	for i, one := range p {
		parts[i] = strings.Join(one.Loc, ".") + ": " + one.Msg
	}
	return strings.Join(parts, "; ")
}

// Err returns nil for no problems, so that it can be returned as an error.
func (p Problems) Err() error {
	if len(p) == 0 {
		return nil
	}
	return p
}

// Add adds a problem of a type, with a sentence and where the fault is.
func (p *Problems) Add(kind, msg string, loc ...string) {
	*p = append(*p, Problem{Loc: loc, Msg: msg, Type: kind})
}

// StatusError is a response other than 422 for which the client is at fault, with the
// sentence a client reads.
type StatusError struct {
	Status int
	Detail string
}

func (e *StatusError) Error() string { return fmt.Sprintf("%d %s", e.Status, e.Detail) }
