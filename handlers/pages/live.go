package pages

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"latido/handlers/sse"
	"latido/handlers/web"
	"latido/hub"
	"latido/streams/board"
	"latido/views"
)

// pageRetry is the reconnection delay of one page: short, because somebody watches
// it, and because htmx backs off by itself.
func pageRetry() time.Duration { return 200*time.Millisecond + rand.N(300*time.Millisecond) }

// maxPageReplay is how many missed fragments a page is sent one by one; beyond it
// everything it shows is shorter.
const maxPageReplay = 64

// liveQuery is what a page's stream must know; it travels in the stream's URL,
// so that a reconnection means the same whatever cookies say by then.
type liveQuery struct {
	cards []string
	lang  views.Lang
	user  int64
	view  string // names the page's view: a newer stream of the same view ends the older
	after hub.ID // in the fragments
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
	return address + "&view=" + q.view + "&after=" + q.after.String()
}

func (q liveQuery) request() board.Request {
	return board.Request{Cards: q.cards, User: q.user, Variant: board.Variant{Lang: string(q.lang), Public: q.share != ""}}
}

func (a *App) readLiveQuery(c *gin.Context) (liveQuery, error) {
	var ps web.Problems
	pr := readPrefs(c)
	q := liveQuery{lang: pr.lang, user: pr.user}
	for _, id := range strings.Split(c.DefaultQuery("cards", strings.Join(board.Dashboard, ",")), ",") {
		if !a.checkCard(&ps, id, "query", "cards") {
			break
		}
		if !slices.Contains(q.cards, id) {
			q.cards = append(q.cards, id)
		}
	}
	readLang(c, &ps, &q)
	if text, given := c.GetQuery("user"); given {
		q.user = ps.UserID(text, "query", "user")
	}
	readView(c, &ps, &q)
	return q, ps.Err()
}

// checkCard reports whether there is a card of the id, and notes a problem where
// there is none.
func (a *App) checkCard(ps *web.Problems, id string, loc ...string) bool {
	if a.boards.Has(id) {
		return true
	}
	ps.Add("literal_error", "Input should be one or more of "+strings.Join(a.boards.Cards(), ", "), loc...)
	return false
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
// A position of another run, or of the journal, as pages had it before, is one that
// has missed everything.
func readView(c *gin.Context, ps *web.Problems, q *liveQuery) {
	if q.view = c.Query("view"); len(q.view) > 32 {
		ps.Add("too_long", "A view's name is at most 32 characters", "query", "view")
	}
	checkRatesOf(ps, c.Request.URL.Query(), "query")
	text := c.GetHeader("Last-Event-ID")
	if text == "" {
		text = c.Query("after")
	}
	q.after, _ = hub.ParseID(text)
}

// live is GET /live: the one stream of a page.
func (a *App) live(c *gin.Context) error {
	q, err := a.readLiveQuery(c)
	if err != nil {
		return err
	}
	if err := web.MayReadAll(web.Principal(c), a.boards.Reads(q.request())); err != nil {
		return err
	}
	pr := readPrefs(c)
	pr.user = q.user
	return a.pageStream(c, q, pr)
}

// pageStream opens the one stream of a page. The page was composed at a position
// and the stream begins there. Where it cannot, it begins with everything the page
// shows, so that a page is never wrong for longer than its connection.
func (a *App) pageStream(c *gin.Context, q liveQuery, pr prefs) error {
	cursor, preamble, err := a.openFragments(c, q, pr)
	if err != nil {
		return err
	}
	counted, err := a.Hub.Subscribe(c.Request.Context(), hub.Request{Topics: a.boards.Reads(q.request())})
	if err != nil {
		cursor.Close()
		return fmt.Errorf("count a page's stream: %w", err)
	}
	cursor.CloseWith(counted)
	// No Gap: the stream of a page that falls behind ends. The page comes back at once
	// with its last id, and is sent everything it shows then.
	return a.Serve(c, sse.Stream{Cursor: cursor, Preamble: preamble, Key: q.view, Lease: a.Lease(c), Kind: a.kind})
}

// openFragments subscribes to the fragments of a page, and makes what its stream
// begins with.
func (a *App) openFragments(c *gin.Context, q liveQuery, pr prefs) (*hub.Cursor, []byte, error) {
	ctx := c.Request.Context()
	if err := a.boards.Watch(ctx, q.request()); err != nil {
		return nil, nil, fmt.Errorf("watch cards: %w", err)
	}
	cursor, err := a.subscribe(q)
	if err != nil {
		return nil, nil, err
	}
	first, err := a.boards.Heartbeat(string(q.lang))
	if err != nil {
		cursor.Close()
		return nil, nil, err
	}
	at, behind := cursor.Position(), q.after.IsZero() || cursor.Gap() != nil
	if behind {
		cursor.Close()
		made, err := a.compose(ctx, q, pr)
		if err != nil {
			return nil, nil, err
		}
		for _, id := range q.cards {
			first = append(first, made.Drawings[id].Fragment...)
		}
		at, q.after = made.At, made.At
		if cursor, err = a.subscribe(q); err != nil {
			return nil, nil, err
		}
	}
	if behind || c.GetHeader("Last-Event-ID") != "" {
		recovered, err := a.painter.Recovered(q.lang)
		if err != nil {
			cursor.Close()
			return nil, nil, err
		}
		first = append(first, recovered...)
	}
	return cursor, web.Frame(sse.Message{ID: at.String(), Retry: pageRetry(), Data: first}), nil
}

// subscribe opens a cursor in the fragments after a page's position.
func (a *App) subscribe(q liveQuery) (*hub.Cursor, error) {
	cursor, err := a.fragments.Subscribe(hub.Request{
		Topics: a.boards.Topics(q.request()), Format: a.html, After: q.after, MaxReplay: maxPageReplay, SkipToHead: true,
	})
	if err != nil {
		return nil, fmt.Errorf("open a page's stream: %w", err)
	}
	return cursor, nil
}
