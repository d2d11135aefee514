package api

import (
	"strconv"
	"time"

	"latido/hub"
	"latido/hub/conflate"
	"latido/streams/event"
)

// valueKey returns what an event of a JSON stream is a value of: a symbol, a metric,
// a machine or a task, each of one channel. The other events of a task make its
// values pointless: a reader who knows that it is done needs no progress of it.
func valueKey(every time.Duration) func(*hub.Event) conflate.Class {
	return func(e *hub.Event) conflate.Class {
		var kind, name string
		value := true
		switch v := event.Decode(e).(type) {
		case *event.PriceUpdate:
			kind, name = "symbol", v.Symbol
		case *event.MetricUpdate:
			kind, name = "metric", v.Name
		case *event.SystemMetrics:
			kind, name = "node", "="+v.Node // a process on its own has no name
		case event.TaskEvent:
			kind, name, value = "task", v.Head().ID, isProgress(e)
		}
		if name == "" {
			return conflate.Class{}
		}
		where := e.Channel
		if where == "" {
			where = "\x00" + strconv.FormatInt(e.User, 10)
		}
		return conflate.Class{Key: where + "\x00" + kind + "\x00" + name, Value: value, Every: every}
	}
}

func isProgress(e *hub.Event) bool { return e.Name == "task_update" || e.Name == "task_progress" }
