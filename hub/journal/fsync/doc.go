// Package fsync makes appended files durable for many writers at once: one sync of
// the disk serves all writers that wait for it (group commit).
//
// # What it promises
//
//   - After [Committer.Await] has returned nil for a sequence, everything up to that
//     sequence was on the disk when some sync returned without an error.
//   - A sync that fails is final. The kernel reports a failed write-back once and then
//     calls the pages clean, so a later sync that succeeds proves nothing: the
//     Committer moves no sequence forward any more.
//   - The names of new files are synced with their content.
//   - A writer that waits is never delayed by a sync that began for data no writer waits
//     for: those have a goroutine and open files of their own.
//
// # What it does not
//
// It does not write. Its caller says which sequences have been written, and must say
// so after the write has returned. It does not undo a disk that confirms a sync and
// has not stored anything.
//
// A file may be rewritten under another name and renamed over the old one before it is
// synced. That is safe on ext4 and btrfs (auto_da_alloc and similar), and may not be on
// other file systems.
//
// # Starting and stopping
//
// [Start] starts two goroutines. [Committer.Stop] waits for a sync in progress and
// ends them. Writers that still wait are not woken: they need another reason to stop.
//
// # What it does not know, on purpose
//
// What is in the files, and what writes them.
//
// # Testing
//
// The tests replace the disk: a [Disk] that takes a second in a synctest bubble, and
// a [Force] that records which file is synced.
package fsync
