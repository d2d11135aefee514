package pages

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"latido/assets"
	"latido/handlers/web"
)

// asset serves an embedded file. Its name holds its hash, so it never changes.
func (a *App) asset(c *gin.Context) error {
	content, kind, ok := assets.Lookup(c.Request.URL.Path)
	if !ok {
		return web.ErrNotFound
	}
	c.Header("Cache-Control", "public, max-age=31536000, immutable")
	c.Data(http.StatusOK, kind, content)
	return nil
}

// favicon is for browsers that request the icon by its old name.
func (a *App) favicon(c *gin.Context) error {
	c.Redirect(http.StatusFound, a.URLs.Path(assets.Path("favicon.svg")))
	return nil
}
