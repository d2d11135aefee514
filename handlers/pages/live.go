package pages

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
	"latido/handlers/web"
	"latido/hub"
	"latido/streams/event"
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

// tasksChannel carries the life cycle of tasks.
const tasksChannel = event.TasksChannel

// Cards returns the names of what a page may show.
func Cards() []string { return slices.Clone(cards) }

// liveQuery is what a page's stream must know; it travels in the stream's URL,
// so that a reconnection means the same whatever cookies say by then.
type liveQuery struct {
	cards []string
	lang  views.Lang
	user  int64
	view  string // names the page's view: a newer stream of the same view ends the older
	after hub.ResumeToken
	rates pageRates
	watch bool   // who looks may not cancel tasks
	share string // path of the share link's page it belongs to; "" for the other pages
}

func (q liveQuery) url() string {
	address := "/live?cards=" + strings.Join(q.cards, ",") + "&lang=" + string(q.lang)
	if q.user > 0 {
		address += "&user=" + strconv.FormatInt(q.user, 10)
	}
	if q.share != "" { // its cards and user are the link's
		address = q.share + "/live?lang=" + string(q.lang)
	}
	address += "&view=" + q.view + "&after=" + q.after.String()
	if q.rates.any() {
		address += "&" + q.rates.given.Encode()
	}
	return address
}

func (q liveQuery) topics() (topics []hub.Topic) {
	for _, card := range q.cards {
		switch card {
		case "notifications":
			if q.user > 0 {
				topics = append(topics, hub.UserTopic(q.user))
			}
		case "machine", "hub": // these live in the heartbeat
		default:
			topics = append(topics, hub.ChannelTopic(card))
		}
	}
	return topics
}

func (q liveQuery) shows(card string) bool { return slices.Contains(q.cards, card) }

func readLiveQuery(c *gin.Context) (liveQuery, error) {
	var ps web.Problems
	pr := readPrefs(c)
	q := liveQuery{lang: pr.lang, user: pr.user}
	for _, card := range strings.Split(c.DefaultQuery("cards", "metrics,trading,logs,notifications,tasks"), ",") {
		if !slices.Contains(cards, card) {
			ps.Add("literal_error", "Input should be one or more of "+strings.Join(cards, ", "), "query", "cards")
			break
		}
		if !q.shows(card) {
			q.cards = append(q.cards, card)
		}
	}
	readLang(c, &ps, &q)
	if text, given := c.GetQuery("user"); given {
		q.user = ps.UserID(text, "query", "user")
	}
	readView(c, &ps, &q)
	return q, ps.Err()
}

// readLang reads the language of a page's stream.
func readLang(c *gin.Context, ps *web.Problems, q *liveQuery) {
	if text, given := c.GetQuery("lang"); given {
		l, ok := views.ParseLang(text)
		if !ok {
			ps.Add("literal_error", "Input should be 'es' or 'en'", "query", "lang")
		}
		q.lang = l
	}
}

// readView reads what every page's stream may say for itself, but for its language.
func readView(c *gin.Context, ps *web.Problems, q *liveQuery) {
	if q.view = c.Query("view"); len(q.view) > 32 {
		ps.Add("too_long", "A view's name is at most 32 characters", "query", "view")
	}
	q.rates = readRates(ps, c.Request.URL.Query(), "query")
	q.after = web.ResumeToken(c, "after")
}

// live is GET /live: the one stream of a page.
func (a *App) live(c *gin.Context) error {
	q, err := readLiveQuery(c)
	if err != nil {
		return err
	}
	if err := web.MayReadAll(web.Principal(c), q.topics()); err != nil {
		return err
	}
	q.watch = readOnly(web.Principal(c))
	pr := readPrefs(c)
	pr.user = q.user
	return a.pageStream(c, q, pr)
}

// pageStream opens the one stream of a page. The page was rendered at a position
// and the stream begins there; where it cannot, it sends the whole state, so that a
// page is never wrong for longer than its connection.
func (a *App) pageStream(c *gin.Context, q liveQuery, pr prefs) error {
	cursor, err := a.Hub.Subscribe(c.Request.Context(), hub.Request{
		Topics: q.topics(), Format: a.format(q), After: q.after.ID, Back: q.after.Back,
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
	limited, pos := a.Conflate(cursor, q.rates.any(), a.cardKey(q.rates.every), q.after.Back)
	var hello []byte
	if gap := cursor.Gap(); gap != nil {
		hello = a.htmlFrame(gap.To.String(), pageRetry(), a.snapshot(q, pr, gap.To))
	} else {
		b := a.beat(q)
		if b.Dashboard {
			b.Stats = presentStats(a.Census(), time.Now()) // this stream counts already
		}
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
	return a.Serve(c, sse.Stream{
		Cursor: cursor, Preamble: hello, Key: q.view, Lease: a.Lease(c), Conflated: limited, Kind: a.pageKind(q),
	})
}

// snapshot is everything the page shows, at a position.
func (a *App) snapshot(q liveQuery, pr prefs, at hub.ID) templ.Component {
	d := a.dashboard(pr, at, q.cards)
	if q.share != "" {
		return views.ShareSnapshot(q.lang, q.cards, d, a.beat(q))
	}
	var inbox []views.Notification
	if q.shows("notifications") {
		inbox = a.inbox(pr, at, inboxSize)
	}
	return views.LiveSnapshot(q.lang, q.cards, d, inbox, !q.watch, a.beat(q))
}

// htmlFrame renders components into one message. What cannot be rendered is
// logged and left out: the stream goes on.
func (a *App) htmlFrame(id string, retry time.Duration, parts ...templ.Component) []byte {
	var b bytes.Buffer
	for _, part := range parts {
		if err := part.Render(context.Background(), &b); err != nil {
			a.Logger.Error("rendering a fragment failed", "error", err)
			return nil
		}
	}
	return web.Frame(sse.Message{ID: id, Retry: retry, Data: bytes.ToValidUTF8(b.Bytes(), []byte("\uFFFD"))})
}
