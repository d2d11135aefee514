package faults

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// canMount returns the reason why this process may not mount, or nil when it may.
func canMount() error {
	dir, err := os.MkdirTemp("", "latido-faults-")
	if err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	defer os.Remove(dir)
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		return fmt.Errorf("%w do it: it needs a disk of its own, and only root may mount one: %w", errCannot, err)
	}
	return unix.Unmount(dir, 0)
}

// memoryDisk mounts an empty disk of a size, such as 64m, that lives in memory.
func (s *stage) memoryDisk(name, size string) (dir string, err error) {
	if dir, err = s.folder(name); err != nil {
		return "", err
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		return "", fmt.Errorf("mount a disk in memory: %w", err)
	}
	s.after(func() error { return unmount(dir) })
	return dir, nil
}

// forbidWrites makes a disk of memoryDisk one that may only be read, or undoes it.
func forbidWrites(dir string, forbid bool) error {
	flags := uintptr(unix.MS_REMOUNT)
	if forbid {
		flags |= unix.MS_RDONLY
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", flags, ""); err != nil {
		return fmt.Errorf("mount a disk again: %w", err)
	}
	return nil
}

// unmount unmounts a disk. It returns nil when none is mounted.
func unmount(dir string) error {
	err := unix.Unmount(dir, 0)
	for begun := time.Now(); errors.Is(err, unix.EBUSY) && time.Since(begun) < 5*time.Second; {
		_, _ = eventually(context.Background(), 50*time.Millisecond, func() bool { return false })
		err = unix.Unmount(dir, 0)
	}
	if err != nil && !errors.Is(err, unix.EINVAL) {
		return fmt.Errorf("unmount %s: %w", dir, err)
	}
	return nil
}

const imageBytes = 256 << 20

// newImage makes a file that holds an empty ext4.
func newImage(ctx context.Context, path string) error {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("make an image: %w", err)
	}
	if err := errors.Join(f.Truncate(imageBytes), f.Close()); err != nil {
		return fmt.Errorf("make an image: %w", err)
	}
	return command(ctx, "mkfs.ext4", "-q", "-F", path)
}

// mountImage mounts an image through a loop device of its own: two images that
// are mounted at the same time never have the same device number.
func (s *stage) mountImage(ctx context.Context, image, name string) (dir string, err error) {
	if dir, err = s.folder(name); err != nil {
		return "", err
	}
	if err := command(ctx, "mount", "-o", "loop", image, dir); err != nil {
		return "", err
	}
	s.after(func() error { return unmount(dir) })
	return dir, nil
}

// copyAsCut copies an image as it stands at one moment, while it is mounted: what
// the file system has not written to its device is not in the copy, as it would
// not be on a disk. A copy during which the device was written to is of no one
// moment, so it is made again.
func copyAsCut(ctx context.Context, from, to string) error {
	for begun := time.Now(); time.Since(begun) < patience; {
		before, err := writtenAt(from)
		if err != nil {
			return err
		}
		if time.Since(before) < 50*time.Millisecond { // clocks of files may be that coarse
			if err := pause(ctx, 5*time.Millisecond); err != nil {
				return err
			}
			continue
		}
		if err := command(ctx, "cp", "--sparse=always", from, to); err != nil {
			return err
		}
		after, err := writtenAt(from)
		if err != nil || after.Equal(before) {
			return err
		}
	}
	return fmt.Errorf("copy the image: its device was never quiet within %v", patience)
}

func writtenAt(path string) (time.Time, error) {
	fi, err := os.Stat(path)
	if err != nil {
		return time.Time{}, fmt.Errorf("ask when the image was written: %w", err)
	}
	return fi.ModTime(), nil
}

// syncDisk writes all of a mounted disk to its device.
func syncDisk(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("write a disk out: %w", err)
	}
	defer f.Close()
	if err := unix.Syncfs(int(f.Fd())); err != nil {
		return fmt.Errorf("write a disk out: %w", err)
	}
	return nil
}

// freeze stops the process where it stands. It is ended with kill.
func (c *child) freeze() error {
	if err := c.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		return fmt.Errorf("freeze the program: %w", err)
	}
	return nil
}

// canStop returns nil: processes can be stopped here.
func canStop() error { return nil }

// freeze stops a server as if its machine had stopped: its connections stay open
// and nothing comes from it. thaw lets it continue.
func (v *servers) freeze(i int) error { return v.signal(i, syscall.SIGSTOP) }
func (v *servers) thaw(i int) error   { return v.signal(i, syscall.SIGCONT) }

func (v *servers) signal(i int, sig syscall.Signal) error {
	one := v.all[i]
	if one.cmd == nil {
		return errors.New("a nats-server that was to be stopped does not run")
	}
	if err := one.cmd.Process.Signal(sig); err != nil {
		return fmt.Errorf("stop a nats-server: %w", err)
	}
	return nil
}

// fits returns how many readers may be open in this process and in the program,
// which has each of them too.
func fits(readers int) int {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return readers
	}
	const others = 500
	return int(min(uint64(readers), limit.Max-min(limit.Max, others)))
}

// command runs a program of the system.
func command(ctx context.Context, name string, args ...string) error {
	if out, err := exec.CommandContext(ctx, name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, strings.TrimSpace(string(out)))
	}
	return nil
}
