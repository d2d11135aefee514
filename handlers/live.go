package handlers

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/gin-gonic/gin"

	"latido/handlers/sse"
	"latido/hub"
	"latido/views"
)

// beatEvery is the rhythm of a page's heartbeat. The page calls itself stale
// after three of them.
const beatEvery = 5 * time.Second

// pageRetry is the reconnection delay of one page: short, because somebody looks
// at it, and because htmx backs off by itself.
func pageRetry() time.Duration { return 200*time.Millisecond + rand.N(300*time.Millisecond) }

// maxPageReplay is how many missed events a page is sent one by one; beyond it
// the whole state is shorter.
const maxPageReplay = 64

// cards that a page may show; each but the last two is a stream of its own.
var cards = []string{"metrics", "trading", "logs", "notifications", "tasks", "machine", "hub"}

// liveQuery is what a page's stream must know; it travels in the stream's URL,
// so that a reconnection means the same whatever cookies say by then.
type liveQuery struct {
	cards []string
	lang  views.Lang
	user  int64
	view  string // names the page's view: a newer stream of the same view ends the older
	after hub.Place
	rates pageRates
}

func (q liveQuery) url() string {
	address := "/live?cards=" + strings.Join(q.cards, ",") + "&lang=" + string(q.lang) + "&user=" + strconv.FormatInt(q.user, 10) +
		"&view=" + q.view + "&after=" + q.after.String()
	if q.rates.any() {
		address += "&" + q.rates.given.Encode()
	}
	return address
}

func (q liveQuery) topics() (topics []hub.Topic) {
	for _, card := range q.cards {
		switch card {
		case "notifications":
			topics = append(topics, hub.UserTopic(q.user))
		case "machine", "hub": // these live in the heartbeat
		default:
			topics = append(topics, hub.ChannelTopic(card))
		}
	}
	return topics
}

func (q liveQuery) shows(card string) bool { return slices.Contains(q.cards, card) }

func readLiveQuery(c *gin.Context) (liveQuery, error) {
	var ps problems
	pr := readPrefs(c)
	q := liveQuery{lang: pr.lang, user: pr.user, view: c.Query("view")}
	for _, card := range strings.Split(c.DefaultQuery("cards", "metrics,trading,logs,notifications,tasks"), ",") {
		if !slices.Contains(cards, card) {
			ps.add("literal_error", "Input should be one or more of "+strings.Join(cards, ", "), "query", "cards")
			break
		}
		if !q.shows(card) {
			q.cards = append(q.cards, card)
		}
	}
	if text, given := c.GetQuery("lang"); given {
		l, ok := views.ParseLang(text)
		if !ok {
			ps.add("literal_error", "Input should be 'es' or 'en'", "query", "lang")
		}
		q.lang = l
	}
	if text, given := c.GetQuery("user"); given {
		q.user = ps.userID(text, "query", "user")
	}
	if len(q.view) > 32 {
		ps.add("too_long", "A view's name is at most 32 characters", "query", "view")
	}
	q.rates = ps.pageRates(c.Request.URL.Query(), "query")
	q.after = position(c, "after")
	return q, ps.err()
}

// live is GET /live: the one stream of a page. The page was rendered at a
// position and the stream begins there; where it cannot, it sends the whole
// state, so that a page is never wrong for longer than its connection.
func (a *api) live(c *gin.Context) error {
	q, err := readLiveQuery(c)
	if err != nil {
		return err
	}
	if err := mayTopics(who(c), q.topics()); err != nil {
		return err
	}
	pr := readPrefs(c)
	cursor, err := a.Hub.Subscribe(c.Request.Context(), hub.Request{
		Topics: q.topics(), Format: a.pageFormat(q), After: q.after.ID, Back: q.after.Back,
		MaxReplay: maxPageReplay, SkipToHead: true,
	})
	if err != nil {
		return fmt.Errorf("open a page's stream: %w", err)
	}
	opened := false
	defer func() {
		if !opened { // what made the first bytes panicked
			cursor.Close()
		}
	}()
	limited, pos := limit(cursor, q.rates.any(), a.cardKey(q.rates.every), q.after.Back)
	var hello []byte
	if gap := cursor.Gap(); gap != nil {
		hello = a.htmlFrame(gap.To.String(), pageRetry(), a.snapshot(q, pr, gap.To))
	} else {
		b := a.beat(q)
		b.Stats = presentStats(a.census(), time.Now()) // this stream counts already
		parts := []templ.Component{views.LiveBeat(q.lang, b)}
		if c.GetHeader("Last-Event-ID") != "" {
			parts = append(parts, views.LiveRecovered(q.lang))
		}
		hello = a.htmlFrame(pos, pageRetry(), parts...)
	}
	opened = true
	// No Gap: a page that falls behind is let go, comes back at once with its
	// last id, and is sent its whole state then. So no page's rendering keeps
	// the others waiting.
	return a.serve(c, sse.Stream{
		Cursor: cursor, Hello: hello, Key: q.view, Lease: a.lease(c), Limited: limited,
		Kind: &sse.Kind{NoStore: true, BeatEvery: beatEvery, Beat: func(hub.ID) []byte { return a.beatFrame(q) }},
	})
}

// snapshot is everything the page shows, at a position.
func (a *api) snapshot(q liveQuery, pr prefs, at hub.ID) templ.Component {
	pr.user = q.user
	return views.LiveSnapshot(q.lang, a.dashboard(pr, at), a.inbox(pr, at, inboxSize), a.beat(q))
}

// htmlFrame renders components into one message. What cannot be rendered is
// logged and left out: the stream goes on.
func (a *api) htmlFrame(id string, retry time.Duration, parts ...templ.Component) []byte {
	var b bytes.Buffer
	for _, part := range parts {
		if err := part.Render(context.Background(), &b); err != nil {
			a.log.Error("rendering a fragment failed", "error", err)
			return nil
		}
	}
	return frame(sse.Message{ID: id, Retry: retry, Data: bytes.ToValidUTF8(b.Bytes(), []byte("\uFFFD"))})
}

// pageFormat is what a page is sent. One that does not see every price gets the
// whole table for each that it sees: the row it would get may not be there yet.
func (a *api) pageFormat(q liveQuery) *hub.Format {
	if q.rates.any() {
		return a.htmlWhole[q.lang]
	}
	return a.html[q.lang]
}

// wholeFrame is an event as pages in a language get it that do not see every price.
func (a *api) wholeFrame(l views.Lang, e *hub.Event) []byte {
	if e.Channel == "trading" && e.Name == "price_update" {
		return a.htmlFrame(e.ID.String(), 0, views.LiveTrading(l, a.trading(e.ID.Seq)))
	}
	return a.liveFrame(l, e)
}

// liveFrame is an event as pages in a language get it, nil when no card shows
// it. It runs once per event and language, however many pages are open.
func (a *api) liveFrame(l views.Lang, e *hub.Event) []byte {
	part := a.liveFragment(l, e)
	if part == nil {
		return nil
	}
	return a.htmlFrame(e.ID.String(), 0, part)
}

func (a *api) liveFragment(l views.Lang, e *hub.Event) templ.Component {
	switch {
	case e.Name == "notification" && e.User != 0:
		if n, ok := presentNotification(e); ok {
			return views.LiveNotification(l, n)
		}
	case e.Channel == "metrics" && e.Name == "system_metrics":
		if !a.ofThisNode(e) {
			return nil
		}
		return views.LiveMetrics(l, presentMetrics(a.machineEvents(e.ID.Seq)))
	case e.Channel == "trading" && e.Name == "price_update":
		return a.livePrice(l, e)
	case e.Channel == "logs" && e.Name == "log_entry":
		if entry, ok := presentLog(e); ok {
			return views.LiveLog(l, entry)
		}
	case e.Channel == tasksChannel && decoded[taskEvent](e) != nil:
		return views.LiveTasks(l, a.tasks(e.ID.Seq))
	}
	return nil
}

// livePrice is the row of one price, or the whole table when it has no such row
// yet: every page that is sent this has been sent what came before.
func (a *api) livePrice(l views.Lang, e *hub.Event) templ.Component {
	before := a.trading(e.ID.Seq - 1)
	if p := decoded[priceUpdate](e); p != nil && slices.ContainsFunc(before.Prices, func(row views.Price) bool { return row.Symbol == p.Symbol }) {
		return views.LivePrice(l, presentPrice(p, when(p.Timestamp, e)), before.HasSource)
	}
	return views.LiveTrading(l, a.trading(e.ID.Seq))
}
