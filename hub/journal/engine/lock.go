package engine

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// ErrLocked is wrapped when another process, or another Engine of this one, uses the
// folder. Stop it, or choose another folder.
var ErrLocked = errors.New("data folder is in use")

// lockFile is ours: nats-server has no lock, and two of them on one folder overwrite
// each other's files.
const lockFile = "latido.lock"

// release gives a folder back.
type release = func() error

// Lock makes the folder when it is missing and takes it for this process, until
// release is called or the process ends, however that happens. Errors wrap ErrLocked or
// ErrNewer, or say why the folder cannot be used.
func Lock(dir string) (release, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w: choose one that this user may write to", err)
	}
	lock := flock.New(filepath.Join(dir, lockFile))
	locked, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock the data folder: %w: choose one that this user may write to", err)
	}
	if !locked {
		return nil, fmt.Errorf("%w: another process holds %s: stop it, or choose another folder", ErrLocked, lock.Path())
	}
	if err := checkFormat(dir); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	// The lock file may be left from another run: only a write shows whether NATS can
	// work here, and it must not fail halfway.
	probe, err := os.CreateTemp(dir, "latido-probe-*")
	if err == nil {
		err = errors.Join(probe.Close(), os.Remove(probe.Name()))
	}
	if err != nil {
		err = fmt.Errorf("write to the data folder: %w: choose one that this user may write to", err)
		return nil, errors.Join(err, lock.Close())
	}
	return lock.Close, nil
}
