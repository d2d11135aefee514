package manage

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"latido/handlers/access"
	"latido/handlers/web"
)

// listing is GET /access for programs; see the package's documentation.
type listing struct {
	People []access.PersonInfo `json:"people"`
	Keys   []access.KeyInfo    `json:"keys"`
	Links  []access.ShareLink  `json:"links"`
}

// list returns an empty list for nil, which would be null in JSON.
func list[T any](all []T) []T { return append([]T{}, all...) }

// madeKey is a new key with its text.
type madeKey struct {
	access.APIKey
	Key string `json:"key"`
}

// madeLink is a new link with its address.
type madeLink struct {
	access.ShareLink
	URL    string `json:"url"`
	Secret string `json:"secret"`
}

// respond responds with JSON that no cache keeps: it may contain a secret.
func respond(c *gin.Context, body any) error {
	c.Header("Cache-Control", "no-store")
	web.WriteJSON(c, http.StatusOK, body)
	return nil
}

// respondPerson responds with a person.
func (a *App) respondPerson(c *gin.Context, name string) error {
	info, err := a.Access.Person(name)
	if err != nil {
		return web.Unchanged("look up a person", err)
	}
	return respond(c, info)
}

// removed responds that something is gone.
func removed(c *gin.Context) error {
	c.Status(http.StatusNoContent)
	return nil
}

// sentence returns what package access finds wrong with an input, for a Problem.
func sentence(err error) string {
	text := err.Error()
	return strings.ToUpper(text[:1]) + text[1:]
}
