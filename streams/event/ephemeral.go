package event

import (
	"time"

	"latido/hub"
)

// The channels of samples.
const (
	MetricsChannel = "metrics"
	TradingChannel = "trading"
)

// SystemMetrics is the payload of system_metrics: a sample of one machine.
// Percentages are 0 to 100, sizes are GiB.
type SystemMetrics struct {
	CPU         Number `json:"cpu_percent"`
	Memory      Number `json:"memory_percent"`
	MemoryUsed  Number `json:"memory_used_gb"`
	MemoryTotal Number `json:"memory_total_gb"`
	Disk        Number `json:"disk_percent"`
	DiskFree    Number `json:"disk_free_gb"`
	Node        string `json:"node,omitempty"` // whose machine it is; "" for a process on its own
	Timestamp   string `json:"timestamp"`      // Draft sets it
}

// Draft returns an ephemeral sample of at on the channel metrics.
func (m SystemMetrics) Draft(at time.Time) hub.Draft {
	m.Timestamp = TimestampMillis(at)
	return hub.Draft{Name: "system_metrics", Channel: MetricsChannel, Data: encode(m), Ephemeral: true}
}

// PriceUpdate is the payload of price_update: the price of one symbol.
type PriceUpdate struct {
	Symbol        string `json:"symbol"`
	Price         Number `json:"price"`
	Change        Number `json:"change"` // since the price before
	ChangePercent Number `json:"change_percent"`
	Volume        Number `json:"volume"`    // an integer when it is ours
	Timestamp     string `json:"timestamp"` // Draft sets it
	Simulated     bool   `json:"simulated"`
}

// Draft returns an ephemeral price of at on the channel trading.
func (p PriceUpdate) Draft(at time.Time) hub.Draft {
	p.Timestamp = TimestampMillis(at)
	return hub.Draft{Name: "price_update", Channel: TradingChannel, Data: encode(p), Ephemeral: true}
}

// MetricUpdate is the payload of metric_update: a value that a client measures.
// The server has no producer of it.
type MetricUpdate struct {
	Name      string `json:"metric_name"`
	Value     Number `json:"value"`
	Unit      string `json:"unit"`
	Timestamp string `json:"timestamp"`
}
