package faults

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/shirou/gopsutil/v3/process"
)

// A flood, and the goals: the channels that one sender may begin unless a flag says
// other, and how much the program may grow.
const (
	floodPosts    = 1_000_000
	floodPosters  = 8
	floodChannels = 2000
	floodMayGrow  = 50 << 20
)

// flood is A8: one sender goes on to a million channels with a million idempotency
// keys. At the quota it is refused, and the program does not grow.
func flood(ctx context.Context, s *stage) (o outcome, err error) {
	c, err := s.runningChild(ctx, s.dir+"/data")
	if err != nil {
		return o, err
	}
	f := &flooder{url: c.url(), client: &http.Client{Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: floodPosters}}}
	defer f.client.CloseIdleConnections()
	f.send(ctx, "before", floodChannels/10) // or what the first requests take would count as growth
	before, err := c.memory(ctx)
	if err != nil {
		return o, err
	}
	f.send(ctx, "flood", floodPosts)
	if ctx.Err() != nil {
		return o, ctx.Err()
	}
	after, err := c.memory(ctx)
	if err != nil {
		return o, err
	}
	o = outcome{Faults: 1, Acked: int(f.acked.Load()), Refused: int(f.refused.Load()), Breaches: f.breaches}
	if o.Acked != floodChannels {
		o.Breaches = append(o.Breaches, fmt.Sprintf("%d channels were begun, %d may be", o.Acked, floodChannels))
	}
	if after > before+floodMayGrow {
		o.Breaches = append(o.Breaches, fmt.Sprintf("the program grew by %d MB", (after-before)>>20))
	}
	if !c.ready(ctx) {
		o.Breaches = append(o.Breaches, "the program is not ready after the flood")
	}
	o.Remarks = append(o.Remarks, fmt.Sprintf("the program had %d MB before the flood and %d MB after it", before>>20, after>>20))
	return o, nil
}

// memory is how much of the machine's memory the process holds, in bytes.
func (c *child) memory(ctx context.Context) (uint64, error) {
	p, err := process.NewProcessWithContext(ctx, int32(c.cmd.Process.Pid))
	if err != nil {
		return 0, fmt.Errorf("find the program's process: %w", err)
	}
	m, err := p.MemoryInfoWithContext(ctx)
	if err != nil {
		return 0, fmt.Errorf("read the program's memory: %w", err)
	}
	return m.RSS, nil
}

// flooder sends each event to a channel of its own.
type flooder struct {
	url            string
	client         *http.Client
	acked, refused atomic.Int64

	mu       sync.Mutex
	breaches []string
}

// send sends n events, by several posters at once.
func (f *flooder) send(ctx context.Context, name string, n int64) {
	var next atomic.Int64
	var posters sync.WaitGroup
	for range floodPosters {
		posters.Go(func() {
			for i := next.Add(1); i <= n && ctx.Err() == nil; i = next.Add(1) {
				if err := f.post(ctx, fmt.Sprintf("%s-%d", name, i)); err != nil {
					f.breach(err.Error())
				}
			}
		})
	}
	posters.Wait()
}

func (f *flooder) post(ctx context.Context, channel string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, f.url+"/sse/broadcast/"+channel, strings.NewReader(`{"n":1}`))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", "key-"+channel)
	res, err := f.client.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	switch {
	case err != nil:
		return err
	case res.StatusCode == http.StatusOK:
		f.acked.Add(1)
	case res.StatusCode == http.StatusTooManyRequests && strings.Contains(string(text), " maximum number of channels "):
		f.refused.Add(1)
	default:
		return fmt.Errorf("a POST to %s got %s: %.200s", channel, res.Status, text)
	}
	return nil
}

func (f *flooder) breach(what string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.breaches) < maxPrinted {
		f.breaches = append(f.breaches, what)
	}
}
