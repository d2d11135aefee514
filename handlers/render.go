package handlers

import (
	"bytes"
	"net/http"

	"github.com/a-h/templ"
	"github.com/gin-gonic/gin"
)

// render answers a page or fragment: whole into memory first, so that a failure
// can still become an error's status.
func (a *api) render(c *gin.Context, status int, part templ.Component) {
	var b bytes.Buffer
	if err := part.Render(c.Request.Context(), &b); err != nil {
		a.log.Error("rendering a page failed", "route", c.FullPath(), "error", err)
		c.String(http.StatusInternalServerError, "Internal Server Error")
		return
	}
	c.Header("Cache-Control", "no-store")
	c.Header("Vary", "Accept, Accept-Language, Cookie")
	c.Data(status, "text/html; charset=utf-8", b.Bytes())
}
