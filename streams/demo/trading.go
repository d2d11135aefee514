package streams

import (
	"context"
	"math"
	"math/rand/v2"
	"time"

	"latido/hub"
)

// The walk of a price, in natural logarithms per step. Noise makes it move and
// pull draws it back to where it began; together they keep a price within
// about a quarter of its base however long the demo runs. Without the pull,
// a day of steps would take it towards zero or infinity.
const (
	walkNoise = 0.004
	walkPull  = 0.002
	walkLimit = 0.045 // one step's limit: 4.6 percent, inside the contract's 5
	// Now and then the market gets a fright.
	frightOdds  = 0.02
	frightNoise = 0.016
)

const (
	tradeMin = 500 * time.Millisecond
	tradeMax = 3 * time.Second
)

// TradingConfig configures Trading; the zero value works.
type TradingConfig struct {
	Seed uint64 // the same seed gives the same prices; 0 for new ones each time
}

// Trading is the simulated producer "trading": prices of five symbols that
// nobody pays. Every 0.5–3 s it publishes price_update for one symbol to the
// channel trading: {symbol, price, change, change_percent, volume, timestamp,
// simulated: true}. change and change_percent (within ±5) compare with the
// price that the symbol had in its event before; for its first event, with a
// fixed base. Each symbol comes once in every five events.
type Trading struct {
	market *market
}

// NewTrading makes the producer.
func NewTrading(cfg TradingConfig) *Trading {
	return &Trading{market: newMarket(newRand(cfg.Seed))}
}

// Name is "trading".
func (t *Trading) Name() string { return "trading" }

// Run implements Producer. It fails when a price can't be published; the walk
// goes on from the last published prices when it is called again.
func (t *Trading) Run(ctx context.Context, p hub.Publisher) error {
	for {
		if !wait(ctx, between(t.market.rand, tradeMin, tradeMax)) {
			return ctx.Err()
		}
		q := t.market.turn()
		x, update := t.market.step(q)
		update.Timestamp = stamp(time.Now())
		draft := hub.Draft{Name: "price_update", Channel: "trading", Sample: true}
		if err := publish(ctx, p, draft, update); err != nil {
			return err
		}
		q.commit(x, update.Price)
	}
}

type priceUpdate struct {
	Symbol        string  `json:"symbol"`
	Price         float64 `json:"price"`
	Change        float64 `json:"change"`
	ChangePercent float64 `json:"change_percent"`
	Volume        int64   `json:"volume"`
	Timestamp     string  `json:"timestamp"`
	Simulated     bool    `json:"simulated"`
}

// quote is one symbol's state: x is the logarithm of its unrounded price over
// its base, price what was published last.
type quote struct {
	symbol   string
	base     float64
	decimals int
	volume   float64 // median
	x, price float64
}

func (q *quote) commit(x, price float64) { q.x, q.price = x, price }

type market struct {
	rand   *rand.Rand
	quotes []*quote
	round  []*quote // whose turn it still is in this round
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

// turn picks who is next: everyone once a round, in random order, so that a
// new page has all prices within seconds.
func (m *market) turn() *quote {
	if len(m.round) == 0 {
		m.round = append(m.round, m.quotes...)
		m.rand.Shuffle(len(m.round), func(i, j int) { m.round[i], m.round[j] = m.round[j], m.round[i] })
	}
	q := m.round[0]
	m.round = m.round[1:]
	return q
}

// step answers where q goes next, without going: a price that could not be
// published was never anyone's previous price.
func (m *market) step(q *quote) (x float64, update priceUpdate) {
	noise := walkNoise
	if m.rand.Float64() < frightOdds {
		noise = frightNoise
	}
	dx := m.rand.NormFloat64()*noise - walkPull*q.x
	x = q.x + math.Max(-walkLimit, math.Min(walkLimit, dx))
	price := round(q.base*math.Exp(x), q.decimals)
	return x, priceUpdate{
		Symbol:        q.symbol,
		Price:         price,
		Change:        round(price-q.price, q.decimals),
		ChangePercent: round((price-q.price)/q.price*100, 2),
		Volume:        1 + int64(q.volume*math.Exp(0.5*m.rand.NormFloat64())),
		Simulated:     true,
	}
}
