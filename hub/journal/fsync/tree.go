package fsync

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Force forces a file's data onto the disk.
type Force func(file *os.File) error

// Tree is a Disk: all files below a folder. It is for few and small files, any of
// which a change may touch.
type Tree struct {
	Dir   string
	Force Force // nil is os.File.Sync
}

// Sync forces the folder and everything in it onto the disk.
func (t Tree) Sync() error {
	if t.Force == nil {
		t.Force = (*os.File).Sync
	}
	return filepath.WalkDir(t.Dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !d.Type().IsRegular() {
			return nil
		}
		if err == nil && d.IsDir() {
			err = SyncDir(path)
		} else if err == nil {
			err = t.forceFile(path)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil // whatever writes the files also removes some
		}
		if err != nil {
			return fmt.Errorf("sync the data folder: %w", err)
		}
		return nil
	})
}

func (t Tree) forceFile(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	return t.Force(file)
}

// Close does nothing.
func (t Tree) Close() {}

// SyncTree forces a folder and everything in it onto the disk.
func SyncTree(dir string) error { return Tree{Dir: dir}.Sync() }

// SyncDir forces a folder's list of names onto the disk.
func SyncDir(dir string) error {
	file, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync a folder: %w", err)
	}
	defer file.Close()
	if err := file.Sync(); err != nil {
		return fmt.Errorf("sync the folder %s: %w", dir, err)
	}
	return nil
}
