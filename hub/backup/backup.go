package journal

import (
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
)

// ErrNoJournal is wrapped when a folder that is to be backed up holds no
// journal. Nothing has been made in it.
var ErrNoJournal = errors.New("no journal is there")

// Backup writes a backup of the journal to w while it is used: every event that
// was acknowledged before the call and that retention has not dropped meanwhile,
// with its sequence, time, place, data and key, and none that was stored after
// the backup began; and every one of the Records, as it was when the backup began,
// but no Tickets. version is that of the program. A journal on a cluster refuses.
//
// It reads page by page, as History does, and asks for the next page when w has
// taken one, so w may be as slow as it likes. The engine has snapshots of its own,
// of the same form, but gives up when nothing is taken of one for 5 s, as while
// someone types a password at the other end of a pipe. Measured on a store of
// 100 MB, 100,000 events, while one publisher went on without a pause (Fast, two
// virtual cores that were busy with other work too, medians of six):
//
//	               took, s   events published/s   longest wait, ms (worst)
//	engine's own       1.0                4,300           79 (207)
//	pages              4.2                9,000           79 (260)
//	a reader           2.0               10,700           75 (527)
//	no backup                            14,100           45  (52)
//
// So nobody who publishes is held up by any of them, and the engine's own takes
// the processors from publishers. A reader, as Follow has, would have to be kept
// alive under a w that is slow. What w has is a backup only when the error is nil;
// errors wrap hub.ErrJournal, or are ctx's.
func (j *Journal) Backup(ctx context.Context, w io.Writer, version string) error {
	e, err := j.engine()
	if err == nil {
		if b, ok := e.backend.(*local); ok {
			err = backup(ctx, b, w, version)
		} else {
			err = errCluster
		}
	}
	return j.failure(ctx, "back up the journal", err)
}

var errCluster = errors.New("a cluster is backed up by its own tools: nats stream backup " + streamName + ", and KV_" + accessBucket)

// BackupFolder is Backup for a journal that nobody uses: it takes the folder,
// and gives it back when it is done. Errors wrap ErrNoJournal, ErrLocked or
// ErrUnreadable, or tell what failed.
func BackupFolder(ctx context.Context, cfg Config, w io.Writer, version string) (err error) {
	cfg = cfg.withDefaults()
	defer func() {
		if err != nil {
			err = fmt.Errorf("back up the journal in %s: %w", cfg.Dir, err)
		}
	}()
	// Taking the folder makes it, and a slip in its name should make nothing.
	if _, err := os.Stat(cfg.Dir); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: the folder is missing", ErrNoJournal)
	}
	lock, err := lockDir(cfg.Dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	// The engine alone: whoever only reads gives the stream no new limits, and no
	// new epoch.
	srv, err := startServer(cfg)
	if err != nil {
		return err
	}
	err = backup(ctx, &local{cfg: cfg, srv: srv}, w, version)
	stopServer(srv)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		if err = ErrNoJournal; hasBlocks(blocksDir(cfg.Dir)) {
			err = ErrUnreadable
		}
	}
	// The engine writes when it ends, and the journal may be marked as one whose
	// every file is on the disk.
	return errors.Join(err, syncTree(cfg.Dir))
}

// backup writes the backup of what the engine holds.
func backup(ctx context.Context, b *local, w io.Writer, version string) error {
	l, err := openLine(b, "backup", closeOnTrouble, nats.NoReconnect())
	if err != nil {
		return err
	}
	defer l.close()
	limited, cancel := context.WithTimeoutCause(ctx, answerWait, errSilent)
	defer cancel()
	records, err := readRecords(limited, b, l)
	if err != nil {
		return err
	}
	stream, err := l.js.Stream(limited, streamName)
	if err != nil {
		return fmt.Errorf("find the stream: %w", err)
	}
	state := stream.CachedInfo().State
	// Which topics carry samples is asked for after the last sequence is known: a
	// topic that is new is noted before its first sample is stored.
	info, err := stream.Info(limited)
	if err != nil {
		return fmt.Errorf("read the stream's state: %w", err)
	}
	config := info.Config
	file, err := newBackupWriter(w, BackupInfo{
		Version: version, Engine: server.VERSION, Taken: time.Now().UTC().Truncate(time.Second),
		Epoch: config.Metadata[epochKey],
		First: state.FirstSeq, Last: state.LastSeq, Events: state.Msgs, Bytes: state.Bytes, Records: len(records),
		Sampled: config.Metadata[sampledKey], SampleAge: config.Metadata[sampleAgeKey],
	})
	if err != nil {
		return err
	}
	if err := file.records(records); err != nil {
		return err
	}
	err = writeSnapshot(ctx, l.conn, server.StreamState{
		FirstSeq: state.FirstSeq, LastSeq: state.LastSeq, Msgs: state.Msgs, Bytes: state.Bytes,
	}, file)
	if err != nil {
		return err
	}
	return file.finish()
}

// closeOnTrouble ends a connection on which something was lost, and so whoever
// waits on it.
func closeOnTrouble(nc *nats.Conn, _ error) { nc.Close() }
