package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// spareFiles is how many files are open beside subscribers and publishers.
const spareFiles = 64

// raiseFiles raises the limit of open files as far as it may. It returns an error
// that wraps errFiles when that is not enough for the run.
func raiseFiles(cfg config) error {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("read the limit of open files: %w", err)
	}
	others := uint64(cfg.Publishers + spareFiles)
	if need := uint64(cfg.Subscribers) + others; need > limit.Max {
		fit := limit.Max - min(others, limit.Max)
		return fmt.Errorf("%w: %d subscribers and %d publishers need %d, the hard limit (ulimit -Hn) is %d, so at most %d subscribers fit",
			errFiles, cfg.Subscribers, cfg.Publishers, need, limit.Max, fit)
	}
	limit.Cur = limit.Max
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("raise the limit of open files: %w", err)
	}
	return nil
}

// allowedCores returns the numbers of the processor cores that this process may use.
func allowedCores() ([]int, error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return nil, fmt.Errorf("read the allowed cores: %w", err)
	}
	var all []int
	for i := range len(set) * 64 {
		if set.IsSet(i) {
			all = append(all, i)
		}
	}
	return all, nil
}

// pinTo keeps every thread of this process on the given cores; threads to come
// inherit that.
func pinTo(cores ...int) error {
	var set unix.CPUSet
	for _, c := range cores {
		set.Set(c)
	}
	// A thread may start another meanwhile: repeat until there is no new one.
	var done []int
	for {
		entries, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return fmt.Errorf("list the threads: %w", err)
		}
		before := len(done)
		for _, e := range entries {
			tid, err := strconv.Atoi(e.Name())
			if err != nil || slices.Contains(done, tid) {
				continue
			}
			if err := unix.SchedSetaffinity(tid, &set); err != nil && !errors.Is(err, unix.ESRCH) {
				return fmt.Errorf("pin to the cores %v: %w", cores, err)
			}
			done = append(done, tid)
		}
		if len(done) == before {
			return nil
		}
	}
}
