package limits

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"
)

// Rate is how often something may be done: Burst times at once, and as often again
// evenly over Per. The zero value is no rate.
type Rate struct {
	Burst int           // from 1 to MaxBurst
	Per   time.Duration // whole seconds, from 1 s to MaxPer
}

// The most of a Rate.
const (
	MaxBurst = 1_000_000
	MaxPer   = 24 * time.Hour
)

// ErrRate is wrapped when a Rate makes no sense; the text says how one is written.
var ErrRate = errors.New("bad rate")

// UnmarshalText reads a rate written as 1000/10s.
func (r *Rate) UnmarshalText(text []byte) error {
	burst, per, ok := strings.Cut(string(text), "/")
	n, err := strconv.Atoi(burst)
	d, err2 := time.ParseDuration(per)
	if !ok || err != nil || err2 != nil {
		return fmt.Errorf("%w: %.40q is not written like 1000/10s, a thousand within ten seconds", ErrRate, text)
	}
	*r = Rate{n, d}
	return nil
}

// String is the rate as it is written.
func (r Rate) String() string {
	return strconv.Itoa(r.Burst) + "/" + strconv.FormatFloat(r.Per.Seconds(), 'f', -1, 64) + "s"
}

// Check answers nil for a rate within its bounds; errors wrap ErrRate.
func (r Rate) Check() error {
	switch {
	case r.Burst < 1 || r.Burst > MaxBurst:
		return fmt.Errorf("%w: %v is not 1 to %d times", ErrRate, r, MaxBurst)
	case r.Per < time.Second || r.Per > MaxPer || r.Per%time.Second != 0:
		return fmt.Errorf("%w: %v is not within whole seconds, from 1s to %v", ErrRate, r, MaxPer)
	}
	return nil
}

// Seconds is Per in seconds.
func (r Rate) Seconds() int { return int(r.Per / time.Second) }

// Window is the time, in whole seconds, in which as much as is left comes again, or
// the next one when nothing is left.
func (r Rate) Window(left int) int {
	return (max(left, 1)*r.Seconds() + r.Burst - 1) / r.Burst
}

// RateError says that something came too often.
type RateError struct {
	After time.Duration // when it may be tried again
}

// Error tells when.
func (e *RateError) Error() string {
	return fmt.Sprintf("too many requests: try again in %d s", e.Seconds())
}

// Seconds is After for Retry-After: at least 1.
func (e *RateError) Seconds() int { return max(1, int((e.After+time.Second-1)/time.Second)) }

// Buckets are token buckets of one rate, by a name. The least used go when there
// are too many: whoever comes back then has a full one. NewBuckets makes them; all
// methods may be called concurrently.
type Buckets[K comparable] struct {
	rate   Rate
	byName *lru.Cache[K, *rate.Limiter]
}

// NewBuckets makes buckets for as many names as size. It panics when size is not
// positive, or when Check finds r wrong.
func NewBuckets[K comparable](size int, r Rate) *Buckets[K] {
	if err := r.Check(); err != nil {
		panic(err)
	}
	c, err := lru.New[K, *rate.Limiter](size)
	if err != nil {
		panic(err)
	}
	return &Buckets[K]{r, c}
}

// Rate is the rate of each bucket.
func (b *Buckets[K]) Rate() Rate { return b.rate }

// Take takes a token and answers how many are left; or, when there is none, a
// *RateError.
func (b *Buckets[K]) Take(name K) (left int, err error) {
	l, known := b.byName.Get(name)
	if !known {
		l = rate.NewLimiter(rate.Limit(float64(b.rate.Burst)/b.rate.Per.Seconds()), b.rate.Burst)
		if old, there, _ := b.byName.PeekOrAdd(name, l); there {
			l = old
		}
	}
	now := time.Now()
	if l.AllowN(now, 1) {
		return int(l.TokensAt(now)), nil
	}
	missing := 1 - l.TokensAt(now)
	return 0, &RateError{time.Duration(missing / float64(l.Limit()) * float64(time.Second))}
}

// Forget gives a name a full bucket.
func (b *Buckets[K]) Forget(name K) { b.byName.Remove(name) }

// Len is how many names have a bucket.
func (b *Buckets[K]) Len() int { return b.byName.Len() }
