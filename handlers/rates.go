package handlers

import (
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"latido/hub"
	"latido/streams/event"
)

// The bounds of max_rate, in values a second of one key.
const (
	leastRate = 0.01
	mostRate  = 1000
)

// rate reads how many values a second somebody wants of one key, and answers the
// time between two of them.
func (ps *problems) rate(text string, loc ...string) (every time.Duration) {
	n, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil || math.IsNaN(n) || math.IsInf(n, 0) || !json.Valid([]byte(text)):
		ps.add("float_parsing", "Input should be a valid number", loc...)
	case n < leastRate:
		ps.add("greater_than_equal", fmt.Sprintf("Input should be greater than or equal to %g", leastRate), loc...)
	case n > mostRate:
		ps.add("less_than_equal", fmt.Sprintf("Input should be less than or equal to %d", mostRate), loc...)
	default:
		return time.Duration(float64(time.Second) / n)
	}
	return 0
}

// queryRate reads ?max_rate=, 0 when it is not given.
func (ps *problems) queryRate(c *gin.Context) time.Duration {
	text, given := c.GetQuery("max_rate")
	if !given {
		return 0
	}
	return ps.rate(text, "query", "max_rate")
}

// limit makes a cursor a limited one, nil when that is not wanted, and answers the
// id of where its stream begins. Who comes back from a limited stream to one that is
// not gets a limit as well: only values are owed, and nothing else may come twice.
func limit(c *hub.Cursor, wanted bool, key func(*hub.Event) hub.Key, back uint64) (*hub.Limited, string) {
	if !wanted && back == 0 {
		return nil, c.Position().String()
	}
	l := c.Limit(hub.Limit{Key: key}, back)
	return l, l.Place().String()
}

// valueKey answers what an event of a JSON stream is a value of: a symbol, a metric,
// a machine or a task, each of one channel. The other events of a task make its
// values pointless: who has read that it is done wants no progress of it.
func valueKey(every time.Duration) func(*hub.Event) hub.Key {
	return func(e *hub.Event) hub.Key {
		var kind, name string
		value := true
		switch v := event.Decode(e).(type) {
		case *event.PriceUpdate:
			kind, name = "symbol", v.Symbol
		case *event.MetricUpdate:
			kind, name = "metric", v.Name
		case *event.SystemMetrics:
			kind, name = "node", "="+v.Node // a process on its own has no name
		case event.TaskEvent:
			kind, name, value = "task", v.Head().ID, isProgress(e)
		}
		if name == "" {
			return hub.Key{}
		}
		where := e.Channel
		if where == "" {
			where = "\x00" + strconv.FormatInt(e.User, 10)
		}
		return hub.Key{Name: where + "\x00" + kind + "\x00" + name, Value: value, Every: every}
	}
}

func isProgress(e *hub.Event) bool { return e.Name == "task_update" || e.Name == "task_progress" }

// limitedCards are the cards of a page that show values of something that goes on.
var limitedCards = []string{"metrics", "trading", "tasks"}

// pageRates are how often the cards of a page may change.
type pageRates struct {
	given url.Values               // as it stands in the URLs of the page and of its stream
	every map[string]time.Duration // by card; none for one that shows everything
}

// pageRates reads max_rate, which is for all cards, and max_rate_CARD, which wins.
func (ps *problems) pageRates(v url.Values, place string) pageRates {
	r := pageRates{given: url.Values{}, every: map[string]time.Duration{}}
	read := func(field string, cards ...string) {
		if !v.Has(field) {
			return
		}
		r.given.Set(field, v.Get(field))
		every := ps.rate(v.Get(field), place, field)
		for _, card := range cards {
			r.every[card] = every
		}
	}
	read("max_rate", limitedCards...)
	for _, card := range limitedCards {
		read("max_rate_"+card, card)
	}
	return r
}

func (r pageRates) any() bool { return len(r.given) > 0 }

// cardKey answers which card an event changes. A card is one key, because what it is
// sent for an event is its whole content up to there: so an older value of one row
// can never come after a newer one of another.
func (a *api) cardKey(every map[string]time.Duration) func(*hub.Event) hub.Key {
	return func(e *hub.Event) hub.Key {
		switch {
		case e.Channel == "metrics" && e.Name == "system_metrics" && a.ofThisNode(e),
			e.Channel == "trading" && e.Name == "price_update":
			return hub.Key{Name: e.Channel, Value: true, Every: every[e.Channel]}
		case e.Channel == tasksChannel && event.Task(e) != nil:
			return hub.Key{Name: tasksChannel, Value: isProgress(e), Every: every[tasksChannel]}
		}
		return hub.Key{}
	}
}

// readPageRates reads what a page's URL says of its rates.
func readPageRates(c *gin.Context) (pageRates, error) {
	var ps problems
	r := ps.pageRates(c.Request.URL.Query(), "query")
	return r, ps.err()
}

// rates reads what the connection form says of its page's rates.
func (in *input) rates() pageRates {
	text, _ := in.optional("rates")
	v, err := url.ParseQuery(strings.TrimPrefix(text, "?"))
	if err != nil {
		in.bad.add("string_type", "Input should be a valid query", "body", "rates")
	}
	return in.bad.pageRates(v, "body")
}
