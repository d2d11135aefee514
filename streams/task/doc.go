// Package task runs work in the background and reports it as events: tasks, and
// exports, which are tasks that write the stored events of a channel to a file.
//
// # What it promises
//
// A task that Runner.Start accepted ends with one task_completed or
// task_failed, and no event of it follows. That holds when the task panics, is
// cancelled, or the process stops. The file of an Export appears complete or
// not at all.
//
// # What it does not promise
//
// A task ends with the process. The end of a task is lost, and logged, when the
// journal is away for more than a minute, or while the process stops.
//
// # When publishing fails
//
// A publication has three seconds. Lost progress is logged once for a task and
// is not sent again. The end of a task is tried again, with an idempotency key.
//
// # Starting and stopping
//
// Constructors start nothing. Runner.Run and Runner.Close return when every
// task has ended and its end is published or lost. The publisher must outlive
// both: tasks publish their end after their context has ended, for a few
// seconds at most.
//
// # What it does not know, on purpose
//
// HTTP, HTML, NATS, other nodes, and who may start or cancel a task.
//
// # Testing
//
// All timing is by package time, so tests use testing/synctest and a
// hubtest.Recorder.
package task
