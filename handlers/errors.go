package handlers

import (
	"context"
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"latido/handlers/access"
	"latido/handlers/sse"
	"latido/hub"
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
	{hub.ErrConflict, http.StatusConflict, "Somebody has changed the same thing meanwhile: look again", false},
	{errUnchanged, http.StatusServiceUnavailable, "Nothing was changed, because it could not be stored: try again", true},
	{hub.ErrTooLarge, http.StatusRequestEntityTooLarge, "The event is too large", false},
	{hub.ErrNotReady, http.StatusServiceUnavailable, "The server is still reading its journal: try again in a moment", false},
	{sse.ErrFull, http.StatusServiceUnavailable, "As many live connections are open as may: close a page, or try again later", false},
	{sse.ErrDraining, http.StatusServiceUnavailable, "The server is stopping: try again in a moment", false},
	{hub.ErrFull, http.StatusInsufficientStorage, "The event could not be stored: the server has no room left on its disk", false},
	{hub.ErrJournal, http.StatusServiceUnavailable, "The event could not be stored: try again; an Idempotency-Key makes that safe", true},
	{context.DeadlineExceeded, http.StatusServiceUnavailable, "The server did not answer in time: try again", true},
}

// resolve turns any error into a status, the sentence for the client, and the
// input problems if it is about input. log says whether it is ours to log.
func resolve(err error) (status int, detail string, ps problems, log bool) {
	var se *statusError
	var tooBig *http.MaxBytesError
	switch {
	case errors.As(err, &ps):
		return http.StatusUnprocessableEntity, "", ps, false
	case errors.As(err, &se):
		return se.status, se.detail, nil, se.cause != nil
	case errors.As(err, &tooBig):
		return http.StatusRequestEntityTooLarge, tooLargeSentence(tooBig.Limit), nil, false
	}
	for _, row := range table {
		if errors.Is(err, row.is) {
			return row.status, row.detail, nil, row.log
		}
	}
	return http.StatusInternalServerError, "Internal Server Error", nil, true
}

// action is a handler that may fail before it has written anything.
type action func(*gin.Context) error

// handle is the one adapter between actions and gin: it alone turns errors into
// answers and log records.
func (a *api) handle(do action) gin.HandlerFunc {
	return func(c *gin.Context) {
		err := do(c)
		if err == nil {
			return
		}
		status, _, _, _ := resolve(err)
		if c.Request.Context().Err() != nil && !c.Writer.Written() && status >= http.StatusInternalServerError {
			// The client has gone, or has closed its sending half and still reads:
			// returning would tell it 200, although nothing is known to be done.
			panic(http.ErrAbortHandler)
		}
		a.fail(c, err)
	}
}

func (a *api) fail(c *gin.Context, err error) {
	status, detail, ps, log := resolve(err)
	if log {
		a.log.Error("a request failed", "route", c.FullPath(), "status", status, "error", err)
	}
	c.Abort()
	if c.Writer.Written() {
		return
	}
	if status == http.StatusServiceUnavailable || status == http.StatusInsufficientStorage || status == http.StatusTooManyRequests {
		c.Header("Retry-After", "2")
	}
	if isShare(c.Request) {
		a.failShare(c, status, detail, ps)
		return
	}
	if wantsHTML(c.Request) {
		a.failHTML(c, status, detail, ps)
		return
	}
	if ps != nil {
		writeJSON(c, status, gin.H{"detail": ps})
		return
	}
	writeJSON(c, status, gin.H{"detail": detail})
}

// failHTML answers a form or a page: htmx gets a fragment for the form's result,
// a browser without script a whole page.
func (a *api) failHTML(c *gin.Context, status int, detail string, ps problems) {
	p := a.page(c, "")
	m := views.AnswersIn(p.Lang)
	if ps == nil {
		title := m.Status(status, detail)
		if detail == errForeign.detail {
			title = m.Foreign
		}
		if isHTMX(c.Request) {
			a.render(c, status, views.ResultFragment(p.Lang, views.Result{Title: title}))
			return
		}
		if title != detail {
			detail = "" // said already, in the page's language
		}
		a.render(c, status, views.ErrorPage(p, status, title, detail))
		return
	}
	r := views.Result{Title: m.CheckInput}
	for _, one := range ps {
		r.Errors = append(r.Errors, views.FieldError{Field: one.Loc[len(one.Loc)-1], Message: m.Problem(one.Type, one.Msg)})
	}
	a.answerResult(c, status, p, r)
}
