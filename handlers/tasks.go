package handlers

import (
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"latido/hub"
	"latido/streams/event"
	"latido/views"
)

// tasksChannel carries the life cycle of tasks.
const tasksChannel = event.TasksChannel

// updateTask is POST /sse/task-update.
func (a *api) updateTask(c *gin.Context) error {
	var ps problems
	key := ps.idempotencyKey(c)
	if err := ps.err(); err != nil {
		return err
	}
	in, err := a.read(c)
	if err != nil {
		return err
	}
	id := in.text("task_id")
	progress := event.Literal(in.number("progress", 0, event.MaxProgress).String())
	draft := event.TaskUpdate{ID: id, Progress: progress, Status: in.text("status"), Message: in.text("message")}.Draft(time.Now())
	draft.Key = key
	if err := in.bad.err(); err != nil {
		return err
	}
	r, err := a.publish(c, draft)
	if err != nil {
		return fmt.Errorf("broadcast a task update: %w", err)
	}
	return a.answer(c, gin.H{"status": "broadcasted", "task_id": id, "id": r.ID.String()},
		func(m views.Answers) string { return m.TaskUpdated(id) }, r.ID)
}

// startExport is POST /tasks/export: a channel's stored events as NDJSON.
func (a *api) startExport(c *gin.Context) error {
	in, err := a.read(c)
	if err != nil {
		return err
	}
	channel := in.text("channel")
	if len(in.bad) == 0 {
		in.bad.channel(channel, "body", "channel")
	}
	if err := in.bad.err(); err != nil {
		return err
	}
	id, err := a.Jobs.StartExport(c.Request.Context(), channel)
	if err != nil {
		return fmt.Errorf("start an export: %w", err)
	}
	return a.answer(c, gin.H{"status": "started", "task_id": id, "channel": channel},
		func(m views.Answers) string { return m.ExportStarted(channel) }, hub.ID{})
}

// cancelTask is POST /tasks/{id}/cancel.
func (a *api) cancelTask(c *gin.Context) error {
	id := pathParam(c, "id")
	if err := a.Jobs.Cancel(id); err != nil {
		return fmt.Errorf("cancel a task: %w", err)
	}
	return a.answer(c, gin.H{"status": "cancelling", "task_id": id},
		func(m views.Answers) string { return m.TaskCancelled(id) }, hub.ID{})
}

// download is GET /exports/{task}.ndjson.
func (a *api) download(c *gin.Context) error {
	name := pathParam(c, "file")
	task, ok := event.ExportTask("/exports/" + name)
	if !ok {
		return ErrNotFound
	}
	f, written, err := a.Jobs.OpenExport(task)
	if err != nil {
		return fmt.Errorf("open an export: %w", err)
	}
	defer f.Close()
	c.Header("Content-Type", "application/x-ndjson")
	c.Header("Content-Disposition", `attachment; filename="`+name+`"`)
	http.ServeContent(c.Writer, c.Request, name, written, f)
	return nil
}
