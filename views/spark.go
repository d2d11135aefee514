package views

import (
	"strconv"
	"strings"
)

// sparkSamples is the width of a sparkline: five minutes, a sample each 5 s.
const sparkSamples = 60

// sparkPoints draws samples of percent as a filled shape in a box of 59 × 100. The
// newest is at the right edge, and a line that is still short grows from there: a point
// stays one sample from its neighbour. The scale is the whole of
// 0–100 %, or a quiet machine would look as busy as a loaded one. The shape's
// sides lie outside the box, which clips them: one attribute draws line and
// area, and half as many bytes travel every 5 s.
func sparkPoints(samples []float64) string {
	if len(samples) == 0 {
		return ""
	}
	if len(samples) > sparkSamples {
		samples = samples[len(samples)-sparkSamples:]
	}
	first := sparkSamples - len(samples)
	left := first
	if left == 0 {
		left = -2
	}
	var b strings.Builder
	b.WriteString(strconv.Itoa(left) + ",130 ")
	if left != first {
		b.WriteString(strconv.Itoa(left) + "," + plain(100-clamp(samples[0])) + " ")
	}
	for i, v := range samples {
		b.WriteString(strconv.Itoa(first+i) + "," + plain(100-clamp(v)) + " ")
	}
	b.WriteString("61," + plain(100-clamp(samples[len(samples)-1])) + " 61,130")
	return b.String()
}

// sparkRange is the lowest and the highest sample.
func sparkRange(samples []float64) (low, high float64) {
	for i, v := range samples {
		v = clamp(v)
		if i == 0 || v < low {
			low = v
		}
		if v > high {
			high = v
		}
	}
	return low, high
}

// sparkLabel says in words what a sparkline shows.
func (l Lang) sparkLabel(name string, samples []float64) string {
	m := l.texts()
	if len(samples) == 0 {
		return name + ": " + m.State.NoData
	}
	low, high := sparkRange(samples)
	return name + ". " + m.Metrics.Last5Minutes + ": " + m.Metrics.Lowest + " " + l.percent(low) + ", " + m.Metrics.Highest + " " + l.percent(high)
}

// sparkHigh is the highest sample.
func sparkHigh(samples []float64) float64 {
	_, high := sparkRange(samples)
	return high
}
