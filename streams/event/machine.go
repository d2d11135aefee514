package event

import "time"

// Machine is a sample of one machine in detail. It is no payload: a card of the
// machine's own process shows it. Its slices are shared and must not be changed.
// What could not be read is zero.
type Machine struct {
	At                      time.Time // zero when there is no sample
	Host, Platform          string
	Cores                   []float64 // percent per core since the sample before
	Load1, Load5, Load15    float64
	MemoryUsed, MemoryTotal uint64 // bytes
	SwapUsed, SwapTotal     uint64 // bytes
	Disks                   []Disk
	Networks                []Network
	Uptime                  time.Duration
}

// Disk is one mounted file system.
type Disk struct {
	Path        string
	Used, Total uint64 // bytes
}

// Network is the traffic of one interface.
type Network struct {
	Name            string
	InRate, OutRate float64 // bytes per second over the last sample
	In, Out         uint64  // bytes since boot
}
