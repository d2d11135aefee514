package handlers

import "github.com/gin-gonic/gin"

// audit leaves a record of a login, a refusal, or a change of who may do what: what
// was done, on whom or which, by whom, and from where. It is given no secret; of a
// request it gets the route and not the path, in which one may be.
func (a *api) audit(c *gin.Context, action, on string) {
	a.Audit.Info("audit", "action", action, "on", on, "who", who(c).Name, "from", c.RemoteIP())
}
