package hub

import "sync"

// frameOverhead is what a kept frame costs beside its bytes, roughly.
const frameOverhead = 96

// frameCache keeps encoded events for the subscribers that read them next, so
// that an event is encoded once per format and not once per reader. All formats
// share one budget; the format that keeps most gives up its oldest frames
// first. A frame that was given up is encoded again if somebody still needs it.
type frameCache struct {
	mu      sync.Mutex
	budget  int64
	bytes   int64
	formats map[*Format]*formatFrames
}

// formatFrames are the kept frames of one format. Their key has the epoch too: a
// reader may still encode an event of the order that a reset has ended.
type formatFrames struct {
	frames map[ID][]byte // nil where the format does not show the event
	order  []ID          // of encoding
	bytes  int64
}

func newFrameCache(budget int64) *frameCache {
	return &frameCache{budget: budget, formats: map[*Format]*formatFrames{}}
}

// frame returns the event's bytes in a format, nil where the format does not
// show it. The fault is that of an encoder which panicked, returned once.
func (c *frameCache) frame(f *Format, e *Event) (b []byte, fault error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.formats[f]
	if k == nil {
		k = &formatFrames{frames: map[ID][]byte{}}
		c.formats[f] = k
	}
	if b, known := k.frames[e.ID]; known {
		return b, nil
	}
	b, fault = f.make(e)
	k.frames[e.ID] = b
	k.order = append(k.order, e.ID)
	c.add(k, int64(len(b)+frameOverhead))
	for c.bytes > c.budget && c.dropOldest(k) {
	}
	return b, fault
}

func (c *frameCache) add(k *formatFrames, n int64) {
	k.bytes += n
	c.bytes += n
}

// dropOldest gives up the oldest frame of the format that keeps most, but not the
// only one of the format that has just been added to. It reports whether there
// was one.
func (c *frameCache) dropOldest(added *formatFrames) bool {
	var largest *formatFrames
	for _, k := range c.formats {
		if len(k.order) > 0 && (k != added || len(k.order) > 1) && (largest == nil || k.bytes > largest.bytes) {
			largest = k
		}
	}
	if largest == nil {
		return false
	}
	id := largest.order[0]
	largest.order = largest.order[1:]
	c.add(largest, -int64(len(largest.frames[id])+frameOverhead))
	delete(largest.frames, id)
	return true
}

// forget gives up all frames of a format.
func (c *frameCache) forget(f *Format) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if k := c.formats[f]; k != nil {
		c.bytes -= k.bytes
		delete(c.formats, f)
	}
}

func (c *frameCache) size() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bytes
}
