package card

import (
	"maps"
	"slices"
	"strings"
	"time"

	"latido/hub"
	"latido/streams/event"
)

var tradingProducers = []string{"trading"}

// Trading shows the latest price of each symbol.
var Trading = Type{
	Name: "trading", Shareable: true, Topics: channel(event.TradingChannel), Backfill: 512,
	Producers: tradingProducers,
	New: func(Env) State {
		return &trading{fed: fed{producers: tradingProducers}, prices: map[string]Price{}, touched: map[string]bool{}}
	},
}

// maxSymbols bounds the rows of the card: symbols beyond it are left out.
const maxSymbols = 40

// maxLabel bounds the texts of a card that are names, in bytes.
const maxLabel = 256

// TradingView is the latest price of each symbol, ordered by symbol, at most 40.
type TradingView struct {
	At     time.Time // of the newest price; zero when there is none
	Prices []Price
	Older  bool // stored events before those that were looked at
	Source Source
}

// Price is one symbol's latest price. What it does not have is NaN.
type Price struct {
	Symbol        string
	Price         float64
	Change        float64 // since the price before
	ChangePercent float64
	Volume        float64
	At            time.Time
	Simulated     bool
}

// TradingChange are rows of symbols that were there before.
type TradingChange struct {
	At     time.Time
	Prices []Price
	Source Source
}

type trading struct {
	fed
	at      time.Time
	prices  map[string]Price
	touched map[string]bool
	added   bool // a row since Painted
}

// Apply takes a price.
func (t *trading) Apply(e *hub.Event) bool {
	p := event.As[event.PriceUpdate](e)
	if p == nil {
		return false
	}
	symbol := event.Shorten(p.Symbol, maxLabel)
	_, known := t.prices[symbol]
	if strings.TrimSpace(symbol) == "" || !known && len(t.prices) >= maxSymbols {
		return false
	}
	t.at = event.When(p.Timestamp, e)
	t.prices[symbol] = Price{Symbol: symbol, Price: number(p.Price), Change: number(p.Change), ChangePercent: number(p.ChangePercent),
		Volume: number(p.Volume), At: t.at, Simulated: p.Simulated}
	t.touched[symbol] = true
	t.added = t.added || !known
	return true
}

func (t *trading) rows(symbols []string) (rows []Price) {
	slices.Sort(symbols)
	for _, s := range symbols {
		rows = append(rows, t.prices[s])
	}
	return rows
}

func (t *trading) View() any {
	return TradingView{At: t.at, Prices: t.rows(slices.Collect(maps.Keys(t.prices))), Older: t.older, Source: t.source}
}

func (t *trading) Change() any {
	if t.added || t.changed {
		return nil
	}
	return TradingChange{At: t.at, Prices: t.rows(slices.Collect(maps.Keys(t.touched))), Source: t.source}
}

func (t *trading) Full() bool { return len(t.prices) >= maxSymbols }

func (t *trading) Painted() {
	clear(t.touched)
	t.added = false
	t.fed.Painted()
}
