package access

import (
	"time"

	"latido/handlers/limits"
)

// LoginLimits are how often a login may be tried. A person's account has a rate of
// its own for each network, so that nobody shuts others out by guessing, and a
// wider one for all networks together. A login that was right gives the account its
// whole rate back for that network.
type LoginLimits struct {
	Pair    limits.Rate // of one account from one network; default 5/60s
	Account limits.Rate // of one account; default 100/600s
	Network limits.Rate // of one network; default 30/60s
}

// maxLoginBuckets bounds the buckets of each kind.
const maxLoginBuckets = 10_000

// WithDefaults returns a copy in which the defaults stand for zero values.
func (l LoginLimits) WithDefaults() LoginLimits {
	for _, d := range []struct {
		field *limits.Rate
		value limits.Rate
	}{
		{&l.Pair, limits.Rate{Burst: 5, Per: time.Minute}},
		{&l.Account, limits.Rate{Burst: 100, Per: 10 * time.Minute}},
		{&l.Network, limits.Rate{Burst: 30, Per: time.Minute}},
	} {
		if *d.field == (limits.Rate{}) {
			*d.field = d.value
		}
	}
	return l
}

// loginBuckets slow guessing down.
type loginBuckets struct{ pair, account, network *limits.Buckets[string] }

func newLoginBuckets(l LoginLimits) *loginBuckets {
	l = l.WithDefaults()
	return &loginBuckets{
		pair:    limits.NewBuckets[string](maxLoginBuckets, l.Pair),
		account: limits.NewBuckets[string](maxLoginBuckets, l.Account),
		network: limits.NewBuckets[string](maxLoginBuckets, l.Network),
	}
}

func (l *loginBuckets) allow(name, from string) error {
	if len(name) > 64 {
		name = name[:64] // nobody's, and it need not be kept whole
	}
	for _, try := range []struct {
		b    *limits.Buckets[string]
		name string
	}{{l.network, from}, {l.pair, name + "\n" + from}, {l.account, name}} {
		if _, err := try.b.Take(try.name); err != nil {
			return err
		}
	}
	return nil
}

// succeeded forgives the tries before a login that was right.
func (l *loginBuckets) succeeded(name, from string) { l.pair.Forget(name + "\n" + from) }
