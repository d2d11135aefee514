package handlers

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"latido/streams/event"
)

type statsAnswer struct {
	TotalConnections int            `json:"total_connections"`
	Channels         map[string]int `json:"channels"`
	UsersConnected   int            `json:"users_connected"`
	Nodes            []nodeAnswer   `json:"nodes,omitempty"`
	Timestamp        string         `json:"timestamp"`
}

// nodeAnswer is the share of one node of several.
type nodeAnswer struct {
	Name             string `json:"name"`
	ThisNode         bool   `json:"this_node"`
	TotalConnections int    `json:"total_connections"`
	UsersConnected   int    `json:"users_connected"`
}

// stats is GET /sse/stats: the whole, and on several nodes each one's share.
func (a *api) stats(c *gin.Context) error {
	all := a.census()
	var nodes []nodeAnswer
	for i, n := range all.nodes {
		nodes = append(nodes, nodeAnswer{n.Name, i == 0, n.Streams, n.Users})
	}
	c.Header("Cache-Control", "no-store")
	writeJSON(c, http.StatusOK, statsAnswer{all.streams, visible(who(c), all.channels), all.users, nodes, event.Timestamp(time.Now())})
	return nil
}

// healthz is GET /healthz: the process runs and answers.
func (a *api) healthz(c *gin.Context) error {
	writeJSON(c, http.StatusOK, gin.H{"status": "ok"})
	return nil
}

// readyWait bounds how long a readiness check may take.
const readyWait = time.Second

// readyz is GET /readyz: events can be published and streamed.
func (a *api) readyz(c *gin.Context) error {
	ctx, cancel := context.WithTimeout(c.Request.Context(), readyWait)
	defer cancel()
	if err := a.Hub.Healthy(ctx); err != nil {
		writeJSON(c, http.StatusServiceUnavailable, gin.H{"status": "unavailable", "detail": "Events cannot be published or streamed now"})
		return nil
	}
	writeJSON(c, http.StatusOK, gin.H{"status": "ready"})
	return nil
}
