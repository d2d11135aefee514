package handlers

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

type statsAnswer struct {
	TotalConnections int            `json:"total_connections"`
	Channels         map[string]int `json:"channels"`
	UsersConnected   int            `json:"users_connected"`
	Timestamp        string         `json:"timestamp"`
}

// stats is GET /sse/stats.
func (a *api) stats(c *gin.Context) error {
	s := a.Hub.Stats()
	c.Header("Access-Control-Allow-Origin", "*")
	c.Header("Cache-Control", "no-store")
	writeJSON(c, http.StatusOK, statsAnswer{s.Streams, s.Channels, s.Users, timestamp(time.Now())})
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
