package card

import (
	"slices"
	"time"

	"latido/hub"
	"latido/streams/event"
)

var metricsProducers = []string{"metrics"}

// Metrics shows the machine of this node at a glance.
var Metrics = Type{
	Name: "metrics", Shareable: true, Topics: channel(event.MetricsChannel),
	Backfill:  8 * sparkSamples, // other nodes' samples lie between
	Producers: metricsProducers,
	New: func(env Env) State {
		return &metrics{fed: fed{producers: metricsProducers}, node: env.Node}
	},
}

// sparkSamples is how many samples of 5 s the card's plots show.
const sparkSamples = 60

// MetricsView is the latest sample with its recent past. At is zero when there is
// no sample; what a sample does not have is NaN, and left out of the past.
type MetricsView struct {
	At                        time.Time
	CPU, Memory, Disk         float64   // percent, 0 to 100
	MemoryUsed, MemoryTotal   float64   // GiB
	DiskFree                  float64   // GiB
	CPUPast, MemPast, DskPast []float64 // percent, oldest first, at most 60, the latest included
	Source                    Source
}

type metrics struct {
	fed
	node string
	view MetricsView
}

// Apply takes a sample of this node's machine.
func (m *metrics) Apply(e *hub.Event) bool {
	s := event.As[event.SystemMetrics](e)
	if s == nil || m.node != "" && s.Node != "" && s.Node != m.node {
		return false
	}
	v := &m.view
	v.At = event.When(s.Timestamp, e)
	v.CPU, v.Memory, v.Disk = number(s.CPU), number(s.Memory), number(s.Disk)
	v.MemoryUsed, v.MemoryTotal, v.DiskFree = number(s.MemoryUsed), number(s.MemoryTotal), number(s.DiskFree)
	v.CPUPast, v.MemPast, v.DskPast = past(v.CPUPast, s.CPU), past(v.MemPast, s.Memory), past(v.DskPast, s.Disk)
	return true
}

// past adds a sample and keeps the newest.
func past(samples []float64, s event.Number) []float64 {
	if !s.Has() {
		return samples
	}
	samples = append(samples, s.Float())
	return slices.Delete(samples, 0, max(0, len(samples)-sparkSamples))
}

func (m *metrics) View() any {
	v := m.view
	v.CPUPast, v.MemPast, v.DskPast = slices.Clone(v.CPUPast), slices.Clone(v.MemPast), slices.Clone(v.DskPast)
	v.Source = m.source
	return v
}

func (m *metrics) Full() bool { return len(m.view.CPUPast) >= sparkSamples }
