// Package journal keeps events in a JetStream stream of a nats-server that runs
// inside the process. It implements hub.Journal: the stream's sequence is the
// one order of all events, and its acknowledgement is what a publisher is told.
//
// # What it promises
//
//   - An acknowledged event survives the end of the process, kill -9 included:
//     the acknowledgement comes after write(2) of the event.
//   - Sequences are consecutive and never used twice within an epoch. The epoch
//     is made when the stream is created and kept with it: a lost or replaced
//     data folder answers with another epoch, changed limits do not.
//   - What Append stores is what Follow and History deliver, byte for byte.
//   - One key of one channel and user is stored once within
//     Config.DedupeWindow, restarts included. Keys of different channels or
//     users never meet, whatever their text.
//   - Two processes never use one folder: the second one gets ErrLocked.
//   - A folder whose stored events cannot be read is refused with
//     ErrUnreadable; it is never taken for an empty one.
//
// # What it does not
//
//   - A power cut or a crash of the kernel may take the events of the last
//     Config.SyncInterval, acknowledged ones included, and may leave the epoch
//     as it was. Stricter durability is not offered yet.
//   - It does not outlive its disk, nor notice every corruption of it.
//   - Retention drops the oldest events, at Config.MaxBytes and Config.MaxAge,
//     whether or not anyone has read them.
//
// # Readers who fall behind
//
// Follow buffers about 8 MiB at most for a deliver function that is slow and
// never holds up publishers. A reader that is slower than retention misses the
// events that were dropped before it came to them. It sees that: sequences are
// consecutive, so the next event's is more than one above the last one's.
//
// # When the store fails
//
// Nothing is retried here, because only the caller knows whether it still
// matters: Append, Bounds and History answer within Config.Timeout, and a
// Follow that lost its reader returns and is begun again by its caller from the
// sequence it stopped at. After one write that failed, on a full disk for one,
// the engine stores nothing more until it is opened again: the publishers that
// wait learn it after Config.Timeout, all others and Healthy at once. Reading
// goes on.
//
// # Starting and stopping
//
// Open returns when events can be published and read. After a clean Close that
// takes tens of milliseconds. After a kill every stored block is read again, so
// it grows with what is stored, which is one reason for Config.MaxBytes. Close
// ends every call in progress with an error and returns when the engine has
// written its state and stopped; it does not wait for a deliver function that
// is still running.
//
// # What it does not know, on purpose
//
// What an event means, who may read it, and how many listen: one Follow per
// process is what it is built for, never one per client. It opens no port.
//
// # Testing
//
// The conformance suite of package hubtest runs on it; the tests here add what
// needs a disk or a second process. Code above the journal is better tested on
// hubtest's journal in memory, which can be told to fail.
package journal
