package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"latido/handlers/access"
	"latido/handlers/web"
	"latido/streams/event"
)

type statsBody struct {
	TotalConnections int            `json:"total_connections"`
	Channels         map[string]int `json:"channels"`
	UsersConnected   int            `json:"users_connected"`
	Nodes            []nodeBody     `json:"nodes,omitempty"`
	Timestamp        string         `json:"timestamp"`
}

// nodeBody is the share of one node of several.
type nodeBody struct {
	Name             string `json:"name"`
	ThisNode         bool   `json:"this_node"`
	TotalConnections int    `json:"total_connections"`
	UsersConnected   int    `json:"users_connected"`
}

// stats is GET /sse/stats: the sums and, with several nodes, the share of each.
func (a *API) stats(c *gin.Context) error {
	all := a.Census()
	var nodes []nodeBody
	for i, n := range all.Nodes {
		nodes = append(nodes, nodeBody{n.Name, i == 0, n.Streams, n.Users})
	}
	c.Header("Cache-Control", "no-store")
	web.WriteJSON(c, http.StatusOK, statsBody{all.Streams, visible(web.Principal(c), all.Channels), all.Users, nodes, event.Timestamp(time.Now())})
	return nil
}

// visible returns the counts of the channels that p may read.
func visible(p *access.Principal, channels map[string]int) map[string]int {
	if p.Grant.Subscribe.All() {
		return channels
	}
	seen := map[string]int{}
	for name, n := range channels {
		if p.Grant.Subscribe.Match(name) {
			seen[name] = n
		}
	}
	return seen
}

// healthz is GET /healthz: the process responds.
func (a *API) healthz(c *gin.Context) error {
	web.WriteJSON(c, http.StatusOK, gin.H{"status": "ok"})
	return nil
}

// readyWait bounds how long a readiness check may take.
const readyWait = time.Second

// readyz is GET /readyz: events can be published and streamed.
func (a *API) readyz(c *gin.Context) error {
	ctx, cancel := context.WithTimeout(c.Request.Context(), readyWait)
	defer cancel()
	if err := a.Hub.Healthy(ctx); err != nil {
		web.WriteJSON(c, http.StatusServiceUnavailable, gin.H{"status": "unavailable", "detail": "Events cannot be published or streamed now"})
		return nil
	}
	web.WriteJSON(c, http.StatusOK, gin.H{"status": "ready"})
	return nil
}

// newTicket is POST /sse/ticket.
func (a *API) newTicket(c *gin.Context) error {
	text, err := a.Access.NewTicket(c.Request.Context(), web.Principal(c))
	if err != nil {
		return fmt.Errorf("make a ticket: %w", err)
	}
	c.Header("Cache-Control", "no-store")
	web.WriteJSON(c, http.StatusOK, gin.H{"ticket": text, "expires_in": int(access.TicketLifetime.Seconds())})
	return nil
}
