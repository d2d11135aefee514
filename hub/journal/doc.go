// Package journal keeps events in a JetStream stream: of a nats-server that runs
// inside the process, on a folder, or of external servers that several processes
// share (Config.Cluster). It implements hub.Journal: the stream's sequence is the
// one order of all events, and its acknowledgement is what a publisher is told.
//
// # What it promises
//
//   - Safe (Config.Durability, the default): an acknowledged event is on the disk.
//     It survives the end of the process, kill -9 included, and a power cut.
//     Nobody is shown an event that is less durable than that.
//   - Fast: an acknowledged event survives the end of the process; it is on the
//     disk about a second later. When the machine may have stopped before that,
//     the next run begins another epoch.
//   - Within an epoch sequences rise, and none is ever used twice. The epoch is
//     made when the stream is created and kept with it: a lost or replaced data
//     folder answers with another epoch, changed limits do not.
//   - The samples of producers (hub.Draft.Sample) wait for no disk and make nobody
//     wait for it; in Safe mode readers see them when they are on it. They are
//     kept for Config.SampleAge, all other events for Config.MaxAge.
//   - What Append stores is what Follow and History deliver, byte for byte.
//   - One key of one channel and user is stored once within
//     Config.DedupeWindow, restarts included. Keys of different channels or
//     users never meet, whatever their text.
//   - Two processes never use one folder: the second one gets ErrLocked.
//   - A folder whose stored events cannot be read is refused with
//     ErrUnreadable; it is never taken for an empty one.
//
// # Records
//
// Journal.Records and Journal.Tickets implement kv.Store on buckets beside the
// events, on a folder as on a cluster.
//
//   - A record that was stored or deleted is as durable as an acknowledged event of
//     the mode; nobody is shown one before. Tickets are in memory and go after
//     TicketAge, or with the engine.
//   - Get, and what decides whether a value is replaced, ask the leader of the bucket,
//     never a server that may be behind.
//   - A Watch ends at the first doubt, and with the run of the engine it began on. It
//     is ready when the newest revision of the bucket's leader has been delivered.
//   - A deletion is remembered for an hour, so that everyone who watches hears of it,
//     and then leaves nothing. The buckets refuse more than 32 MiB and 8 MiB.
//   - Records that are there and cannot be read are ErrUnreadable, never none.
//
// OpenRecords opens them without events, for a command beside a server that does
// not run.
//
// # What it promises on a cluster
//
//   - An acknowledged event is with a majority of Cluster.Replicas servers, and no
//     reader is shown one before. What a power cut of all of them may take is for
//     their sync_interval to decide; the epoch does not tell of it.
//   - Every process sees the same events under the same ids. The stream is made by
//     the first one and never changed by another: a Config that it does not fit is
//     refused with ErrMismatch, which names both values.
//   - Without a majority, or without a connection, nothing is acknowledged: Append
//     answers at once, or within Config.Timeout, and goes on by itself later.
//   - A server may be behind the others. What such a one answers is never taken for
//     the end of what is stored: History and Pending ask it first for the newest
//     event known here, and what the stream says of itself is asked for again. That
//     it has lost its end is believed when it has said so for ten seconds.
//   - Nodes tell each other small reports, and give a role to one of them at a time.
//     A role can be without a holder for NodeAge and ReportEvery; as far as clocks
//     run at the same speed it never has two.
//
// # How Safe is done
//
// The engine writes every event with write(2) and answers. When nobody is on the
// way any more whose event could be served too, a committer forces the file that
// was appended to onto the disk, once for all who wait. Measured (BenchmarkPosters)
// on ext4, two virtual cores, 200 bytes of data: events/s, and the median in
// microseconds, by the number of posters that wait:
//
//	                          1            8             64            512
//	fsync for each     3028   311   3479  2246   3529  17758   3525 141417
//	Safe               3123   295  12550   595  43282   1309  74713   6170
//	Fast              36942    16  58689   115  81701    705 103278   4546
//
// What Safe could have been was compared first, with prototypes that began a sync
// at once and on a slower day of the same disk:
//
//	fsync for each     3154   289   2444  3217   2430  26037   2676 189648
//	atomic batches      222  4255    717 10648   5687  10737  33548  14720
//	syncfs per window  2028   462   6598  1158  25557   2329  56680   8309
//	fdatasync          2046   451   8711   828  28369   2089  55271   8681
//
// An atomic batch (NATS ADR-50) costs the engine a file store of its own; syncfs
// also writes back what others have on the file system. What fdatasync does not
// cover is a file that the engine rewrites to get rid of dropped samples: it
// renames the new one over the old one before it is synced, which ext4 and btrfs
// keep safe (auto_da_alloc and its like) and other file systems may not.
//
// # What it does not
//
//   - It does not outlive its disk, nor notice every corruption of it, nor undo
//     what a disk does that says it has stored and has not.
//   - Retention drops the oldest events, at Config.MaxBytes and Config.MaxAge,
//     whether or not anyone has read them.
//
// # Readers who fall behind
//
// Follow buffers about 8 MiB at most for a deliver function that is slow and
// never holds up publishers. A reader that is slower than retention misses the
// events that were dropped before it came to them. It sees that: sequences jump,
// and Bounds tells whether retention or the age of samples is why.
//
// # When the store fails
//
// Nothing is retried here, because only the caller knows whether it still
// matters: Append, Bounds and History answer within Config.Timeout, and a
// Follow that lost its reader returns and is begun again by its caller from the
// sequence it stopped at.
//
// On a folder a watchdog looks four times a second. Below 8 MiB of room events are refused
// (hub.ErrFull), so that the engine does not meet a full disk. If it does, or a
// write of it fails for another reason, it answers no publisher any more: all who
// wait are told at once, reading goes on, and the engine is started again when
// there is room. A sync that fails is for good, until the program is started
// again: the kernel has forgotten which pages it could not write.
//
// # Backups
//
// Backup writes every stored event to one file, with sequence and time, while the
// journal is used, and every one of the Records; BackupFolder does for a folder that
// nobody uses. Restore makes a journal of such a file under a new epoch, or changes
// nothing. Where the file has no records, as those of older versions, the folder
// keeps its own. What the file
// looks like stands in backup_file.go, how backups were compared at Backup.
//
// # Starting and stopping
//
// Open returns when events can be published and read. After a clean Close that
// takes tens of milliseconds. After a kill every stored block is read again, so
// it grows with what is stored, which is one reason for Config.MaxBytes: 0.4 s for
// 100 MiB and 1.5 to 2.8 s for 1 GiB of events of 1,000 and 200 bytes. Close
// ends every call in progress with an error and returns when the engine has
// written its state and stopped; it does not wait for a deliver function that
// is still running.
//
// # What it does not know, on purpose
//
// What an event means, who may read it, and how many listen: one Follow per
// process is what it is built for, never one per client. It opens no port. What a
// report of Nodes says, and what a role is for.
//
// # Testing
//
// The conformance suite of package hubtest runs on it, on a folder, on one
// external server and on three; the tests here add what needs a disk, a second
// process or a cluster. Code above the journal is better tested on
// hubtest's journal in memory, which can be told to fail.
package journal
