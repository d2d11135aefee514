// Package backup writes all events and records to one file, and makes a data folder of it
// again.
//
// # What it promises
//
//   - Write works while the journal is used, and Folder for a folder that no process uses. Every
//     event that was acknowledged before is in the file, with its sequence, time, channel,
//     user, name, data and key, unless retention has dropped it meanwhile; and every record.
//   - Restore makes a journal under a new epoch, because clients may remember ids of events
//     that were stored after the backup; or it changes nothing.
//   - A file that was cut off, or of which any byte was changed, is refused before anything is
//     restored. Check reads a whole file in bounded memory.
//   - Files of formats 1 and 2 can be restored. Where a file has no records, as in format 1,
//     those of the folder stay.
//
// The file is a tar archive that ends with a SHA-256: write.go describes it, old.go the
// older formats.
//
// # What it does not
//
// It does not sign or encrypt. It does not back up a cluster, which has tools of its own. It
// does not carry tickets: they last a minute.
//
// # Readers who fall behind
//
// The writer may be as slow as it likes: the next page is read when it has taken the last.
// Events that retention drops meanwhile are missing then, and Check counts what is there.
//
// # Starting and stopping
//
// Every function returns when it is done. What it has started has stopped then.
//
// # What it does not know, on purpose
//
// What events and records mean.
//
// # Testing
//
// The files in testdata were written by versions that had the older formats.
package backup
