package pages

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"latido/handlers/web"
	"latido/hub"
	"latido/hub/conflate"
	"latido/streams/event"
)

// ValueKey returns what an event of a JSON stream is a value of: a symbol, a metric,
// a machine or a task, each of one channel. The other events of a task make its
// values pointless: who has read that it is done wants no progress of it.
func ValueKey(every time.Duration) func(*hub.Event) conflate.Class {
	return func(e *hub.Event) conflate.Class {
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
			return conflate.Class{}
		}
		where := e.Channel
		if where == "" {
			where = "\x00" + strconv.FormatInt(e.User, 10)
		}
		return conflate.Class{Key: where + "\x00" + kind + "\x00" + name, Value: value, Every: every}
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

// readRates reads max_rate, which is for all cards, and max_rate_CARD, which wins.
func readRates(ps *web.Problems, v url.Values, place string) pageRates {
	r := pageRates{given: url.Values{}, every: map[string]time.Duration{}}
	read := func(field string, cards ...string) {
		if !v.Has(field) {
			return
		}
		r.given.Set(field, v.Get(field))
		every := ps.Rate(v.Get(field), place, field)
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
func (a *App) cardKey(every map[string]time.Duration) func(*hub.Event) conflate.Class {
	return func(e *hub.Event) conflate.Class {
		switch {
		case e.Channel == "metrics" && e.Name == "system_metrics" && a.ofThisNode(e),
			e.Channel == "trading" && e.Name == "price_update":
			return conflate.Class{Key: e.Channel, Value: true, Every: every[e.Channel]}
		case e.Channel == tasksChannel && event.Task(e) != nil:
			return conflate.Class{Key: tasksChannel, Value: isProgress(e), Every: every[tasksChannel]}
		}
		return conflate.Class{}
	}
}

// readPageRates reads what a page's URL says of its rates.
func readPageRates(c *gin.Context) (pageRates, error) {
	var ps web.Problems
	r := readRates(&ps, c.Request.URL.Query(), "query")
	return r, ps.Err()
}

// formRates reads what the connection form says of its page's rates.
func formRates(in *web.Input) pageRates {
	text, _ := in.Optional("rates")
	v, err := url.ParseQuery(strings.TrimPrefix(text, "?"))
	if err != nil {
		in.Bad.Add("string_type", "Input should be a valid query", "body", "rates")
	}
	return readRates(&in.Bad, v, "body")
}
