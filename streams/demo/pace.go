package demo

import (
	"math/rand/v2"
	"time"
)

// newRand returns the generator of a producer; the same seed gives the same
// numbers. A seed of 0 stands for a new one each time.
func newRand(seed uint64) *rand.Rand {
	if seed == 0 {
		seed = rand.Uint64()
	}
	return rand.New(rand.NewPCG(seed, 0x6c617469646f))
}

// between returns a random duration of [low, high).
func between(r *rand.Rand, low, high time.Duration) time.Duration {
	return low + time.Duration(r.Int64N(int64(high-low)))
}
