package web

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"latido/hub"
)

// IsHTMX reports whether htmx sends the request, which swaps fragments into a page.
func IsHTMX(r *http.Request) bool { return r.Header.Get("HX-Request") == "true" }

// WantsHTML reports whether the client prefers HTML over JSON. A client that
// takes anything, like curl, gets JSON.
func WantsHTML(r *http.Request) bool {
	for _, part := range strings.Split(strings.Join(r.Header.Values("Accept"), ","), ",") {
		kind, params, _ := strings.Cut(strings.TrimSpace(strings.ToLower(part)), ";")
		refused := strings.ReplaceAll(params, " ", "") == "q=0"
		switch strings.TrimSpace(kind) {
		case "text/html", "application/xhtml+xml":
			if !refused {
				return true
			}
		case "application/json":
			if !refused {
				return false
			}
		}
	}
	return false
}

// WantsJSON reports whether the client asks for JSON by name, as curl --json does.
// It is for routes that respond with a page to clients that take anything.
func WantsJSON(r *http.Request) bool {
	return strings.Contains(strings.ToLower(r.Header.Get("Accept")), "application/json") && !WantsHTML(r) && !IsHTMX(r)
}

// WriteJSON writes body as JSON, without escaping what only HTML needs escaped.
func WriteJSON(c *gin.Context, status int, body any) { c.PureJSON(status, body) }

// Done is something that a request has done.
type Done struct {
	JSON any     // the response's body, for clients of JSON
	What Outcome // names the sentence that others read
	Of   string  // what it was done to: a channel, a user id, or a task's id
	ID   hub.ID  // the event that was published, if one was
}

// Outcome names what a request has done, for the sentence that people read.
type Outcome string

// The outcomes.
const (
	BroadcastSent    Outcome = "broadcast"
	NotificationSent Outcome = "notification"
	TaskUpdated      Outcome = "task update"
	ExportStarted    Outcome = "export"
	TaskCancelled    Outcome = "cancel"
)

// Done responds that something was done: with JSON, or with the form's result in
// HTML.
func (k *Kernel) Done(c *gin.Context, d Done) error {
	if WantsHTML(c.Request) {
		return k.html.Done(c, d)
	}
	WriteJSON(c, http.StatusOK, d.JSON)
	return nil
}

// Component is a part of a page: a templ.Component.
type Component interface {
	Render(ctx context.Context, w io.Writer) error
}

// Render responds with a page or fragment, which it renders whole before it writes a
// byte: an error means that nothing is written. A client that has closed its sending
// half counts as gone and still reads, so its page is rendered all the same.
func (k *Kernel) Render(c *gin.Context, status int, part Component) error {
	var b bytes.Buffer
	if err := part.Render(k.html.Context(context.WithoutCancel(c.Request.Context())), &b); err != nil {
		return fmt.Errorf("render a page: %w", err)
	}
	c.Header("Cache-Control", "no-store")
	c.Header("Vary", "Accept, Accept-Language, Cookie")
	c.Data(status, "text/html; charset=utf-8", b.Bytes())
	return nil
}

// RenderPage responds with a page or, to htmx, with the fragment of it that changes.
func (k *Kernel) RenderPage(c *gin.Context, status int, page, fragment Component) error {
	if IsHTMX(c.Request) {
		return k.Render(c, status, fragment)
	}
	return k.Render(c, status, page)
}

// Leave sends a browser to another page, one of URLs, also when htmx sent the
// request.
func Leave(c *gin.Context, address string) {
	c.Header("Cache-Control", "no-store")
	if IsHTMX(c.Request) {
		c.Header("HX-Redirect", address)
		c.Status(http.StatusNoContent)
		return
	}
	c.Redirect(http.StatusSeeOther, address)
}

// SetCookie sets a cookie that scripts cannot read and other sites' forms do not
// send, for all pages of the product.
func (k *Kernel) SetCookie(c *gin.Context, cookie http.Cookie) {
	cookie.Path, cookie.Secure = k.URLs.CookiePath(cookie.Name), IsTLS(c.Request)
	cookie.HttpOnly, cookie.SameSite = true, http.SameSiteLaxMode
	http.SetCookie(c.Writer, &cookie)
}
