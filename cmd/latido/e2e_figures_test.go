package main_test

import (
	"fmt"
	"testing"
)

func TestFiguresMoveWithoutAReload(t *testing.T) {
	t.Parallel()
	p := visit(t, start(t, demo), "/")
	p.same()

	// The page may have been rendered before the first sample.
	p.wait("a CPU figure", `/^\d+,\d %$/.test(`+textOf("#metrics-body .gauge-value")+`.replace(" ", " "))`)
	before := eval[map[string]string](p, machineFigures)
	p.wait("the next sample of the machine", fmt.Sprintf(
		`(now => now.time > %s && now.past !== %s && now.figures !== %s)(%s)`,
		quote(before["time"]), quote(before["past"]), quote(before["figures"]), machineFigures))

	p.wait("a price of each symbol", count("#trading-rows > tr")+" === 5")
	prices := eval[string](p, textOf("#trading-rows"))
	p.wait("another price", textOf("#trading-rows")+" !== "+quote(prices))
	p.unchanged()
}

// machineFigures is what the machine's card shows of a sample.
const machineFigures = `({
	time: document.querySelector("#age-metrics time").dateTime,
	past: document.querySelector("#metrics-body .spark-line").getAttribute("points"),
	figures: [...document.querySelectorAll("#metrics-body .gauge-value, #metrics-body .gauge-note")].map(e => e.textContent.trim()).join(" "),
})`

func TestSparklineSurvivesAReload(t *testing.T) {
	t.Parallel()
	p := visit(t, start(t, setup{}), "/")
	samples := `document.querySelector("#metrics-body .spark-line").getAttribute("points").split(" ").length`
	first := eval[int](p, samples)
	p.wait("another sample in the sparkline", fmt.Sprintf("%s > %d", samples, first))
	p.reload()
	if got := eval[int](p, samples); got <= first {
		t.Errorf("after a reload the sparkline has %d points; it had more than %d before", got, first)
	}
}

func TestSimulatedDataIsMarked(t *testing.T) {
	t.Parallel()
	p := visit(t, start(t, demo), "/")
	p.wait("the badge", shown(".badge")+" && "+has(".badge", "Datos simulados"))
	p.wait("prices", count("#trading-rows > tr")+" > 0")
	p.wait("a simulated log entry", has("#log-list > li .sim", "simulado"))
	if unmarked := eval[int](p, `[...document.querySelectorAll("#trading-rows > tr")].filter(e => !e.querySelector(".sim")?.checkVisibility()).length`); unmarked > 0 {
		t.Errorf("%d simulated prices are not marked", unmarked)
	}
}

func TestWithoutDemoNothingIsSimulated(t *testing.T) {
	t.Parallel()
	p := visit(t, start(t, setup{}), "/")
	p.wait("a sample of the machine", shown("#age-metrics time"))
	if n := eval[int](p, count(".sim, .badge")); n != 0 {
		t.Errorf("%d marks of simulated data on a page without any", n)
	}
	// Cards without data say so and how to send some.
	for _, card := range []string{"trading", "notifications", "tasks"} {
		if !eval[bool](p, "!!"+shown("#card-"+card+" .empty")) {
			t.Errorf("the card %s is empty and does not say so", card)
		}
	}
}
