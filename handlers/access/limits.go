package access

import (
	"cmp"
	"time"

	"latido/handlers/limits"
)

// LoginLimits are the rates of login attempts. An account has a rate for each network, so
// that guessing from one does not lock the person out of the others, and a larger one
// for all networks together. A successful login resets the rate of that account
// and network.
type LoginLimits struct {
	Pair    limits.Rate // of one account from one network; default 5/60s
	Account limits.Rate // of one account; default 100/600s
	Network limits.Rate // of one network; default 30/60s
}

// maxLoginBuckets bounds the buckets of each of the three rates.
const maxLoginBuckets = 10_000

// WithDefaults returns a copy in which the defaults stand for zero values.
func (l LoginLimits) WithDefaults() LoginLimits {
	l.Pair = cmp.Or(l.Pair, limits.Rate{Burst: 5, Per: time.Minute})
	l.Account = cmp.Or(l.Account, limits.Rate{Burst: 100, Per: 10 * time.Minute})
	l.Network = cmp.Or(l.Network, limits.Rate{Burst: 30, Per: time.Minute})
	return l
}

// loginBuckets count login attempts.
type loginBuckets struct{ pair, account, network *limits.Buckets[string] }

func newLoginBuckets(l LoginLimits) *loginBuckets {
	l = l.WithDefaults()
	return &loginBuckets{
		pair:    limits.NewBuckets[string](maxLoginBuckets, l.Pair),
		account: limits.NewBuckets[string](maxLoginBuckets, l.Account),
		network: limits.NewBuckets[string](maxLoginBuckets, l.Network),
	}
}

// allow counts an attempt, or returns a *limits.RateError.
func (l *loginBuckets) allow(name, from string) error {
	if len(name) > 64 {
		name = name[:64] // no account has it; its bucket need not keep it whole
	}
	if _, err := l.network.Take(from); err != nil {
		return err
	}
	if _, err := l.pair.Take(name + "\n" + from); err != nil {
		return err
	}
	_, err := l.account.Take(name)
	return err
}

// succeeded resets the rate of an account and a network.
func (l *loginBuckets) succeeded(name, from string) { l.pair.Forget(name + "\n" + from) }
