package views_test

import (
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"latido/views"
)

func TestNumbers(t *testing.T) {
	const es, en = views.Spanish, views.English
	for _, c := range []struct{ what, got, want string }{
		{"decimal es", views.Decimal(es, 64210.5, 2), "64.210,50"},
		{"decimal en", views.Decimal(en, 64210.5, 2), "64,210.50"},
		{"decimal negative", views.Decimal(es, -0.5, 2), "−0,50"},
		{"decimal rounds to zero", views.Decimal(es, -0.0001, 2), "0,00"},
		{"decimal huge", views.Decimal(es, 1e300, 2), "1.000e+300"},
		{"decimal NaN", views.Decimal(en, math.NaN(), 2), "–"},
		{"decimal infinite", views.Decimal(en, math.Inf(-1), 2), "–"},
		{"signed up", views.Signed(en, 12.345, 2), "+12.35"},
		{"signed down", views.Signed(en, -12.345, 2), "−12.35"},
		{"signed rounds to zero", views.Signed(en, 0.001, 2), "0.00"},
		{"signed zero", views.Signed(en, 0, 2), "0.00"},
		{"signed infinite", views.Signed(en, math.Inf(1), 2), "–"},
		{"percent es", views.Percent(es, 23.45), "23,4\u00a0%"},
		{"percent en", views.Percent(en, 23.46), "23.5%"},
		{"percent NaN", views.Percent(es, math.NaN()), "–"},
		{"change es", views.Change(es, 1.946), "+1,95\u00a0%"},
		{"change en", views.Change(en, -1.946), "−1.95%"},
		{"bytes", views.Bytes(es, 0), "0\u00a0B"},
		{"bytes under one KiB", views.Bytes(es, 1023), "1.023\u00a0B"},
		{"bytes KiB", views.Bytes(en, 1536), "1.5\u00a0KiB"},
		{"bytes GiB", views.Bytes(es, 10*(1<<30)), "10,0\u00a0GiB"},
		{"bytes endless", views.Bytes(en, 1e19), "8,881.8\u00a0PiB"},
		{"duration", views.Duration(es, 0), "0\u00a0s"},
		{"duration backwards", views.Duration(es, -time.Hour), "0\u00a0s"},
		{"duration minutes", views.Duration(es, 12*time.Minute+5*time.Second), "12\u00a0min 5\u00a0s"},
		{"duration hours", views.Duration(es, 25*time.Hour-time.Minute), "1\u00a0d 0\u00a0h"},
		{"duration days", views.Duration(es, 76*time.Hour), "3\u00a0d 4\u00a0h"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", c.what, c.got, c.want)
		}
	}
}

func TestPriceDecimals(t *testing.T) {
	for price, want := range map[float64]int{64210.5: 2, 10: 2, 9.99: 4, 0.45: 4, 0.0012: 8, 0: 8, -64210: 2} {
		if got := views.Decimals(price); got != want {
			t.Errorf("%v gets %d decimals, want %d", price, got, want)
		}
	}
}

func TestTimes(t *testing.T) {
	for _, c := range []struct{ what, got, want string }{
		{"clock", views.Clock(at), "02:08:11"},
		{"clock of nothing", views.Clock(time.Time{}), "–"},
		{"day es", views.Day(views.Spanish, at), "24 nov"},
		{"day en", views.Day(views.English, at), "Nov 24"},
		{"day of nothing", views.Day(views.English, time.Time{}), "–"},
		{"zone", views.Zone(at), "CET (UTC+01:00)"},
		{"zone UTC", views.Zone(at.UTC()), "UTC"},
		{"zone without name", views.Zone(at.In(time.FixedZone("", -3*3600))), "UTC-03:00"},
		{"zone named by number", views.Zone(at.In(time.FixedZone("-03", -3*3600))), "UTC-03:00"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", c.what, c.got, c.want)
		}
	}
}

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"":                "",
		"plain ñ € 🙂":     "plain ñ € 🙂",
		"a\tb\nc":         "a\tb\nc",
		"a\r\nb\rc\r\n\r": "a\nb\nc\n\n",
		"a\x00b":          "a\ufffdb",
		"\x1b[31mred":     "\ufffd[31mred",
		"\x7f\u0085":      "\ufffd\ufffd",
		"bad \xff utf":    "bad \ufffd utf",
		"\u2028\u202e":    "\u2028\u202e",
	} {
		if got := views.Text(in); got != want {
			t.Errorf("text(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestLabel(t *testing.T) {
	for in, want := range map[string]string{
		"short":                        "short",
		"two\r\nlines\x00":             "two\nlines\ufffd",
		strings.Repeat("ñ", 160):       strings.Repeat("ñ", 160),
		strings.Repeat("ñ", 161):       strings.Repeat("ñ", 160) + "…",
		strings.Repeat("🙂", 500):       strings.Repeat("🙂", 160) + "…",
		"x" + strings.Repeat("🙂", 500): "x" + strings.Repeat("🙂", 159) + "…",
	} {
		got := views.Label(in)
		if got != want || !utf8.ValidString(got) {
			t.Errorf("label of %d bytes: %q, want %q", len(in), got, want)
		}
	}
}

func TestSparkline(t *testing.T) {
	for _, c := range []struct {
		what    string
		samples []float64
		want    string
	}{
		{"nothing", nil, ""},
		{"one sample stands at the right edge", []float64{40}, "59,130 59,60 61,60 61,130"},
		{"outside 0–100 and no number", []float64{-5, 250, math.NaN()}, "57,130 57,100 58,0 59,100 61,100 61,130"},
	} {
		if got := views.Points(c.samples); got != c.want {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
	full := views.Points(make([]float64, 75))
	if !strings.HasPrefix(full, "-2,130 -2,100 0,100 1,100 ") || !strings.HasSuffix(full, " 59,100 61,100 61,130") {
		t.Errorf("a full line: %q", full)
	}
}

func TestFraction(t *testing.T) {
	for _, c := range []struct{ part, whole, want float64 }{
		{1, 4, 25}, {0, 0, 0}, {5, 0, 0}, {5, 4, 100}, {-1, 4, 0}, {math.NaN(), 4, 0}, {1, math.NaN(), 0},
	} {
		if got := views.Fraction(c.part, c.whole); got != c.want {
			t.Errorf("%v of %v = %v, want %v", c.part, c.whole, got, c.want)
		}
	}
}
