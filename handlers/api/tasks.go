package api

import (
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"latido/handlers/web"
	"latido/streams/event"
)

// updateTask is POST /sse/task-update.
func (a *API) updateTask(c *gin.Context) error {
	var ps web.Problems
	key := idempotencyKey(c, &ps)
	if err := ps.Err(); err != nil {
		return err
	}
	in, err := a.Read(c)
	if err != nil {
		return err
	}
	id := in.Text("task_id")
	progress := event.Literal(in.Number("progress", 0, event.MaxProgress).String())
	draft := event.TaskUpdate{ID: id, Progress: progress, Status: in.Text("status"), Message: in.Text("message")}.Draft(time.Now())
	draft.Key = key
	if err := in.Problems.Err(); err != nil {
		return err
	}
	r, err := a.Publish(c, draft)
	if err != nil {
		return fmt.Errorf("broadcast a task update: %w", err)
	}
	return a.Done(c, web.Done{JSON: gin.H{"status": "broadcasted", "task_id": id, "id": r.ID.String()}, What: web.TaskUpdated, Of: id, ID: r.ID})
}

// startExport is POST /tasks/export: a channel's stored events as NDJSON.
func (a *API) startExport(c *gin.Context) error {
	in, err := a.Read(c)
	if err != nil {
		return err
	}
	channel := in.Text("channel")
	if len(in.Problems) == 0 {
		in.Problems.Channel(channel, "body", "channel")
	}
	if err := in.Problems.Err(); err != nil {
		return err
	}
	id, err := a.cfg.Jobs.StartExport(c.Request.Context(), channel)
	if err != nil {
		return fmt.Errorf("start an export: %w", err)
	}
	return a.Done(c, web.Done{JSON: gin.H{"status": "started", "task_id": id, "channel": channel}, What: web.ExportStarted, Of: channel})
}

// cancelTask is POST /tasks/{id}/cancel.
func (a *API) cancelTask(c *gin.Context) error {
	id := web.PathParam(c, "id")
	if err := a.cfg.Jobs.Cancel(id); err != nil {
		return fmt.Errorf("cancel a task: %w", err)
	}
	return a.Done(c, web.Done{JSON: gin.H{"status": "cancelling", "task_id": id}, What: web.TaskCancelled, Of: id})
}

// download is GET /exports/{task}.ndjson.
func (a *API) download(c *gin.Context) error {
	name := web.PathParam(c, "file")
	task, ok := event.ExportTask("/exports/" + name)
	if !ok {
		return web.ErrNotFound
	}
	f, written, err := a.cfg.Jobs.OpenExport(task)
	if err != nil {
		return fmt.Errorf("open an export: %w", err)
	}
	defer f.Close()
	c.Header("Content-Type", "application/x-ndjson")
	c.Header("Content-Disposition", `attachment; filename="`+name+`"`)
	http.ServeContent(c.Writer, c.Request, name, written, f)
	return nil
}
