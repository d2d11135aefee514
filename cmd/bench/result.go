package main

// result is what a run measured. As JSON it is one object with the keys below;
// a figure that could not be measured is null.
type result struct {
	// Run is "server" or "baseline".
	Run string `json:"run"`
	// URL is where the load went; the rest of this group repeats what was asked.
	URL         string  `json:"url"`
	Subscribers int     `json:"subscribers"`
	Channels    int     `json:"channels"`
	Publishers  int     `json:"publishers"`
	Rate        float64 `json:"rate"`
	DurationS   float64 `json:"duration_s"`
	Size        int     `json:"size"`
	// Interrupted means that the run was ended early: the figures hold for the
	// part that was done.
	Interrupted bool `json:"interrupted"`

	// Connected is how many subscribers got a stream (status 200), the stalled
	// included; Refused is how many did not, and FirstRefusal what the first of
	// the refusals was.
	Connected    int64  `json:"connected"`
	Refused      int64  `json:"refused"`
	FirstRefusal string `json:"first_refusal,omitempty"`
	// Closed is how many streams ended before the run did, without the stalled
	// ones, which StalledClosed counts of Stalled.
	Closed        int64 `json:"closed"`
	Stalled       int64 `json:"stalled"`
	StalledClosed int64 `json:"stalled_closed"`
	// ConnectS is the time in seconds until all streams stood, ConnectCPU the
	// server's CPU in microseconds per subscriber.
	ConnectS   float64  `json:"connect_s"`
	ConnectCPU *float64 `json:"server_cpu_us_per_connect"`

	// Planned is Rate times DurationS. Sent is how many events got a response with
	// a status below 300, Failed how many were not, and FirstFailure what the
	// first failure was. The rest was given up, because the server was too
	// slow for the pace.
	Planned      int64  `json:"events_planned"`
	Sent         int64  `json:"events_sent"`
	Failed       int64  `json:"events_failed"`
	FirstFailure string `json:"first_failure,omitempty"`
	// Expected counts, for each event sent, the streams that read its channel,
	// closed ones too; Received is what came.
	Expected int64 `json:"deliveries_expected"`
	Received int64 `json:"deliveries_received"`
	// WallS is the time in seconds from the first event to the last delivery,
	// PerSecond is Received through it.
	WallS     float64  `json:"wall_s"`
	PerSecond *float64 `json:"deliveries_per_s"`
	// Latencies in milliseconds from before the POST to the reading of the bytes.
	P50  *float64 `json:"p50_ms"`
	P99  *float64 `json:"p99_ms"`
	P999 *float64 `json:"p999_ms"`
	Max  *float64 `json:"max_ms"`
	// DeliveryCPU is the server's CPU in microseconds from the first event to the
	// last delivery, the taking of events included, through Received.
	DeliveryCPU *float64 `json:"server_cpu_us_per_delivery"`

	// MemoryPer is what the server's Pss grew by in bytes from before the first
	// subscriber to the end of the rest after the last, through Connected;
	// MemoryIdle is the Pss then, MemoryStart the one before.
	MemoryPer   *float64 `json:"server_bytes_per_subscriber"`
	MemoryIdle  *float64 `json:"server_idle_bytes"`
	MemoryStart *float64 `json:"server_start_bytes"`
	// PIDs are the server's processes, Note why figures of it are missing.
	PIDs []int  `json:"server_pids"`
	Note string `json:"server_note,omitempty"`
}

// ratios are figures of a server through those of the baseline under the same
// load: 1 is as good as a bare loop of writes. A ratio that cannot be had is
// null.
type ratios struct {
	// Run is "ratio".
	Run         string   `json:"run"`
	DeliveryCPU *float64 `json:"server_cpu_us_per_delivery"`
	ConnectCPU  *float64 `json:"server_cpu_us_per_connect"`
	MemoryPer   *float64 `json:"server_bytes_per_subscriber"`
	PerSecond   *float64 `json:"deliveries_per_s"`
	P50         *float64 `json:"p50_ms"`
	P99         *float64 `json:"p99_ms"`
}

// compare returns the ratios of a server's figures to the baseline's.
func compare(server, baseline result) ratios {
	through := func(a, b *float64) *float64 {
		if a == nil || b == nil || *b == 0 {
			return nil
		}
		return rounded(*a / *b)
	}
	return ratios{
		Run:         "ratio",
		DeliveryCPU: through(server.DeliveryCPU, baseline.DeliveryCPU),
		ConnectCPU:  through(server.ConnectCPU, baseline.ConnectCPU),
		MemoryPer:   through(server.MemoryPer, baseline.MemoryPer),
		PerSecond:   through(server.PerSecond, baseline.PerSecond),
		P50:         through(server.P50, baseline.P50),
		P99:         through(server.P99, baseline.P99),
	}
}

// per returns total divided by n, or nil when there is no total or n is 0.
func per(total *float64, n int64) *float64 {
	if total == nil || n == 0 {
		return nil
	}
	return rounded(*total / float64(n))
}
