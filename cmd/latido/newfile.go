package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// writeNew makes a file of what write writes: whole, and on the disk, or not at
// all. It stands in for a file of that name only with force.
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
		return nil // the file is there; only a power cut could tell the difference
	}
	defer dir.Close()
	_ = dir.Sync() // some file systems cannot
	return nil
}

// mayWrite refuses what is no file, and without force one that is there.
func mayWrite(name string, force bool) error {
	info, err := os.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is no ordinary file: name another, or - for stdout", name)
	case !force:
		return fmt.Errorf("%s exists: name another file, or use --force", name)
	}
	return nil
}
