package views

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
)

// none stands where there is no value, and keeps its place.
const none = "–"

// minus is as wide as a digit and a plus, unlike the hyphen.
const minus = "−"

func (l Lang) printer() *message.Printer {
	if l == English {
		return message.NewPrinter(language.English)
	}
	return message.NewPrinter(language.Spanish)
}

// decimal formats v with the given number of decimals, as the language does.
func (l Lang) decimal(v float64, decimals int) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return none
	}
	if math.Abs(v) >= 1e15 {
		// No column is wide enough for what such a number would need.
		return strconv.FormatFloat(v, 'e', 3, 64)
	}
	s := l.printer().Sprint(number.Decimal(math.Abs(v), number.Scale(decimals)))
	if v < 0 && !isZero(s) {
		return minus + s
	}
	return s
}

// isZero reports whether a formatted number is zero: a value that was rounded to
// zero has no sign.
func isZero(s string) bool { return !strings.ContainsAny(s, "123456789") }

// signed writes v with its sign, also when it is positive.
func (l Lang) signed(v float64, decimals int) string {
	s := l.decimal(v, decimals)
	if v > 0 && !isZero(s) {
		return "+" + s
	}
	return s
}

// percentSign joins a number and its sign as the language does: Spanish sets a
// space between them, one that does not break.
func (l Lang) percentSign(s string) string {
	if s == none {
		return s
	}
	if l == English {
		return s + "%"
	}
	return s + "\u00a0%"
}

// percent writes 0–100 with one decimal.
func (l Lang) percent(v float64) string { return l.percentSign(l.decimal(v, 1)) }

// change writes a change in percent, with its sign and two decimals.
func (l Lang) change(v float64) string { return l.percentSign(l.signed(v, 2)) }

// integer writes a count with the language's grouping.
func integer[N ~int | ~int64 | ~uint64](l Lang, n N) string {
	return l.printer().Sprint(number.Decimal(n))
}

// priceDecimals gives a price enough decimals to show that it moves; it depends
// on the price's size alone, so a column does not change its shape.
func priceDecimals(price float64) int {
	switch p := math.Abs(price); {
	case p >= 10:
		return 2
	case p >= 0.1:
		return 4
	default:
		return 8
	}
}

// gib writes an amount that is already in GiB.
func (l Lang) gib(v float64) string { return l.decimal(v, 1) + "\u00a0GiB" }

// bytes writes a number of bytes in the unit that leaves one to four digits.
func (l Lang) bytes(n float64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB"}
	i := 0
	for math.Abs(n) >= 1024 && i < len(units)-1 {
		n /= 1024
		i++
	}
	decimals := 1
	if i == 0 {
		decimals = 0
	}
	return l.decimal(n, decimals) + "\u00a0" + units[i]
}

// duration writes the two largest units of d.
func (l Lang) duration(d time.Duration) string {
	if d < 0 {
		d = 0
	}
	days, hours := int(d/(24*time.Hour)), int(d/time.Hour)%24
	minutes, seconds := int(d/time.Minute)%60, int(d/time.Second)%60
	switch {
	case days > 0:
		return fmt.Sprintf("%d\u00a0d %d\u00a0h", days, hours)
	case hours > 0:
		return fmt.Sprintf("%d\u00a0h %d\u00a0min", hours, minutes)
	case minutes > 0:
		return fmt.Sprintf("%d\u00a0min %d\u00a0s", minutes, seconds)
	default:
		return fmt.Sprintf("%d\u00a0s", seconds)
	}
}

// clock is the time of day, in the zone t carries.
func clock(t time.Time) string {
	if t.IsZero() {
		return none
	}
	return t.Format("15:04:05")
}

// day is the date in the language's short way.
func (l Lang) day(t time.Time) string {
	if t.IsZero() {
		return none
	}
	month := l.texts().Date.Months[t.Month()-1]
	if l == English {
		return fmt.Sprintf("%s %d", month, t.Day())
	}
	return fmt.Sprintf("%d %s", t.Day(), month)
}

// zone names the zone of the times shown, by name and distance from UTC.
func zone(t time.Time) string {
	name, _ := t.Zone()
	offset := "UTC" + t.Format("-07:00")
	if name == "" || name == "UTC" || name[0] == '+' || name[0] == '-' {
		if t.Format("-07:00") == "+00:00" {
			return "UTC"
		}
		return offset
	}
	return name + " (" + offset + ")"
}

// fraction is part of whole in percent, 0 when there is no whole.
func fraction(part, whole float64) float64 {
	if whole <= 0 || math.IsNaN(part) || math.IsNaN(whole) {
		return 0
	}
	return clamp(100 * part / whole)
}

// clamp holds a percentage between 0 and 100, for what draws it.
func clamp(v float64) float64 {
	if math.IsNaN(v) {
		return 0
	}
	return min(max(v, 0), 100)
}

// plain is a number for an attribute: no grouping, a decimal point, one decimal.
func plain(v float64) string {
	return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64)
}

// meterLevel is how full a meter is: high from 80, full from 95.
func meterLevel(v float64) string {
	switch {
	case v >= 95:
		return "full"
	case v >= 80:
		return "high"
	}
	return "fine"
}
