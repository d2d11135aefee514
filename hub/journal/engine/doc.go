// Package engine runs NATS for the packages that store something: a nats-server in this
// process, on a folder, or connections to external servers (Config.Cluster).
//
// # What it promises
//
//   - Two processes do not use one folder: the second one gets ErrLocked.
//   - A [Part] is started on the [Run] of now and on each that follows. Calls on a Run that
//     has failed end by its Broken context, with the cause.
//   - A write of NATS that fails, for example on a full disk, breaks the Run: NATS does not
//     acknowledge anything after it. Reading goes on until NATS is started again, when the
//     disk has room.
//   - Below 8 MiB of room Run.Refusal says so, so that NATS does not meet a full disk. The
//     disk is checked four times a second.
//   - A [Reader], and Batch, compare how many messages NATS says it has sent with how many
//     have come: what is lost on the way is an error.
//   - After a clean Close everything is on the disk. MayHaveLost reports whether the Run
//     before may have lost what readers were shown, see Durability.
//
// # What it does not
//
// It makes no stream of its own, and parts say what is durable: Run.StartCommitter. A
// sync that fails does not break the Run but makes Refusal final: the kernel has forgotten
// which pages it could not write, so another Run would take them for stored. A cluster is
// not started again from here; connections come back by themselves.
//
// # Readers who fall behind
//
// A Reader pulls, one bounded pull at a time: about 8 MiB are buffered for a slow caller.
// NATS deletes one that does not pull for five minutes.
//
// # Starting and stopping
//
// Open returns when NATS has recovered what is stored. Close stops the parts, the last one
// first, and NATS, and waits for them.
//
// # What it does not know, on purpose
//
// What is stored: neither events nor records.
//
// # Testing
//
// Package natstest runs clusters for tests. Config.Force replaces the disk.
package engine
