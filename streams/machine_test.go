package streams

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"latido/streams/event"
)

func sampleOf(t *testing.T, r *rig, diskPath string) event.Machine {
	t.Helper()
	s := &sampler{probe: r, diskPath: diskPath}
	if err := s.start(t.Context()); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Second)
	m, _, err := s.sample(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestDisks(t *testing.T) {
	disk := func(device string) usage { return usage{device: device, used: 1, free: 1, total: 2} }
	cases := map[string]struct {
		path  string
		list  []mount
		disks map[string]usage
		want  []string
	}{
		"each device once, whole and short before bound and long": {
			path: "/",
			list: []mount{
				{"sdb1", "/b", true}, {"sdb1", "/mnt/longer", false}, {"sdb1", "/mnt/b", false},
				{"sda1", "/", false}, {"sda1", "/bound", true}, {"sdc1", "/a", true},
			},
			disks: map[string]usage{"/": disk("1"), "/mnt/b": disk("2"), "/a": disk("3"), "/b": disk("2")},
			want:  []string{"/", "/a", "/mnt/b"},
		},
		"the configured path stands for its file system": {
			path:  "/var/data",
			list:  []mount{{"sda1", "/", false}, {"sdb1", "/var", false}},
			disks: map[string]usage{"/": disk("1"), "/var": disk("2"), "/var/data": disk("2")},
			want:  []string{"/var/data", "/"},
		},
		"one file system under two devices' names": {
			path:  "/",
			list:  []mount{{"x", "/x", false}, {"y", "/y", false}},
			disks: map[string]usage{"/": disk("1"), "/x": disk("2"), "/y": disk("2")},
			want:  []string{"/", "/x"},
		},
		"empty and unreadable ones are no disks": {
			path:  "/",
			list:  []mount{{"x", "/x", false}, {"y", "/gone", false}},
			disks: map[string]usage{"/": disk("1"), "/x": {device: "2"}},
			want:  []string{"/"},
		},
		"a system that does not say which device": {
			path:  "C:",
			list:  []mount{{"D:", "D:", false}, {"E:", "E:", false}},
			disks: map[string]usage{"C:": disk(""), "D:": disk(""), "E:": disk("")},
			want:  []string{"C:", "D:", "E:"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig()
				r.list, r.disks = c.list, c.disks
				var got []string
				for _, d := range sampleOf(t, r, c.path).Disks {
					got = append(got, d.Path)
				}
				if !slices.Equal(got, c.want) {
					t.Errorf("got %v, want %v", got, c.want)
				}
			})
		})
	}
}

func TestMachineIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig()
		var nets []netCounters
		for i := range 100 {
			path := fmt.Sprintf("/mnt/%03d", i)
			r.list = append(r.list, mount{device: path, path: path})
			r.disks[path] = usage{device: path, total: 1}
			nets = append(nets, netCounters{name: fmt.Sprintf("veth%03d", i), in: uint64(i)})
		}
		r.nets = func(float64) []netCounters { return nets }
		m := sampleOf(t, r, "/")
		if len(m.Disks) != 16 || m.Disks[0].Path != "/" || m.Disks[15].Path != "/mnt/014" {
			t.Errorf("%d disks: %v", len(m.Disks), m.Disks)
		}
		if len(m.Networks) != 16 || m.Networks[0].Name != "veth084" || m.Networks[15].Name != "veth099" {
			t.Errorf("%d networks: %v", len(m.Networks), m.Networks)
		}
	})
}

func TestNetworks(t *testing.T) {
	cases := map[string]struct {
		nets func(s float64) []netCounters
		want []event.Network
	}{
		"the loopback shows only when it is alone": {
			func(float64) []netCounters { return []netCounters{{name: "lo", in: 7, out: 7, loopback: true}} },
			[]event.Network{{Name: "lo", In: 7, Out: 7}},
		},
		"a counter that begins anew has no rate": {
			func(s float64) []netCounters {
				return []netCounters{{name: "ppp0", in: uint64(1000 - 900*s), out: uint64(100 * s)}}
			},
			[]event.Network{{Name: "ppp0", In: 100, Out: 100, OutRate: 100}},
		},
		"a new interface has no rate": {
			func(s float64) []netCounters {
				nets := []netCounters{{name: "eth0", in: 5, out: 5}}
				if s > 0 {
					nets = append(nets, netCounters{name: "a0", in: 9, out: 9})
				}
				return nets
			},
			[]event.Network{{Name: "a0", In: 9, Out: 9}, {Name: "eth0", In: 5, Out: 5}},
		},
		"none": {func(float64) []netCounters { return nil }, []event.Network{}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig()
				r.nets = c.nets
				if got := sampleOf(t, r, "/").Networks; !reflect.DeepEqual(got, c.want) {
					t.Errorf("got %+v, want %+v", got, c.want)
				}
			})
		})
	}
}

func TestBusy(t *testing.T) {
	cases := map[string]struct {
		before, now []coreTimes
		cores       []float64
		all         float64
	}{
		"weighted by time": {
			[]coreTimes{{"a", 0, 0}, {"b", 0, 0}}, []coreTimes{{"a", 1, 1}, {"b", 0, 3}}, []float64{100, 0}, 25,
		},
		"a core came in": {
			[]coreTimes{{"a", 0, 0}}, []coreTimes{{"a", 1, 2}, {"b", 50, 100}}, []float64{50, 0}, 50,
		},
		"a core went, so the second is the first now": {
			[]coreTimes{{"a", 500, 1000}, {"b", 0, 0}}, []coreTimes{{"b", 1, 4}}, []float64{25}, 25,
		},
		"no time passed":   {[]coreTimes{{"a", 1, 2}}, []coreTimes{{"a", 1, 2}}, []float64{0}, 0},
		"counters go back": {[]coreTimes{{"a", 5, 9}}, []coreTimes{{"a", 4, 10}}, []float64{0}, 0},
		"more than all":    {[]coreTimes{{"a", 0, 0}}, []coreTimes{{"a", 3, 2}}, []float64{100}, 100},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			cores, all := busy(c.before, c.now)
			if !reflect.DeepEqual(cores, c.cores) || all != c.all {
				t.Errorf("got %v and %v, want %v and %v", cores, all, c.cores, c.all)
			}
		})
	}
}
