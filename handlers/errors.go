package handlers

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"latido/handlers/access"
	"latido/handlers/sse"
	"latido/hub"
	"latido/hub/kv"
	"latido/views"
)

// ErrNotFound is what Jobs answers for a task or file it does not know.
var ErrNotFound = errors.New("not found")

// ErrBusy is what Jobs answers when as many tasks run as may.
var ErrBusy = errors.New("busy")

// table says what clients are told about errors of other rooms, in this order.
// Whatever is not in it is a fault of ours: 500, logged.
var table = []struct {
	is     error
	status int
	detail string
	log    bool
}{
	{ErrNotFound, http.StatusNotFound, "Not Found", false},
	{ErrBusy, http.StatusTooManyRequests, "As many tasks run as may: wait for one to end, or cancel one", false},
	{access.ErrNotFound, http.StatusNotFound, "Not Found", false},
	{access.ErrLastAdmin, http.StatusConflict, "The last administrator cannot go: give somebody else that role first", false},
	{access.ErrMany, http.StatusConflict, "There are as many as there may be: remove one first", false},
	{access.ErrBusy, http.StatusServiceUnavailable, "Too many passwords are looked at at once: try again in a moment", false},
	{kv.ErrConflict, http.StatusConflict, "Somebody has changed the same thing meanwhile: look again", false},
	{errUnchanged, http.StatusServiceUnavailable, "Nothing was changed, because it could not be stored: try again", true},
	{hub.ErrTooLarge, http.StatusRequestEntityTooLarge, "The event is too large", false},
	{hub.ErrNotReady, http.StatusServiceUnavailable, "The server is still reading its journal: try again in a moment", false},
	{sse.ErrOften, http.StatusServiceUnavailable, "Live connections are opened too often: try again later", false},
	{sse.ErrFull, http.StatusServiceUnavailable, "As many live connections are open as may: close a page, or try again later", false},
	{sse.ErrDraining, http.StatusServiceUnavailable, "The server is stopping: try again in a moment", false},
	{hub.ErrFull, http.StatusInsufficientStorage, "The event could not be stored: the server has no room left on its disk", false},
	{hub.ErrJournal, http.StatusServiceUnavailable, "The event could not be stored: try again; an Idempotency-Key makes that safe", true},
	{kv.ErrFull, http.StatusInsufficientStorage, "Nothing was stored: the server has no room left on its disk", false},
	{kv.ErrUnavailable, http.StatusServiceUnavailable, "The server's records cannot be read or changed now: try again in a moment", true},
	{context.DeadlineExceeded, http.StatusServiceUnavailable, "The server did not answer in time: try again", true},
}

// verdict is what a client is told about an error.
type verdict struct {
	status   int
	detail   string
	problems problems    // instead of the detail, if it is about input
	limit    *limitError // if it is about one
	log      bool        // it is ours to log
}

// resolve turns any error into what the client is told.
func resolve(err error) verdict {
	var se *statusError
	var ps problems
	var limit *limitError
	var tooBig *http.MaxBytesError
	switch {
	case errors.As(err, &ps):
		return verdict{status: http.StatusUnprocessableEntity, problems: ps}
	case errors.As(err, &limit):
		return verdict{status: http.StatusTooManyRequests, detail: limit.detail, limit: limit}
	case errors.As(err, &se):
		return verdict{status: se.status, detail: se.detail, log: se.cause != nil}
	case errors.As(err, &tooBig):
		return verdict{status: http.StatusRequestEntityTooLarge, detail: tooLargeSentence(tooBig.Limit)}
	}
	for _, row := range table {
		if errors.Is(err, row.is) {
			return verdict{status: row.status, detail: row.detail, log: row.log}
		}
	}
	return verdict{status: http.StatusInternalServerError, detail: "Internal Server Error", log: true}
}

// action is a handler that may fail before it has written anything.
type action func(*gin.Context) error

// handle is the one adapter between actions and gin: it alone turns errors into
// answers and log records.
func (a *api) handle(do action) gin.HandlerFunc {
	return func(c *gin.Context) {
		err := do(c)
		if err == nil || errors.Is(err, errAnswered) {
			return
		}
		if c.Request.Context().Err() != nil && !c.Writer.Written() && resolve(err).status >= http.StatusInternalServerError {
			// The client has gone, or has closed its sending half and still reads:
			// returning would tell it 200, although nothing is known to be done.
			panic(http.ErrAbortHandler)
		}
		a.fail(c, err)
	}
}

func (a *api) fail(c *gin.Context, err error) {
	v := resolve(err)
	if v.log {
		a.log.Error("a request failed", "route", c.FullPath(), "status", v.status, "error", err)
	}
	c.Abort()
	if c.Writer.Written() {
		return
	}
	if after := v.retryAfter(); after > 0 {
		c.Header("Retry-After", strconv.Itoa(after))
	}
	if isShare(c.Request) {
		a.failShare(c, v.status, v.detail, v.problems)
		return
	}
	if wantsHTML(c.Request) {
		a.failHTML(c, v)
		return
	}
	if v.problems != nil {
		writeJSON(c, v.status, gin.H{"detail": v.problems})
		return
	}
	writeJSON(c, v.status, gin.H{"detail": v.detail})
}

// retryAfter is when to try again, in seconds; 0 to say nothing.
func (v verdict) retryAfter() int {
	switch {
	case v.limit != nil:
		return v.limit.after
	case v.status == http.StatusServiceUnavailable, v.status == http.StatusInsufficientStorage, v.status == http.StatusTooManyRequests:
		return 2
	}
	return 0
}

// failHTML answers a form or a page: htmx gets a fragment for the form's result,
// a browser without script a whole page.
func (a *api) failHTML(c *gin.Context, v verdict) {
	p := a.page(c, "")
	m := views.AnswersIn(p.Lang)
	if v.problems == nil {
		title := m.Status(v.status, v.detail)
		if v.limit != nil {
			title = v.limit.sentence(m)
		} else if v.detail == errForeign.detail {
			title = m.Foreign
		}
		if isHTMX(c.Request) {
			a.render(c, v.status, views.ResultFragment(p.Lang, views.Result{Title: title}))
			return
		}
		detail := v.detail
		if title != detail {
			detail = "" // said already, in the page's language
		}
		a.render(c, v.status, views.ErrorPage(p, v.status, title, detail))
		return
	}
	r := views.Result{Title: m.CheckInput}
	for _, one := range v.problems {
		r.Errors = append(r.Errors, views.FieldError{Field: one.Loc[len(one.Loc)-1], Message: m.Problem(one.Type, one.Msg)})
	}
	a.answerResult(c, v.status, p, r)
}
