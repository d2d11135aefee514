package streams

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"latido/streams/event"
)

// Bounds of a machine's lists. A container host may have hundreds of each.
const (
	maxDisks    = 16
	maxNetworks = 16
)

type missingPart struct {
	name string
	err  error
}

// sampler turns the counters of a probe into figures between two readings. It
// keeps its own readings: all callers of gopsutil's Percent(0) share one.
type sampler struct {
	probe    probe
	diskPath string

	host, platform string
	cores          []coreTimes
	nets           map[string]netCounters
	netsAt         time.Time
	missing        []missingPart // of the last sample
	hostErr        error
}

// start takes the readings that the first sample is compared with.
func (s *sampler) start(ctx context.Context) error {
	var err error
	if s.cores, err = s.readCores(ctx); err != nil {
		return err
	}
	s.host, s.platform, s.hostErr = s.probe.host(ctx)
	if nets, err := s.probe.networks(ctx); err == nil {
		s.remember(nets)
	}
	return nil
}

func (s *sampler) readCores(ctx context.Context) ([]coreTimes, error) {
	cores, err := s.probe.cores(ctx)
	if err != nil {
		return nil, fmt.Errorf("read CPU times: %w", err)
	}
	if len(cores) == 0 {
		return nil, fmt.Errorf("read CPU times: the system names no core")
	}
	return cores, nil
}

func (s *sampler) sample(ctx context.Context) (event.Machine, event.SystemMetrics, error) {
	cores, err := s.readCores(ctx)
	if err != nil {
		return event.Machine{}, event.SystemMetrics{}, err
	}
	memory, err := s.probe.memory(ctx)
	if err != nil {
		return event.Machine{}, event.SystemMetrics{}, fmt.Errorf("read memory: %w", err)
	}
	s.missing = nil
	m := event.Machine{At: time.Now(), Host: s.host, Platform: s.platform, MemoryUsed: memory.used, MemoryTotal: memory.total}
	s.noteMissing("host", s.hostErr)
	var total float64
	m.Cores, total = busy(s.cores, cores)
	s.cores = cores
	out := event.SystemMetrics{
		CPU:         figure(total),
		Memory:      figure(percent(memory.used, memory.total)),
		MemoryUsed:  figure(float64(memory.used) / gib),
		MemoryTotal: figure(float64(memory.total) / gib),
	}
	s.addRest(ctx, &m)
	s.addDisks(ctx, &m, &out)
	return m, out, nil
}

// figure is a number of the event, which has two decimals.
func figure(x float64) event.Number { return event.Float(event.Round(x, 2)) }

// noteMissing remembers a part that could not be read.
func (s *sampler) noteMissing(name string, err error) {
	if err != nil {
		s.missing = append(s.missing, missingPart{name, err})
	}
}

func (s *sampler) addRest(ctx context.Context, m *event.Machine) {
	var err error
	m.Load1, m.Load5, m.Load15, err = s.probe.load(ctx)
	s.noteMissing("load", err)
	m.SwapUsed, m.SwapTotal, err = s.probe.swap(ctx)
	s.noteMissing("swap", err)
	m.Uptime, err = s.probe.uptime(ctx)
	s.noteMissing("uptime", err)
	nets, err := s.probe.networks(ctx)
	s.noteMissing("networks", err)
	if err == nil {
		m.Networks = s.traffic(nets)
		s.remember(nets)
	}
}

func (s *sampler) addDisks(ctx context.Context, m *event.Machine, out *event.SystemMetrics) {
	main, err := s.probe.disk(ctx, s.diskPath)
	s.noteMissing("disk", err)
	if err == nil {
		out.Disk, out.DiskFree = figure(percent(main.used, main.used+main.free)), figure(float64(main.free)/gib)
		m.Disks = append(m.Disks, event.Disk{Path: s.diskPath, Used: main.used, Total: main.total})
	}
	seen := map[string]bool{main.device: main.device != ""}
	mounts, err := s.probe.mounts(ctx)
	s.noteMissing("mounts", err)
	for _, path := range mountPoints(mounts) {
		if len(m.Disks) == maxDisks {
			return
		}
		// A file system may have been unmounted since it was listed: no complaint.
		usage, err := s.probe.disk(ctx, path)
		if err != nil || usage.total == 0 || seen[usage.device] {
			continue
		}
		seen[usage.device] = usage.device != ""
		m.Disks = append(m.Disks, event.Disk{Path: path, Used: usage.used, Total: usage.total})
	}
}

// mountPoints returns one path for each device, ordered: the shortest one that
// shows the whole device, so that a container's /etc/hosts is not a disk.
func mountPoints(mounts []mount) []string {
	best := make(map[string]mount)
	for _, m := range mounts {
		old, known := best[m.device]
		better := m.bind == old.bind && len(m.path) < len(old.path) || !m.bind && old.bind
		if !known || better {
			best[m.device] = m
		}
	}
	var paths []string
	for _, m := range best {
		paths = append(paths, m.path)
	}
	slices.Sort(paths)
	return paths
}

func (s *sampler) remember(nets []netCounters) {
	s.nets = make(map[string]netCounters, len(nets))
	for _, n := range nets {
		s.nets[n.name] = n
	}
	s.netsAt = time.Now()
}

// traffic returns the busiest interfaces with their rates since remember.
func (s *sampler) traffic(nets []netCounters) []event.Network {
	seconds := time.Since(s.netsAt).Seconds()
	loopback := func(n netCounters) bool { return n.loopback }
	if !slices.ContainsFunc(nets, func(n netCounters) bool { return !n.loopback }) {
		loopback = func(netCounters) bool { return false }
	}
	nets = slices.DeleteFunc(slices.Clone(nets), loopback)
	slices.SortFunc(nets, func(a, b netCounters) int {
		return cmp.Or(cmp.Compare(b.in+b.out, a.in+a.out), cmp.Compare(a.name, b.name))
	})
	nets = nets[:min(len(nets), maxNetworks)]
	slices.SortFunc(nets, func(a, b netCounters) int { return cmp.Compare(a.name, b.name) })
	out := make([]event.Network, 0, len(nets))
	for _, n := range nets {
		network := event.Network{Name: n.name, In: n.in, Out: n.out}
		if before, ok := s.nets[n.name]; ok {
			network.InRate = rate(before.in, n.in, seconds)
			network.OutRate = rate(before.out, n.out, seconds)
		}
		out = append(out, network)
	}
	return out
}

// rate returns 0 when the counter went backwards: the interface was made again.
func rate(before, now uint64, seconds float64) float64 {
	if now < before || seconds <= 0 {
		return 0
	}
	return float64(now-before) / seconds
}

func percent(part, whole uint64) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole) * 100
}

// busy returns the percent of time that each core, and all of them together,
// worked between two readings. Cores that were added in between count as idle.
func busy(before, now []coreTimes) (cores []float64, all float64) {
	old := make(map[string]coreTimes, len(before))
	for _, c := range before {
		old[c.name] = c
	}
	var work, time float64
	for _, c := range now {
		was, ok := old[c.name]
		if !ok {
			was = c
		}
		// The kernel's idle counters may step back a little.
		w, t := math.Max(0, c.busy-was.busy), math.Max(0, c.total-was.total)
		cores = append(cores, share(w, t))
		work, time = work+w, time+t
	}
	return cores, share(work, time)
}

func share(part, whole float64) float64 {
	if whole <= 0 {
		return 0
	}
	return math.Min(100, part/whole*100)
}
