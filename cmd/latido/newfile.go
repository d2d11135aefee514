package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// writeNew makes a file of what write writes: complete and synced, or not at all.
// It replaces an existing file only with force.
func writeNew(name string, force bool, write func(io.Writer) error) (err error) {
	if err := mayWrite(name, force); err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(name), ".latido-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	err = write(file)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	if err := mayWrite(name, force); err != nil { // it took a while
		return err
	}
	if err := os.Rename(file.Name(), name); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(name))
	if err != nil {
		return nil // the file exists; this matters only after a power cut
	}
	defer dir.Close()
	_ = dir.Sync() // some file systems cannot sync a folder
	return nil
}

// mayWrite returns an error for what is not a regular file and, without force, for a
// file that exists.
func mayWrite(name string, force bool) error {
	info, err := os.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a regular file: name another, or - for stdout", name)
	case !force:
		return fmt.Errorf("%s exists: name another file, or use --force", name)
	}
	return nil
}
