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
	k.Post(web.LoginPath, web.Public, a.withForm(a.login))
	k.Post("/logout", web.Public, a.logout)
	k.Get("/access", web.Manager, a.accessPage)
	k.Post("/access/people", web.Manager, a.withForm(a.addPerson))
	k.Get("/access/people/:name", web.Manager, a.personPage)
	k.Post("/access/people/:name/role", web.Manager, a.withForm(a.setRole))
	k.Post("/access/people/:name/password", web.Manager, a.withForm(a.setPassword))
	k.Post("/access/people/:name/remove", web.Manager, a.removePerson)
	k.Post("/access/keys", web.Manager, a.withForm(a.addKey))
	k.Post("/access/keys/:id/revoke", web.Manager, a.withForm(a.revokeKey))
	k.Post("/access/links", web.Manager, a.withForm(a.addLink))
	k.Post("/access/links/:id/revoke", web.Manager, a.withForm(a.revokeLink))
	k.Get("/account", web.LoggedIn, a.accountPage)
	k.Post("/account", web.LoggedIn, a.withForm(a.changePassword))
}

// done returns the address of a page that says what was done: one of the Done
// constants of views.
func (a *App) done(path, done string) string {
	return a.URLs.Query(path, url.Values{"done": {done}})
}

// form is a body with fields of people, keys and links.
type form struct{ *web.Input }

// withForm returns an action that reads the body before do: see web.Kernel.Read.
func (a *App) withForm(do func(*gin.Context, form) error) web.Action {
	return func(c *gin.Context) error {
		in, err := a.Read(c)
		if err != nil {
			return err
		}
		return do(c, form{in})
	}
}
