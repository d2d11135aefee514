package streams

import (
	"context"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/shirou/gopsutil/v3/cpu"
	"github.com/shirou/gopsutil/v3/disk"
	"github.com/shirou/gopsutil/v3/host"
	"github.com/shirou/gopsutil/v3/load"
	"github.com/shirou/gopsutil/v3/mem"
	gnet "github.com/shirou/gopsutil/v3/net"
)

// probe reads the machine. It exists so that tests can break one part of it.
type probe interface {
	cores(ctx context.Context) ([]coreTimes, error)
	memory(ctx context.Context) (memory, error)
	swap(ctx context.Context) (used, total uint64, err error)
	load(ctx context.Context) (one, five, fifteen float64, err error)
	host(ctx context.Context) (name, platform string, err error)
	uptime(ctx context.Context) (time.Duration, error)
	disk(ctx context.Context, path string) (usage, error)
	mounts(ctx context.Context) ([]mount, error)
	networks(ctx context.Context) ([]netCounters, error)
}

// coreTimes are the seconds since boot that a core worked, and existed.
type coreTimes struct {
	name        string
	busy, total float64
}

type memory struct{ used, total uint64 }

// usage is a file system's. free is what an ordinary user may still write, so used
// and free make less than total where the system keeps a reserve.
type usage struct {
	device            string // differs between file systems; "" where the system does not say
	used, free, total uint64
}

// mount is a mounted file system; bind marks a part of one mounted elsewhere.
type mount struct {
	device, path string
	bind         bool
}

type netCounters struct {
	name     string
	in, out  uint64
	loopback bool
}

// gopsutil is the real probe.
type gopsutil struct{}

func (gopsutil) cores(ctx context.Context) ([]coreTimes, error) {
	times, err := cpu.TimesWithContext(ctx, true)
	if err != nil {
		return nil, err
	}
	out := make([]coreTimes, 0, len(times))
	for _, t := range times {
		total := t.User + t.System + t.Idle + t.Nice + t.Iowait + t.Irq + t.Softirq + t.Steal
		if runtime.GOOS != "linux" { // which counts guests as user and nice already
			total += t.Guest + t.GuestNice
		}
		out = append(out, coreTimes{name: t.CPU, busy: total - t.Idle - t.Iowait, total: total})
	}
	return out, nil
}

func (gopsutil) memory(ctx context.Context) (memory, error) {
	v, err := mem.VirtualMemoryWithContext(ctx)
	if err != nil {
		return memory{}, err
	}
	return memory{used: v.Used, total: v.Total}, nil
}

func (gopsutil) swap(ctx context.Context) (used, total uint64, err error) {
	v, err := mem.SwapMemoryWithContext(ctx)
	if err != nil {
		return 0, 0, err
	}
	return v.Used, v.Total, nil
}

func (gopsutil) load(ctx context.Context) (one, five, fifteen float64, err error) {
	v, err := load.AvgWithContext(ctx)
	if err != nil {
		return 0, 0, 0, err
	}
	return v.Load1, v.Load5, v.Load15, nil
}

func (gopsutil) host(ctx context.Context) (name, platform string, err error) {
	name, err = os.Hostname()
	system, _, version, platformErr := host.PlatformInformationWithContext(ctx)
	if err == nil {
		err = platformErr
	}
	arch := runtime.GOOS + "/" + runtime.GOARCH
	platform = strings.TrimSpace(system + " " + version + " (" + arch + ")")
	return name, platform, err
}

func (gopsutil) uptime(ctx context.Context) (time.Duration, error) {
	seconds, err := host.UptimeWithContext(ctx)
	return time.Duration(seconds) * time.Second, err
}

func (gopsutil) disk(ctx context.Context, path string) (usage, error) {
	v, err := disk.UsageWithContext(ctx, path)
	if err != nil {
		return usage{}, err
	}
	return usage{device: deviceOf(path), used: v.Used, free: v.Free, total: v.Total}, nil
}

// mounts lists file systems on block devices, and ZFS. Network file systems are
// left out on purpose: a stat of one whose server is gone blocks forever.
func (gopsutil) mounts(ctx context.Context) ([]mount, error) {
	parts, err := disk.PartitionsWithContext(ctx, false)
	if err != nil {
		return nil, err
	}
	var out []mount
	for _, p := range parts {
		switch p.Fstype {
		case "squashfs", "iso9660", "erofs", "udf": // images, which are always full
			continue
		}
		// Containers mount single files, such as /etc/hosts.
		if info, err := os.Stat(p.Mountpoint); err != nil || !info.IsDir() {
			continue
		}
		out = append(out, mount{device: p.Device, path: p.Mountpoint, bind: slices.Contains(p.Opts, "bind")})
	}
	return out, nil
}

func (gopsutil) networks(ctx context.Context) ([]netCounters, error) {
	counters, err := gnet.IOCountersWithContext(ctx, true)
	if err != nil {
		return nil, err
	}
	loopback := make(map[string]bool)
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	for _, i := range interfaces {
		loopback[i.Name] = i.Flags&net.FlagLoopback != 0
	}
	out := make([]netCounters, 0, len(counters))
	for _, c := range counters {
		out = append(out, netCounters{name: c.Name, in: c.BytesRecv, out: c.BytesSent, loopback: loopback[c.Name]})
	}
	return out, nil
}
