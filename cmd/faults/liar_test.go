package faults

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// liar is a small hub of one channel that breaks one promise.
type liar struct {
	mu      sync.Mutex
	events  [][]byte
	keys    map[string]int
	changed chan struct{}

	forgets  bool // the third event is acknowledged and not stored
	skips    bool // the third event is stored and not sent
	doubles  bool // the third event is sent twice
	swaps    bool // the third event is sent with another body
	accepts  bool // what must be refused is taken
	repeats  bool // a retry is another event
	stumbles bool // the first attempt of every event gets a 503, stored or not
}

func (l *liar) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodPost:
		l.publish(w, r)
	case strings.HasPrefix(r.URL.Path, "/sse/history/"):
		l.history(w)
	default:
		l.stream(w, r)
	}
}

const third = 2

func (l *liar) publish(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if r.URL.Query().Get("event") != eventName && !l.accepts {
		http.Error(w, `{"detail":"no"}`, http.StatusUnprocessableEntity)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	key := r.Header.Get("Idempotency-Key")
	n, again := l.keys[key]
	if !again || l.repeats {
		n = len(l.events)
		l.keys[key] = n
		l.events = append(l.events, body)
		close(l.changed)
		l.changed = make(chan struct{})
	}
	if l.stumbles && !again {
		http.Error(w, `{"detail":"who knows"}`, http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintf(w, `{"id":"e-%d"}`, n+1)
}

func (l *liar) history(w io.Writer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var list []string
	for n, body := range l.events {
		if !l.forgets || n != third {
			list = append(list, fmt.Sprintf(`{"id":"e-%d","event":%q,"data":%s}`, n+1, eventName, body))
		}
	}
	fmt.Fprintf(w, `{"events":[%s],"next":null,"gap":null}`, strings.Join(list, ","))
}

func (l *liar) stream(w http.ResponseWriter, r *http.Request) {
	fmt.Fprint(w, "id: e-0\nretry: 10\ndata: {\"event\":\"connected\"}\n\n")
	for next := 0; ; {
		l.mu.Lock()
		events, changed := l.events[next:], l.changed
		l.mu.Unlock()
		for _, body := range events {
			l.send(w, next, body)
			next++
		}
		_ = http.NewResponseController(w).Flush()
		select {
		case <-changed:
		case <-r.Context().Done():
			return
		}
	}
}

func (l *liar) send(w io.Writer, n int, body []byte) {
	times := 1
	if n == third {
		switch {
		case l.skips || l.forgets:
			times = 0
		case l.doubles:
			times = 2
		case l.swaps:
			body = []byte(`{"other":1}`)
		}
	}
	for range times {
		fmt.Fprintf(w, "id: e-%d\ndata: {\"event\":%q,\"data\":%s}\n\n", n+1, eventName, body)
	}
}

// TestTrafficNotices: posters, readers and judge together find every breach, and none
// in a hub that keeps its promises.
func TestTrafficNotices(t *testing.T) {
	for name, c := range map[string]struct {
		hub  *liar
		want string // what the first breach begins with
	}{
		"an honest hub":        {&liar{}, ""},
		"a stumbling hub":      {&liar{stumbles: true}, ""},
		"a lost event":         {&liar{forgets: true}, "I1: "},
		"a refusal taken back": {&liar{accepts: true}, "an event named gap was acknowledged"},
		"a retry stored twice": {&liar{stumbles: true, repeats: true}, "I2: "},
		"an event sent twice":  {&liar{doubles: true}, "I3: "},
		"another body":         {&liar{swaps: true}, "I3: "},
		"a silent miss":        {&liar{skips: true}, "I4: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.hub.keys, c.hub.changed = map[string]int{}, make(chan struct{})
			server := httptest.NewServer(c.hub)
			defer server.Close()
			o, err := visit(t, strings.TrimPrefix(server.URL, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case c.want == "" && len(o.Breaches) > 0:
				t.Errorf("%q of a hub that keeps its promises", o.Breaches)
			case c.want != "" && (len(o.Breaches) == 0 || !strings.HasPrefix(o.Breaches[0], c.want)):
				t.Errorf("%q, want %q first", o.Breaches, c.want)
			}
			if o.Acked < 30 {
				t.Errorf("%d events were acknowledged: the test shows nothing", o.Acked)
			}
		})
	}
}

// visit puts the traffic of a run on a hub.
func visit(t *testing.T, addr string) (outcome, error) {
	t.Helper()
	s := newStage(t, t.Name(), 0)
	c := &child{addr: addr}
	with := &traffic{channels: channelNames(1)}
	var err error
	if with.audience, err = s.startAudience(t.Context(), addr, with.channels, 3, 1); err != nil {
		return outcome{}, err
	}
	// Long enough that some are refused on purpose.
	with.posters = s.startPosters(t.Context(), c.url(), with.channels, posting{posters: 1, most: 2*refusedEvery + 5})
	with.done()
	return with.finishAndJudge(t.Context(), c)
}
