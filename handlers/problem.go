package handlers

import (
	"fmt"
	"strings"
)

// problem is one fault of a request's input, in the shape clients of the
// original API know.
type problem struct {
	Loc  []string `json:"loc"` // where: "body", "path", "query" or "header", then the field
	Msg  string   `json:"msg"`
	Type string   `json:"type"`
}

// problems is the error that becomes 422: everything that is wrong, at once.
type problems []problem

func (p problems) Error() string {
	parts := make([]string, len(p))
	for i, one := range p {
		parts[i] = strings.Join(one.Loc, ".") + ": " + one.Msg
	}
	return strings.Join(parts, "; ")
}

// err answers nil for no problems, so that it can be returned as an error.
func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	return p
}

func (p *problems) add(kind, msg string, loc ...string) {
	*p = append(*p, problem{Loc: loc, Msg: msg, Type: kind})
}

// statusError is an answer other than 422, with the sentence a client reads.
type statusError struct {
	status int
	detail string
	cause  error // logged, never sent; nil when the client is at fault
}

func (e *statusError) Error() string {
	if e.cause != nil {
		return fmt.Sprintf("%d %s: %v", e.status, e.detail, e.cause)
	}
	return fmt.Sprintf("%d %s", e.status, e.detail)
}

func (e *statusError) Unwrap() error { return e.cause }
