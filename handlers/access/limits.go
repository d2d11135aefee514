package access

import (
	"fmt"
	"time"

	"github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"
)

// The limits of logging in: tries at once, and then one more each so often. A
// person's account has its own for each network, so that nobody shuts others out
// by guessing, and a wider one for all networks together.
const (
	loginBurst      = 5
	loginEvery      = 12 * time.Second
	accountBurst    = 100
	accountEvery    = 6 * time.Second
	networkBurst    = 30
	networkEvery    = 2 * time.Second
	maxLoginBuckets = 10_000
)

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

// buckets are token buckets by a name. The least used go when there are too many:
// whoever comes back then has a full one.
type buckets struct {
	byName *lru.Cache[string, *rate.Limiter]
	every  time.Duration
	burst  int
}

func newBuckets(size int, every time.Duration, burst int) *buckets {
	c, err := lru.New[string, *rate.Limiter](size)
	if err != nil {
		panic(err) // size is not positive
	}
	return &buckets{c, every, burst}
}

func (b *buckets) take(name string) error {
	l, known := b.byName.Get(name)
	if !known {
		l = rate.NewLimiter(rate.Every(b.every), b.burst)
		if old, there, _ := b.byName.PeekOrAdd(name, l); there {
			l = old
		}
	}
	r := l.Reserve()
	if wait := r.Delay(); wait > 0 {
		r.Cancel()
		return &RateError{wait}
	}
	return nil
}

// loginLimits slow guessing down.
type loginLimits struct{ pair, account, network *buckets }

func newLoginLimits() *loginLimits {
	return &loginLimits{
		pair:    newBuckets(maxLoginBuckets, loginEvery, loginBurst),
		account: newBuckets(maxLoginBuckets, accountEvery, accountBurst),
		network: newBuckets(maxLoginBuckets, networkEvery, networkBurst),
	}
}

func (l *loginLimits) allow(name, from string) error {
	if len(name) > 64 {
		name = name[:64] // nobody's, and it need not be kept whole
	}
	for _, try := range []struct {
		b    *buckets
		name string
	}{{l.network, from}, {l.pair, name + "\n" + from}, {l.account, name}} {
		if err := try.b.take(try.name); err != nil {
			return err
		}
	}
	return nil
}

// succeeded forgives the tries before a login that was right.
func (l *loginLimits) succeeded(name, from string) { l.pair.byName.Remove(name + "\n" + from) }
