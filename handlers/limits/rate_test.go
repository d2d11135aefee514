package limits_test

import (
	"errors"
	"net/netip"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"latido/handlers/limits"
)

// TestRatesAreRead: what is written comes back, and what makes no sense is refused.
func TestRatesAreRead(t *testing.T) {
	for text, want := range map[string]string{
		"1000/10s": "1000/10s", "5/1m": "5/60s", "1000000/24h": "1000000/86400s",
		"0/10s": "", "-1/10s": "", "5/0s": "", "5/-1s": "", "5/1500ms": "", "1000001/1s": "", "5/25h": "",
		"": "", "5": "", "5/": "", "/5s": "", "5/10": "", "x/10s": "", "5/10s/2": "",
	} {
		var r limits.Rate
		err := r.UnmarshalText([]byte(text))
		if err == nil {
			err = r.Check()
		}
		switch {
		case want == "" && !errors.Is(err, limits.ErrRate):
			t.Errorf("%q is read as %v, %v", text, r, err)
		case want != "" && (err != nil || r.String() != want):
			t.Errorf("%q is read as %v, %v; want %s", text, r, err, want)
		}
	}
}

// TestBuckets: a burst, then one for each part of the time, by name. What is
// said of it is true.
func TestBuckets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := limits.NewBuckets[string](2, limits.Rate{Burst: 3, Per: time.Minute})
		for _, want := range []int{2, 1, 0} {
			if left, err := b.Take("a"); left != want || err != nil {
				t.Errorf("%d left, %v; want %d", left, err, want)
			}
		}
		var often *limits.RateError
		if _, err := b.Take("a"); !errors.As(err, &often) || often.Seconds() != 20 {
			t.Errorf("the fourth: %v", err)
		}
		if left, err := b.Take("b"); left != 2 || err != nil {
			t.Errorf("another name: %d, %v", left, err)
		}
		time.Sleep(19 * time.Second)
		if _, err := b.Take("a"); !errors.As(err, &often) || often.Seconds() != 1 {
			t.Errorf("before its time: %v", err)
		}
		time.Sleep(time.Second)
		if left, err := b.Take("a"); left != 0 || err != nil {
			t.Errorf("at its time: %d, %v", left, err)
		}
		b.Forget("a")
		if left, err := b.Take("a"); left != 2 || err != nil {
			t.Errorf("forgotten: %d, %v", left, err)
		}
	})
	for left, want := range map[int]int{1000: 10, 999: 10, 101: 2, 100: 1, 1: 1, 0: 1} {
		if got := (limits.Rate{Burst: 1000, Per: 10 * time.Second}).Window(left); got != want {
			t.Errorf("%d left come again in %d s, want %d", left, got, want)
		}
	}
	if got := (limits.Rate{Burst: 5, Per: 1500 * time.Millisecond}).String(); got != "5/1.5s" {
		t.Errorf("a rate that is refused is shown as %s", got)
	}
	if got := (limits.Rate{Burst: 5, Per: time.Minute}).Window(0); got != 12 {
		t.Errorf("the next of five in a minute comes in %d s", got)
	}
}

// TestBucketsAreBounded: of more names than may be, those used last are kept.
func TestBucketsAreBounded(t *testing.T) {
	b := limits.NewBuckets[string](100, limits.Rate{Burst: 1, Per: time.Hour})
	for i := range 10_000 {
		if _, err := b.Take(strconv.Itoa(i)); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Take("0"); err == nil {
			t.Fatalf("one that is used all the time is forgotten after %d others", i)
		}
	}
	if b.Len() != 100 {
		t.Errorf("%d buckets are kept", b.Len())
	}
	if _, err := b.Take("9999"); err == nil {
		t.Error("the last one is forgotten")
	}
}

// BenchmarkTake is what a POST pays for one rate, with many addresses.
func BenchmarkTake(b *testing.B) {
	buckets := limits.NewBuckets[netip.Prefix](10_000, limits.Rate{Burst: limits.MaxBurst, Per: time.Second})
	var from []netip.Prefix
	for i := range 1000 {
		from = append(from, netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 0, byte(i >> 8), byte(i)}), 32))
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := buckets.Take(from[i%len(from)]); err != nil {
			b.Fatal(err)
		}
	}
}
