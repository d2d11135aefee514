package backup

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"latido/hub"
	"latido/hub/journal"
	"latido/hub/journal/engine"
	"latido/hub/kv"
)

// ErrNoJournal is wrapped when a folder that is to be backed up holds no journal.
// Nothing has been made in it.
var ErrNoJournal = errors.New("no journal is there")

// Write writes a backup to w while the journal is used. It has every event that was
// acknowledged before the call and that retention has not dropped meanwhile, and none that
// was stored after the backup began. Events have their sequence, time, channel, user, name,
// data and key. It has every record of a store, as it was when the backup began. version is
// that of the program. An Engine on a cluster is refused.
//
// It reads page by page, as History does, and asks for the next page when w has taken
// one, so w may be slow. NATS has snapshots of its own, of the same form. It gives up
// when nothing is taken of one for 5 s, for example while a person types a password at
// the other end of a pipe. Measured on a store of 100 MB, 100,000 events, while one
// publisher went on without a pause. The mode was Fast, on two virtual cores that were busy
// with other work too, medians of six:
//
//	               took, s   events published/s   longest wait, ms (worst)
//	engine's own       1.0                4,300           79 (207)
//	pages              4.2                9,000           79 (260)
//	a reader           2.0               10,700           75 (527)
//	no backup                            14,100           45  (52)
//
// So none of them delays a publisher for long, and NATS' own takes the processors from
// publishers. A reader, as Follow has, would have to stay connected while w is slow. What w has is a backup only when the error is nil; errors wrap hub.ErrJournal,
// or are ctx's.
func Write(ctx context.Context, eng *engine.Engine, records kv.Store, w io.Writer, version string) error {
	run, err := eng.Run()
	if err == nil && run.Config().Cluster != nil {
		err = errCluster
	}
	var all []kv.Record
	if err == nil {
		all, err = readRecords(ctx, records)
	}
	if err == nil {
		err = write(ctx, run, all, w, version)
	}
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("back up the journal: %w", ctx.Err())
	}
	return fmt.Errorf("%w: back up the journal: %w", hub.ErrJournal, err)
}

var errCluster = errors.New("a cluster is backed up by its own tools: nats stream backup " + journal.StreamName + ", and " + kv.Access.Stream())

// Folder is Write for a journal that no process uses: it takes the folder, and gives it
// back when it is done. Errors wrap ErrNoJournal, engine.ErrLocked or
// engine.ErrUnreadable, or say what failed.
func Folder(ctx context.Context, cfg engine.Config, w io.Writer, version string) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("back up the journal in %s: %w", cfg.Dir, err)
		}
	}()
	// Taking the folder makes it, and a typing error in its name should make nothing.
	if _, err := os.Stat(cfg.Dir); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: the folder is missing", ErrNoJournal)
	}
	// NATS alone: what only reads gives the stream no new limits, and no new epoch.
	eng, err := engine.Open(ctx, cfg)
	if err != nil {
		return err
	}
	err = writeUnused(ctx, eng, cfg.Dir, w, version)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		if err = ErrNoJournal; engine.Holds(cfg.Dir, journal.StreamName) {
			err = engine.ErrUnreadable
		}
	}
	return errors.Join(err, eng.Close())
}

func writeUnused(ctx context.Context, eng *engine.Engine, dir string, w io.Writer, version string) error {
	run, err := eng.Run()
	if err != nil {
		return err
	}
	if !hasStream(dir, kv.Access.Stream()) { // a folder of an older version has no records
		return write(ctx, run, nil, w, version)
	}
	store, err := attachRecords(ctx, eng)
	if err != nil {
		return err
	}
	records, err := readRecords(ctx, store)
	if err != nil {
		return err
	}
	return write(ctx, run, records, w, version)
}

// attachRecords opens the records.
func attachRecords(ctx context.Context, eng *engine.Engine) (*kv.Bucket, error) {
	b := kv.NewBucket(kv.Access, engine.IsFull)
	start := func(ctx context.Context, run *engine.Run) error { return b.Start(ctx, run) }
	return b, eng.Attach(ctx, engine.Part{Start: start, Stop: b.Stop})
}

// write writes the backup of events and records.
func write(ctx context.Context, run *engine.Run, records []kv.Record, w io.Writer, version string) error {
	js, err := run.ConnectWith("backup", closeOnTrouble, nats.NoReconnect())
	if err != nil {
		return err
	}
	defer js.Conn().Close()
	limited, cancel := context.WithTimeoutCause(ctx, replyWait, errNoReply)
	defer cancel()
	stream, err := js.Stream(limited, journal.StreamName)
	if err != nil {
		return fmt.Errorf("find the stream: %w", err)
	}
	state := stream.CachedInfo().State
	state.Consumers = 0 // a restored stream has no readers
	// Which topics carry ephemeral events is asked for after the last sequence is known: a topic
	// that is new is noted before its first ephemeral event is stored.
	info, err := stream.Info(limited)
	if err != nil {
		return fmt.Errorf("read the stream's state: %w", err)
	}
	metadata := info.Config.Metadata
	file, err := newWriter(w, Info{
		Version: version, Engine: server.VERSION, Taken: time.Now().UTC().Truncate(time.Second),
		Epoch: metadata[journal.EpochKey],
		First: state.FirstSeq, Last: state.LastSeq, Events: state.Msgs, Bytes: state.Bytes, Records: len(records),
		Ephemeral: metadata[journal.EphemeralKey], EphemeralAge: metadata[journal.EphemeralAgeKey],
	})
	if err != nil {
		return err
	}
	for _, r := range records { // in order of their names
		if err := file.entry(recordEntries+r.Name, r.Value); err != nil {
			return err
		}
	}
	events := bufio.NewWriterSize(file, maxChunk)
	if err := writeSnapshot(ctx, js, state, events); err != nil {
		return err
	}
	if err := events.Flush(); err != nil {
		return err
	}
	return file.finish()
}

// closeOnTrouble ends a connection on which something was lost, and so what waits on
// it.
func closeOnTrouble(nc *nats.Conn, _ error) { nc.Close() }
