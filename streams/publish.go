package streams

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	mrand "math/rand/v2"
	"time"

	"latido/hub"
)

// publishTimeout bounds one publication. An engine whose disk is full sends no
// reply at all, and a producer that waits for it shows as running.
const publishTimeout = 3 * time.Second

// publish stores data, encoded as JSON, as the draft's payload. The error says
// what was attempted and wraps the publisher's.
func publish(ctx context.Context, p hub.Publisher, d hub.Draft, data any) error {
	var err error
	if d.Data, err = json.Marshal(data); err != nil {
		return fmt.Errorf("encode %s: %w", d.Name, err)
	}
	ctx, cancel := context.WithTimeout(ctx, publishTimeout)
	defer cancel()
	if _, err = p.Publish(ctx, d); err != nil {
		return fmt.Errorf("publish %s: %w", d.Name, err)
	}
	return nil
}

// stamp is the wire form of a moment: RFC 3339 in UTC with milliseconds.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }

// newID answers a new id that nobody can guess: prefix and 16 hex digits.
func newID(prefix string) string {
	var b [8]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	return prefix + hex.EncodeToString(b[:])
}

// newRand answers the generator of a simulated producer; the same seed gives
// the same events. A seed of 0 stands for a new one each time.
func newRand(seed uint64) *mrand.Rand {
	if seed == 0 {
		seed = mrand.Uint64()
	}
	return mrand.New(mrand.NewPCG(seed, 0x6c617469646f))
}

// between answers a random duration of [low, high).
func between(r *mrand.Rand, low, high time.Duration) time.Duration {
	return low + time.Duration(r.Int64N(int64(high-low)))
}

// wait answers true after d, or false as soon as ctx ends.
func wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// round rounds x to n decimals. What is not a number becomes 0, because JSON
// can't carry it and one odd figure must not cost the whole sample.
func round(x float64, n int) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	scale := math.Pow10(n)
	if x = math.Round(x*scale) / scale; x == 0 {
		return 0 // not -0, which JSON would show
	}
	return x
}
