package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"latido/handlers/access"
	"latido/handlers/sse"
	"latido/hub"
	"latido/hub/kv"
)

// ErrNotFound is returned for a task, file or share link that is unknown.
var ErrNotFound = errors.New("not found")

// ErrBusy is returned when as many tasks run as may.
var ErrBusy = errors.New("busy")

// ErrUnchanged is wrapped by errors of changes of people, keys and links that could
// not be stored: see Unchanged.
var ErrUnchanged = errors.New("not stored")

var (
	errNoRoute  = &StatusError{Status: http.StatusNotFound, Detail: "There is nothing at this address: check its path"}
	errNoMethod = &StatusError{Status: http.StatusMethodNotAllowed, Detail: "This address does not support the method: the header Allow names those it does"}
)

// errResponded ends a request that has its response already.
var errResponded = errors.New("responded")

// table says what clients read about errors of other packages; the first row that
// fits counts. What is not in it is a fault of the program: 500, logged.
var table = []struct {
	is     error
	status int
	detail string
	log    bool
}{
	{ErrNotFound, http.StatusNotFound, "There is nothing of this name: check it, or whether it has ended or expired", false},
	{ErrBusy, http.StatusTooManyRequests, "The maximum number of tasks is running: wait for one to end, or cancel one", false},
	{access.ErrNotFound, http.StatusNotFound, "There is no such person, key or link: look it up in the list of /access", false},
	{access.ErrLastAdmin, http.StatusConflict, "This is the last administrator: give another person that role first", false},
	{access.ErrMany, http.StatusConflict, "The maximum number of people, keys or links is reached: remove or revoke one first", false},
	{access.ErrBusy, http.StatusServiceUnavailable, "Too many passwords are being checked at this moment: try again in a few seconds", false},
	{kv.ErrConflict, http.StatusConflict, "Somebody else has changed this in the meantime: reload it and make your change again", false},
	{ErrUnchanged, http.StatusServiceUnavailable, "Nothing was changed, because it could not be stored: try again", true},
	{hub.ErrTooLarge, http.StatusRequestEntityTooLarge, "The event is too large to be stored: send less data in it", false},
	{hub.ErrNotReady, http.StatusServiceUnavailable, "The server is still reading its journal: try again in a moment", false},
	{sse.ErrOften, http.StatusServiceUnavailable, "Live connections are opened too often: try again later", false},
	{sse.ErrFull, http.StatusServiceUnavailable, "The maximum number of live connections is open: close a page, or try again later", false},
	{sse.ErrDraining, http.StatusServiceUnavailable, "The server is stopping: try again in a moment", false},
	{hub.ErrFull, http.StatusInsufficientStorage, "The event could not be stored: the server has no room left on its disk", false},
	{kv.ErrFull, http.StatusInsufficientStorage, "Nothing was stored: the server has no room left on its disk", false},
	{kv.ErrUnavailable, http.StatusServiceUnavailable, "The server's records cannot be read or changed now: try again in a moment", true},
	{hub.ErrJournal, http.StatusServiceUnavailable, "The event could not be stored: try again; an Idempotency-Key makes that safe", true},
	{context.DeadlineExceeded, http.StatusServiceUnavailable, "The server did not finish in time: try again", true},
}

// Unchanged wraps the error of a change of people, keys or links with what was
// attempted, and with ErrUnchanged if it could not be stored.
func Unchanged(attempted string, err error) error {
	if errors.Is(err, kv.ErrUnavailable) {
		return fmt.Errorf("%s: %w: %w", attempted, ErrUnchanged, err)
	}
	return fmt.Errorf("%s: %w", attempted, err)
}

// Failure is what a client learns of an error.
type Failure struct {
	Status   int
	Detail   string
	Problems Problems    // in place of Detail, if it is about input
	Limit    *LimitError // if it is about a limit
	log      bool        // it is to be logged
}

// failureOf turns any error into what the client learns.
func failureOf(err error) Failure {
	var se *StatusError
	var ps Problems
	var limit *LimitError
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &ps):
		return Failure{Status: http.StatusUnprocessableEntity, Problems: ps}
	case errors.As(err, &limit):
		return Failure{Status: http.StatusTooManyRequests, Detail: limit.Detail, Limit: limit}
	case errors.As(err, &se):
		return Failure{Status: se.Status, Detail: se.Detail}
	case errors.As(err, &tooLarge):
		return Failure{Status: http.StatusRequestEntityTooLarge, Detail: fmt.Sprintf("The body is larger than %d bytes: send less at once", tooLarge.Limit)}
	}
	for _, row := range table {
		if errors.Is(err, row.is) {
			return Failure{Status: row.status, Detail: row.detail, log: row.log}
		}
	}
	return Failure{Status: http.StatusInternalServerError, Detail: "Internal Server Error", log: true}
}

// retryAfter is when to try again, in seconds; 0 to say nothing.
func (f Failure) retryAfter() int {
	switch {
	case f.Limit != nil:
		return f.Limit.After
	case f.Status == http.StatusServiceUnavailable, f.Status == http.StatusInsufficientStorage, f.Status == http.StatusTooManyRequests:
		return 2
	}
	return 0
}

// adapt is the one adapter between actions and gin: it turns the error that an
// action returns into the response, and into a log record where one is due.
func (k *Kernel) adapt(do Action) gin.HandlerFunc {
	return func(c *gin.Context) {
		err := do(c)
		if err == nil || errors.Is(err, errResponded) {
			return
		}
		if c.Request.Context().Err() != nil && !c.Writer.Written() && failureOf(err).Status >= http.StatusInternalServerError {
			// The client has gone, or has closed its sending half and still reads:
			// returning would tell it 200, although nothing is known to be done.
			panic(http.ErrAbortHandler)
		}
		k.fail(c, err)
	}
}

// fail writes an error's response, unless one has begun.
func (k *Kernel) fail(c *gin.Context, err error) {
	f := failureOf(err)
	if f.log {
		k.Logger.Error("a request failed", "route", c.FullPath(), "status", f.Status, "error", err)
	}
	c.Abort()
	if c.Writer.Written() {
		return
	}
	if after := f.retryAfter(); after > 0 {
		c.Header("Retry-After", strconv.Itoa(after))
	}
	switch {
	case WantsHTML(c.Request) || IsShare(c.Request): // a share link is a screen's
		if err := k.html.Failure(c, f); err != nil {
			k.Logger.Error("rendering an error failed", "route", c.FullPath(), "status", f.Status, "error", err)
			c.String(f.Status, http.StatusText(f.Status))
		}
	case f.Problems != nil:
		WriteJSON(c, f.Status, gin.H{"detail": f.Problems})
	default:
		WriteJSON(c, f.Status, gin.H{"detail": f.Detail})
	}
}
