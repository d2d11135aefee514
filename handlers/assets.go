package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"latido/assets"
)

// asset serves an embedded file. Its name holds its hash, so it never changes.
func (a *api) asset(c *gin.Context) error {
	content, kind, ok := assets.Lookup(c.Request.URL.Path)
	if !ok {
		return &statusError{status: http.StatusNotFound, detail: "Not Found"}
	}
	c.Header("Cache-Control", "public, max-age=31536000, immutable")
	c.Data(http.StatusOK, kind, content)
	return nil
}

// favicon answers browsers that ask for an icon by its old name.
func (a *api) favicon(c *gin.Context) error {
	c.Redirect(http.StatusFound, assets.Path("favicon.svg"))
	return nil
}
