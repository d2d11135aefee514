package main

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// listeners returns the processes that hold a socket which accepts connections to
// that address, in ascending order.
func listeners(addr netip.AddrPort) ([]int, error) {
	inodes, err := listening(addr)
	if err != nil {
		return nil, err
	}
	if len(inodes) == 0 {
		return nil, fmt.Errorf("nothing listens on %v", addr)
	}
	links, err := filepath.Glob("/proc/[0-9]*/fd/*")
	if err != nil {
		return nil, fmt.Errorf("list the files of processes: %w", err)
	}
	var pids []int
	for _, link := range links {
		// Processes end meanwhile, and those of other users do not show their files.
		to, err := os.Readlink(link)
		if err != nil || !slices.Contains(inodes, to) {
			continue
		}
		pid, err := strconv.Atoi(strings.Split(link, "/")[2])
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", link, err)
		}
		pids = append(pids, pid)
	}
	if len(pids) == 0 {
		return nil, fmt.Errorf("the process that listens on %v cannot be found: run bench as its user, or name it with --pid", addr)
	}
	slices.Sort(pids)
	return slices.Compact(pids), nil
}

// listening returns the sockets that accept connections to addr, as the links in
// /proc/PID/fd name them. A socket on that address is preferred to one on all addresses.
func listening(addr netip.AddrPort) ([]string, error) {
	var exact, wild []string
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		file, err := os.Open(table)
		if errors.Is(err, fs.ErrNotExist) {
			continue // a kernel without IPv6
		}
		if err != nil {
			return nil, fmt.Errorf("find the server: %w", err)
		}
		lines := bufio.NewScanner(file)
		for lines.Scan() {
			f := strings.Fields(lines.Text())
			const listen = "0A"
			if len(f) < 10 || f[3] != listen {
				continue
			}
			local, err := procAddr(f[1])
			if err != nil || local.Port() != addr.Port() {
				continue
			}
			link := "socket:[" + f[9] + "]"
			switch a := local.Addr(); {
			case a.Unmap() == addr.Addr():
				exact = append(exact, link)
			case a.IsUnspecified() && (a.Is6() || addr.Addr().Is4()):
				wild = append(wild, link)
			}
		}
		if err := errors.Join(lines.Err(), file.Close()); err != nil {
			return nil, fmt.Errorf("read %s: %w", table, err)
		}
	}
	if len(exact) > 0 {
		return exact, nil
	}
	return wild, nil
}

// procAddr reads an address as /proc/net/tcp writes it: words of 32 bits in the
// machine's own order, and the port in hexadecimal.
func procAddr(s string) (netip.AddrPort, error) {
	words, port, _ := strings.Cut(s, ":")
	raw, err := hex.DecodeString(words)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("read the address %q: %w", s, err)
	}
	for i := 0; i+4 <= len(raw); i += 4 {
		binary.NativeEndian.PutUint32(raw[i:], binary.BigEndian.Uint32(raw[i:]))
	}
	addr, ok := netip.AddrFromSlice(raw)
	number, err := strconv.ParseUint(port, 16, 16)
	if !ok || err != nil {
		return netip.AddrPort{}, fmt.Errorf("read the address %q", s)
	}
	return netip.AddrPortFrom(addr, uint16(number)), nil
}
