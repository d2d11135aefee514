package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// server reads the figures of the processes that are measured. What cannot be
// read once is not asked for again, and why says the reason.
type server struct {
	pids         []int
	noCPU, noMem bool
	reasons      []error
}

// find takes the processes named, or looks for those that listen at the target.
func find(t *target) *server {
	s := &server{pids: t.cfg.PID}
	if len(s.pids) > 0 {
		return s
	}
	err := errors.New("the server is not on this machine")
	if t.local() {
		s.pids, err = listeners(t.addr)
	}
	if err != nil {
		s.noCPU, s.noMem = true, true
		s.reasons = append(s.reasons, fmt.Errorf("its CPU and memory are left out: %w", err))
	}
	return s
}

// why returns the reasons for missing figures, or "".
func (s *server) why() string {
	if err := errors.Join(s.reasons...); err != nil {
		return string(bytes.ReplaceAll([]byte(err.Error()), []byte("\n"), []byte("; ")))
	}
	return ""
}

// cpu returns the CPU time of the processes so far, in nanoseconds.
func (s *server) cpu() (ns float64, ok bool) {
	for _, pid := range s.pids {
		if s.noCPU {
			break
		}
		one, err := processTime(pid)
		if err != nil {
			s.noCPU = true
			s.reasons = append(s.reasons, fmt.Errorf("its CPU is left out: %w", err))
		}
		ns += float64(one)
	}
	return ns, !s.noCPU
}

// memory returns the processes' share of the pages in memory, in bytes.
func (s *server) memory() *float64 {
	var total float64
	for _, pid := range s.pids {
		if s.noMem {
			break
		}
		one, err := pss(pid)
		if err != nil {
			s.noMem = true
			s.reasons = append(s.reasons, fmt.Errorf("its memory is left out: %w", err))
		}
		total += one
	}
	if s.noMem {
		return nil
	}
	return &total
}

// processTime reads the CPU clock of a process. /proc/PID/stat says the same in
// steps of 10 ms, too coarse for a short run. See clock_getcpuclockid(3) for how
// the clock is made from the process id.
func processTime(pid int) (time.Duration, error) {
	const schedClock = 2
	var ts unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|schedClock), &ts); err != nil {
		return 0, fmt.Errorf("read the CPU time of process %d: %w", pid, err)
	}
	return time.Duration(ts.Nano()), nil
}

func pss(pid int) (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0, fmt.Errorf("read the memory of process %d: %w", pid, err)
	}
	for line := range bytes.Lines(text) {
		if fields := bytes.Fields(line); len(fields) == 3 && string(fields[0]) == "Pss:" {
			kib, err := strconv.ParseFloat(string(fields[1]), 64)
			if err != nil {
				return 0, fmt.Errorf("read the memory of process %d: %w", pid, err)
			}
			return kib * 1024, nil
		}
	}
	return 0, fmt.Errorf("read the memory of process %d: it has no Pss", pid)
}
