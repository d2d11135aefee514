package manage

import (
	"context"
	"io"
	"net/url"
	"sync"

	"github.com/gin-gonic/gin"

	"latido/handlers/web"
	"latido/views"
)

// Config is what this package needs beside the kernel. All fields but Backup are
// required.
type Config struct {
	// Frame returns what every page has around its content; path is the page's.
	Frame func(c *gin.Context, path string) views.Page
	Cards []string // those that a share link may show, in the order of a page
	// Backup writes a backup; nil where the process has no folder, and no route then.
	Backup func(ctx context.Context, w io.Writer) error
}

// App is logging in and out, the own account, and the management of access.
type App struct {
	*web.Kernel
	cfg Config

	backingUp sync.Mutex // held by the one backup that may run
}

// Register registers the routes of this package: none where the directory of access
// keeps no records.
func Register(k *web.Kernel, cfg Config) {
	if !k.Access.Keeps() {
		return
	}
	a := &App{Kernel: k, cfg: cfg}
	if cfg.Backup != nil {
		k.Get("/backup", web.Console, a.backup)
	}
	k.Get(web.LoginPath, web.Public, a.loginPage)
	k.Post(web.LoginPath, web.Public, a.login)
	k.Post("/logout", web.Public, a.logout)
	k.Get("/access", web.Manager, a.accessPage)
	k.Post("/access/people", web.Manager, a.addPerson)
	k.Get("/access/people/:name", web.Manager, a.personPage)
	k.Post("/access/people/:name/role", web.Manager, a.setRole)
	k.Post("/access/people/:name/password", web.Manager, a.setPassword)
	k.Post("/access/people/:name/remove", web.Manager, a.removePerson)
	k.Post("/access/keys", web.Manager, a.addKey)
	k.Post("/access/keys/:id/revoke", web.Manager, a.revokeKey)
	k.Post("/access/links", web.Manager, a.addLink)
	k.Post("/access/links/:id/revoke", web.Manager, a.revokeLink)
	k.Get("/account", web.LoggedIn, a.accountPage)
	k.Post("/account", web.LoggedIn, a.changePassword)
}

// done returns the address of a page that says what was done: one of the Done
// constants of views.
func (a *App) done(path, done string) string {
	return a.URLs.Query(path, url.Values{"done": {done}})
}

// form is a body with fields of people, keys and links.
type form struct{ *web.Input }

// read reads the body: see web.Kernel.Read.
func (a *App) read(c *gin.Context) (form, error) {
	in, err := a.Read(c)
	return form{in}, err
}
