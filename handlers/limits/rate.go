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

// Rate limits how often something is done: Burst times at once, and then Burst times,
// evenly spread, in each Per. The zero value is not a valid rate.
type Rate struct {
	Burst int           // from 1 to MaxBurst
	Per   time.Duration // whole seconds, from 1 s to MaxPer
}

// The largest values of a Rate.
const (
	MaxBurst = 1_000_000
	MaxPer   = 24 * time.Hour
)

// ErrRate is wrapped when a Rate is not valid; the text says how one is written.
var ErrRate = errors.New("bad rate")

// UnmarshalText reads a rate written as 1000/10s. It does not check the bounds; see
// Check. Errors wrap ErrRate.
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

// String returns the rate as it is written.
func (r Rate) String() string {
	return strconv.Itoa(r.Burst) + "/" + strconv.FormatFloat(r.Per.Seconds(), 'f', -1, 64) + "s"
}

// Check returns an error that wraps ErrRate unless the rate is within its bounds.
func (r Rate) Check() error {
	switch {
	case r.Burst < 1 || r.Burst > MaxBurst:
		return fmt.Errorf("%w: %v is not 1 to %d times", ErrRate, r, MaxBurst)
	case r.Per < time.Second || r.Per > MaxPer || r.Per%time.Second != 0:
		return fmt.Errorf("%w: %v is not within whole seconds, from 1s to %v", ErrRate, r, MaxPer)
	}
	return nil
}

// Seconds returns Per in seconds.
func (r Rate) Seconds() int { return int(r.Per / time.Second) }

// Window returns the time, in whole seconds and rounded up, in which as many tokens come
// back as are left; for 0 the time until the next one.
func (r Rate) Window(left int) int {
	return (max(left, 1)*r.Seconds() + r.Burst - 1) / r.Burst
}

// RateError is the error of Take when a bucket is empty.
type RateError struct {
	After time.Duration // time until the next token
}

// Error says when to try again.
func (e *RateError) Error() string {
	return fmt.Sprintf("too many requests: try again in %d s", e.Seconds())
}

// Seconds returns After for a Retry-After header: rounded up, at least 1.
func (e *RateError) Seconds() int { return max(1, int((e.After+time.Second-1)/time.Second)) }

// Buckets are token buckets of one rate, by name. When there are too many the least
// recently used is dropped; its name then has a full bucket again. NewBuckets makes them;
// all methods may be called concurrently.
type Buckets[K comparable] struct {
	rate   Rate
	byName *lru.Cache[K, *rate.Limiter]
}

// NewBuckets makes buckets for at most size names. It panics unless size is positive and
// r.Check returns nil.
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

// Rate returns the rate of each bucket.
func (b *Buckets[K]) Rate() Rate { return b.rate }

// Take takes a token and returns how many are left. When the bucket is empty, the error is
// a *RateError.
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

// Len returns how many names have a bucket.
func (b *Buckets[K]) Len() int { return b.byName.Len() }
