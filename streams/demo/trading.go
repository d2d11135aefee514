package demo

import (
	"context"
	"math"
	"math/rand/v2"
	"time"

	"latido/hub"
	"latido/streams"
	"latido/streams/event"
)

// The walk of a price, in natural logarithms per step. Noise makes it move and
// pull draws it back to where it began; together they keep a price within
// about a quarter of its base however long the demo runs. Without the pull,
// a day of steps would take it towards zero or infinity.
const (
	walkNoise = 0.004
	walkPull  = 0.002
	walkLimit = 0.045 // one step's limit: 4.6 percent, inside the contract's 5
	// Some steps are shocks.
	shockOdds  = 0.02
	shockNoise = 0.016
)

const (
	priceMin = 500 * time.Millisecond
	priceMax = 3 * time.Second
)

// Trading is the simulated producer "trading": every 0.5–3 s it publishes the
// price of one of five symbols to the channel trading. change and change_percent
// (within ±5) compare with the price in the symbol's previous event; for its
// first event, with a fixed base. Each symbol comes once in every five events.
type Trading struct {
	market *market
}

// NewTrading returns the producer. The same seed gives the same prices; 0 stands for
// new ones each time.
func NewTrading(seed uint64) *Trading {
	return &Trading{market: newMarket(newRand(seed))}
}

// Name returns "trading".
func (t *Trading) Name() string { return "trading" }

// Run implements streams.Producer. It fails when a price cannot be published;
// when it is called again it continues from the last published prices.
func (t *Trading) Run(ctx context.Context, p hub.Publisher) error {
	for {
		if !streams.Wait(ctx, between(t.market.rand, priceMin, priceMax)) {
			return ctx.Err()
		}
		q := t.market.next()
		m := t.market.step(q)
		if err := streams.Publish(ctx, p, m.event(q.symbol).Draft(time.Now())); err != nil {
			return err
		}
		q.commit(m)
	}
}

// quote is one symbol's state: x is the logarithm of its unrounded price over
// its base, and price is what was published last.
type quote struct {
	symbol   string
	base     float64
	decimals int
	volume   float64 // median
	x, price float64
}

func (q *quote) commit(m move) { q.x, q.price = m.x, m.price }

// move is one step of a quote.
type move struct {
	x, price        float64 // the quote's next
	change, percent float64 // of the price
	volume          int64
}

func (m move) event(symbol string) event.PriceUpdate {
	return event.PriceUpdate{
		Symbol:        symbol,
		Price:         event.Float(m.price),
		Change:        event.Float(m.change),
		ChangePercent: event.Float(m.percent),
		Volume:        event.Float(float64(m.volume)),
		Simulated:     true,
	}
}

type market struct {
	rand   *rand.Rand
	quotes []*quote
	round  []*quote // those still to come in this round
}

func newMarket(r *rand.Rand) *market {
	m := &market{rand: r, quotes: []*quote{
		{symbol: "BTC/USD", base: 65000, decimals: 2, volume: 900},
		{symbol: "ETH/USD", base: 3200, decimals: 2, volume: 4500},
		{symbol: "ADA/USD", base: 0.45, decimals: 4, volume: 250000},
		{symbol: "DOT/USD", base: 6.5, decimals: 3, volume: 40000},
		{symbol: "SOL/USD", base: 150, decimals: 2, volume: 18000},
	}}
	for _, q := range m.quotes {
		q.price = q.base
	}
	return m
}

// next picks the next symbol: each once in a round, in random order, so that a new
// page has all prices within seconds.
func (m *market) next() *quote {
	if len(m.round) == 0 {
		m.round = append(m.round, m.quotes...)
		m.rand.Shuffle(len(m.round), func(i, j int) { m.round[i], m.round[j] = m.round[j], m.round[i] })
	}
	q := m.round[0]
	m.round = m.round[1:]
	return q
}

// step returns the next move of q, without making it: a price that could not be
// published is not anyone's previous price.
func (m *market) step(q *quote) move {
	noise := walkNoise
	if m.rand.Float64() < shockOdds {
		noise = shockNoise
	}
	dx := m.rand.NormFloat64()*noise - walkPull*q.x
	x := q.x + max(-walkLimit, min(walkLimit, dx))
	price := event.Round(q.base*math.Exp(x), q.decimals)
	return move{
		x: x, price: price,
		change:  event.Round(price-q.price, q.decimals),
		percent: event.Round((price-q.price)/q.price*100, 2),
		volume:  1 + int64(q.volume*math.Exp(0.5*m.rand.NormFloat64())),
	}
}
