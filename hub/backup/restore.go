package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"latido/hub/journal"
	"latido/hub/journal/engine"
	"latido/hub/journal/fsync"
	"latido/hub/kv"

	"github.com/nats-io/nats.go/jetstream"
)

// ErrHoldsEvents is wrapped when a backup is to be restored without force over
// stored events, or one with records over records. Nothing has been changed.
var ErrHoldsEvents = errors.New("the folder holds events or records")

// Restored is what Restore did.
type Restored struct {
	Info // of the file; Events are those in it

	// NewEpoch is that of the restored events' ids.
	NewEpoch string
	// Aside is the folder where the journal that was there is now; "" when there
	// was none.
	Aside string
	// RecordsStay says that the folder had records and the file has none: they are
	// still those of the folder.
	RecordsStay bool
}

// Restore makes a journal in cfg.Dir of a backup file, with the sequences and times that
// the events had, under a new epoch: ids that clients remember may be of events that were
// stored after the backup. Ephemeral events whose age is over are left out.
//
// Records are those of the file. Where it has none, as files of format 1, they are those
// that the folder had: otherwise restoring events would remove every account, and without
// accounts access is open on this machine. Limits of the journal are not applied; those of
// the next journal.Open are.
//
// The whole file is checked before anything is changed. Then the journal is made beside
// cfg.Dir, forced onto the disk, and renamed to cfg.Dir, in one step where the system has
// one. With force a journal that holds events, or records that would be lost, is moved
// aside, not removed; without force that is ErrHoldsEvents. After an error the folder is
// as it was and nothing incomplete is left. Errors wrap ErrBackup, engine.ErrLocked or
// ErrHoldsEvents, are ctx's, or say what failed.
func Restore(ctx context.Context, cfg engine.Config, file io.ReadSeeker, force bool) (_ Restored, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("restore the journal in %s: %w", cfg.Dir, err)
		}
	}()
	info, err := Check(file)
	if err != nil {
		return Restored{}, err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return Restored{}, fmt.Errorf("read the backup again: %w", err)
	}
	leave, err := takeForRestore(cfg.Dir, info, force)
	if err != nil {
		return Restored{}, err
	}
	defer func() { err = errors.Join(err, leave()) }()
	// A rename works within a file system only, so it is made beside cfg.Dir.
	made, err := os.MkdirTemp(filepath.Dir(cfg.Dir), filepath.Base(cfg.Dir)+"-restoring-*")
	if err != nil {
		return Restored{}, fmt.Errorf("make a folder to restore to: %w", err)
	}
	stay := info.Records == 0 && hasRecords(cfg.Dir)
	epoch, err := fill(ctx, cfg, made, file, stay)
	if err != nil {
		return Restored{}, errors.Join(err, os.RemoveAll(made))
	}
	aside, err := replace(made, cfg.Dir, wouldLose(cfg.Dir, info))
	return Restored{Info: info, NewEpoch: epoch, Aside: aside, RecordsStay: stay}, err
}

// wouldLose reports whether the folder holds what the restored journal will not.
func wouldLose(dir string, info Info) bool {
	return engine.Holds(dir, journal.StreamName) || info.Records > 0 && hasRecords(dir)
}

// takeForRestore locks the folder. leave gives it back, and removes it if it was made
// here and is still empty.
func takeForRestore(dir string, info Info, force bool) (leave func() error, err error) {
	_, err = os.Stat(dir)
	missing := errors.Is(err, fs.ErrNotExist)
	unlock, err := engine.Lock(dir)
	if err != nil {
		return nil, err
	}
	leave = func() error {
		err := unlock()
		if missing && !hasStream(dir, journal.StreamName) {
			err = errors.Join(err, os.RemoveAll(dir))
		}
		return err
	}
	if wouldLose(dir, info) && !force {
		return nil, errors.Join(fmt.Errorf("%w: restore with force to move them aside", ErrHoldsEvents), leave())
	}
	return leave, nil
}

// hasStream reports whether NATS has ever had a stream in the folder.
func hasStream(dir, stream string) bool {
	_, err := os.Stat(engine.StreamDir(dir, stream))
	return err == nil
}

// hasRecords reports whether records are in a folder, or markers of some.
func hasRecords(dir string) bool { return engine.Holds(dir, kv.Access.Stream()) }

// fill makes the journal in a new folder and forces it onto the disk. If records stay
// it has those of cfg.Dir.
func fill(ctx context.Context, cfg engine.Config, dir string, file io.Reader, stay bool) (epoch string, err error) {
	if stay {
		// No other process uses them: the folder is ours.
		from, to := engine.StreamDir(cfg.Dir, kv.Access.Stream()), engine.StreamDir(dir, kv.Access.Stream())
		if err := os.CopyFS(to, os.DirFS(from)); err != nil {
			return "", fmt.Errorf("copy the records that stay: %w", err)
		}
	}
	var records []kv.Record
	info, events, err := open(file, func(r kv.Record) { records = append(records, r) })
	if err != nil {
		return "", err
	}
	// All is forced onto the disk at the end, at once.
	cfg.Dir, cfg.MaxData, cfg.Durability = dir, engine.MaxData, engine.Fast
	eng, err := engine.Open(ctx, cfg)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, eng.Close()) }()
	stream := streamOf(info)
	if err := fillStream(ctx, eng, stream, events); err != nil {
		return "", err
	}
	if err := fillRecords(ctx, eng, records); err != nil {
		return "", err
	}
	return stream.Metadata[journal.EpochKey], nil
}

// streamOf is the stream to restore to. It has no limits: they would drop events while
// they come in, and journal.Open sets its own.
func streamOf(info Info) jetstream.StreamConfig {
	s := journal.NewStream(journal.Config{})
	s.MaxAge, s.MaxBytes = 0, -1
	if info.Ephemeral != "" {
		s.Metadata[journal.EphemeralKey] = info.Ephemeral
	}
	if info.EphemeralAge != "" {
		s.Metadata[journal.EphemeralAgeKey] = info.EphemeralAge
	}
	return s
}

// fillStream makes the stream out of a file's events.
func fillStream(ctx context.Context, eng *engine.Engine, stream jetstream.StreamConfig, events *reader) error {
	run, err := eng.Run()
	if err != nil {
		return err
	}
	events.interrupted = ctx.Err
	if err := events.finish(run.RestoreStream(stream, events)); err != nil {
		return fmt.Errorf("restore events: %w", err)
	}
	return run.Begin()
}

// fillRecords makes the bucket, or finds the one that stays, and stores records.
func fillRecords(ctx context.Context, eng *engine.Engine, records []kv.Record) error {
	store, err := attachRecords(ctx, eng)
	for _, r := range records {
		if err == nil {
			_, err = store.Put(ctx, r.Name, r.Value, 0)
		}
	}
	if err != nil {
		return fmt.Errorf("restore the records: %w", err)
	}
	return nil
}

// replace gives the new journal the name of the old one, which gets a dated name if
// moveAside is set; otherwise it is removed.
func replace(made, dir string, moveAside bool) (aside string, err error) {
	if err := exchange(made, dir); err != nil {
		return "", errors.Join(fmt.Errorf("rename the restored journal to %s: %w", dir, err), os.RemoveAll(made))
	}
	old := made // is where that one is now
	if moveAside {
		aside = dir + "-before-" + time.Now().UTC().Format("20060102T150405.000Z")
		err = os.Rename(old, aside)
	} else {
		err = os.RemoveAll(old)
	}
	if err != nil {
		return old, fmt.Errorf("move or remove the old journal: %w: the restored one is in use, the old one is still in %s", err, old)
	}
	return aside, fsync.SyncDir(filepath.Dir(dir))
}

// exchangeInSteps swaps two folders. Between its steps nothing stands under the
// name b; a step that fails is taken back.
func exchangeInSteps(a, b string) error {
	spare := a + "-old"
	if err := os.Rename(b, spare); err != nil {
		return err
	}
	if err := os.Rename(a, b); err != nil {
		return errors.Join(err, os.Rename(spare, b))
	}
	return os.Rename(spare, a)
}
