package event

import (
	"encoding/json"
	"math"
	"strconv"
)

// Number is a JSON number, or no number at all: the zero Number is missing and
// is written as null. A decoded Number is written as it was read, digit by
// digit.
type Number struct {
	text  string // valid JSON; "" when missing
	value float64
}

// Float returns the Number of x. It is missing when x is NaN or infinite, which
// JSON cannot carry.
func Float(x float64) Number {
	text, err := json.Marshal(x)
	if err != nil {
		return Number{}
	}
	return Number{text: string(text), value: x}
}

// Literal returns the Number that text spells in JSON. It is missing when text
// is not a JSON number, or is beyond the range of float64.
func Literal(text string) Number {
	if text == "" || text[0] != '-' && (text[0] < '0' || text[0] > '9') || !json.Valid([]byte(text)) {
		return Number{}
	}
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return Number{}
	}
	return Number{text: text, value: value}
}

// Has reports whether there is a number.
func (n Number) Has() bool { return n.text != "" }

// Float returns the number, or 0 when it is missing; see Has.
func (n Number) Float() float64 { return n.value }

// Int returns the number without its fraction, clamped to the range of int64,
// or 0 when it is missing.
func (n Number) Int() int64 {
	switch {
	case n.value >= math.MaxInt64:
		return math.MaxInt64
	case n.value <= math.MinInt64:
		return math.MinInt64
	}
	return int64(n.value)
}

// MarshalJSON implements json.Marshaler.
func (n Number) MarshalJSON() ([]byte, error) {
	if !n.Has() {
		return []byte("null"), nil
	}
	return []byte(n.text), nil
}

// UnmarshalJSON implements json.Unmarshaler. It accepts any JSON: an error would
// keep package json from reading the fields that follow.
func (n *Number) UnmarshalJSON(data []byte) error {
	*n = Literal(string(data))
	return nil
}

// Round rounds x to n decimals. NaN and infinities become 0: one odd figure must
// not cost a whole sample.
func Round(x float64, n int) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	scale := math.Pow10(n)
	if x = math.Round(x*scale) / scale; x == 0 {
		return 0 // not -0, which JSON would show
	}
	return x
}
