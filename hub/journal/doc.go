// Package journal stores events in a JetStream stream: of a nats-server that runs in
// this process, on a folder, or of external servers that several processes share
// (Config.Cluster). It implements hub.Journal: the stream's sequence is the one order
// of all events, and its acknowledgement is what a publisher receives.
//
// # What it promises
//
//   - Safe (Config.Durability, the default): an acknowledged event is on the disk. It
//     survives the end of the process, kill -9 included, and a power cut. No reader is
//     shown an event that is less durable than that.
//   - Fast: an acknowledged event survives the end of the process; it is on the disk
//     about a second later. When the machine may have stopped before that, the next run
//     begins another epoch.
//   - Within an epoch sequences rise, and none is used twice. The epoch is made when the
//     stream is created and stored with it: a lost or replaced data folder has another
//     epoch, changed limits do not change it.
//   - Ephemeral events (hub.Draft.Ephemeral) do not wait for the disk, and no other publisher waits
//     for them; in Safe mode readers see them when they are on it. They are stored for
//     Config.EphemeralAge, all other events for Config.MaxAge.
//   - What Append stores is what Follow and History deliver, byte for byte.
//   - One key of one channel and user is stored once within Config.DedupeWindow,
//     restarts included. Keys of different channels or users never meet.
//   - A folder whose stored events cannot be read is refused with
//     engine.ErrUnreadable; it is not taken for an empty one.
//
// # What it promises on a cluster
//
//   - An acknowledged event is with a majority of Cluster.Replicas servers, and no reader
//     is shown one before. What a power cut of all of them may take depends on their
//     sync_interval; the epoch does not change with it.
//   - Every process sees the same events under the same ids. The stream is made by the
//     first process and not changed by another: a Config that it does not fit is refused
//     with engine.ErrMismatch, which names both values.
//   - Without a majority, or without a connection, nothing is acknowledged: Append
//     returns at once, or within Config.Timeout, and works again by itself later.
//   - A server may be behind the others. Its reply is not taken for the end
//     of what is stored: History and Pending ask it first for the newest event known
//     here, and what the stream says of itself is asked for again. That it has lost its
//     end is believed when it has said so for ten seconds.
//
// # How Safe is done
//
// NATS writes every event with write(2) and acknowledges it. Package fsync forces the file
// that was appended to onto the disk, once for all publishers that wait. It does so once no
// other event is on its way that the same sync could serve. Measured (BenchmarkPublishers) on
// ext4, two virtual cores, 200 bytes of data: events/s, and the median in microseconds,
// by the number of publishers that wait. The first row is NATS' own SyncAlways:
//
//	                          1            8             64            512
//	fsync for each     3028   311   3479  2246   3529  17758   3525 141417
//	Safe               3123   295  12550   595  43282   1309  74713   6170
//	Fast              36942    16  58689   115  81701    705 103278   4546
//
// What Safe could have been was compared first, with prototypes that began a sync at once
// and on a slower day of the same disk:
//
//	fsync for each     3154   289   2444  3217   2430  26037   2676 189648
//	atomic batches      222  4255    717 10648   5687  10737  33548  14720
//	syncfs per window  2028   462   6598  1158  25557   2329  56680   8309
//	fdatasync          2046   451   8711   828  28369   2089  55271   8681
//
// An atomic batch (NATS ADR-50) costs NATS a file store of its own; syncfs also writes
// back what others have on the file system.
//
// # What it does not
//
//   - It does not outlive its disk, nor notice every corruption of it.
//   - Retention drops the oldest events, at Config.MaxBytes and Config.MaxAge, whether or
//     not they have been read.
//
// # Readers who fall behind
//
// Follow buffers about 8 MiB at most for a slow deliver function and does not hold up
// publishers. A reader that is slower than retention misses the events that were dropped
// before it came to them. It sees that: sequences jump, and Bounds shows whether
// retention or the age of ephemeral events is why.
//
// # When the store fails
//
// The journal repeats what can be repeated without a trace: a read without a reply, a read
// of a server that is behind, the creation of a reader. It also repeats an event that was
// refused because another with the same key was being stored. It does not store an event a
// second time that may have been stored. Append, Bounds and History return within
// Config.Timeout, or four times that for reads. A Follow that lost its reader returns; the
// caller begins it again from the sequence it stopped at.
//
// On a full disk, or after a write of NATS that failed, events are refused at once
// (hub.ErrFull, hub.ErrJournal) and reading goes on; see package engine for when storing
// goes on. A sync that fails is final until the program is started again.
//
// # Starting and stopping
//
// Open returns when events can be published and read. After a clean Close that takes tens
// of milliseconds. After a kill every stored block is read again, so it grows with what is
// stored: 0.4 s for 100 MiB and 1.5 to 2.8 s for 1 GiB of events of 1,000 and 200 bytes.
// Close ends every call in progress with an error and returns when NATS has written its
// state and stopped; it does not wait for a deliver function that is still running.
//
// # What it does not know, on purpose
//
// What an event means, who may read it, and how many read: it is built for one Follow per
// process, not for one per client. It opens no port.
//
// # Testing
//
// The conformance suite of package hubtest runs on it, on a folder, on one external server
// and on three; the tests here add what needs a disk, a second process or a cluster. Code
// above the journal is better tested on hubtest's journal in memory, which fails on
// command.
package journal
