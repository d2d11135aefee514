package event_test

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"latido/hub"
	"latido/streams/event"
)

// stored is the event that the hub makes of a draft.
func stored(d hub.Draft) *hub.Event {
	return &hub.Event{ID: hub.ID{Epoch: "e", Seq: 1}, Name: d.Name, Channel: d.Channel, User: d.User, Data: d.Data, Time: at}
}

// decoded returns the payload of d's event, which must be a *T.
func decoded[T any](t testing.TB, d hub.Draft) *T {
	t.Helper()
	payload := event.As[T](stored(d))
	if payload == nil {
		t.Fatalf("%s: the payload is a %T, want %T", d.Name, event.Decode(stored(d)), payload)
	}
	return payload
}

func TestDecodeTakesWhatFits(t *testing.T) {
	price := func(data string) *event.PriceUpdate {
		t.Helper()
		return decoded[event.PriceUpdate](t, hub.Draft{Name: "price_update", Data: json.RawMessage(data)})
	}
	full := price(`{"symbol":"S","price":1.50,"change":-2,"change_percent":0,"volume":7,"timestamp":"T","simulated":true}`)
	want := &event.PriceUpdate{Symbol: "S", Price: event.Literal("1.50"), Change: event.Float(-2), ChangePercent: event.Float(0), Volume: event.Float(7), Timestamp: "T", Simulated: true}
	if !reflect.DeepEqual(full, want) {
		t.Errorf("got %+v, want %+v", full, want)
	}
	for name, data := range map[string]string{
		"missing": `{"symbol":"S"}`, "null": `{"price":null,"symbol":"S"}`, "text": `{"price":"1.5","symbol":"S"}`, "word": `{"price":"NaN","symbol":"S"}`,
		"bool": `{"price":true,"symbol":"S"}`, "list": `{"price":[1],"symbol":"S"}`, "object": `{"price":{"price":1},"symbol":"S"}`,
		"beyond float64": `{"price":1e999,"symbol":"S"}`, "the last of two": `{"price":1,"price":"x","symbol":"S"}`,
	} {
		if p := price(data); p.Price.Has() || p.Price.Float() != 0 || p.Symbol != "S" {
			t.Errorf("%s: %+v, want no price, and the symbol after it", name, p)
		}
	}
	for _, data := range []string{`{"price":0,"symbol":"S"}`, `{"price":-0.0,"symbol":"S"}`, `{"price":0e9,"symbol":"S"}`} {
		if p := price(data); !p.Price.Has() || p.Price.Float() != 0 {
			t.Errorf("%s: %+v, want a price of 0", data, p)
		}
	}
	if p := price(`{"symbol":5,"simulated":"yes","price":2}`); p.Symbol != "" || p.Simulated || p.Price.Float() != 2 {
		t.Errorf("%+v, want the price alone", p)
	}
}

// TestNumbersDoNotWrap: FAULTS N16, a volume of 1e19 was shown as negative.
func TestNumbersDoNotWrap(t *testing.T) {
	for text, want := range map[string]int64{
		"1e19": math.MaxInt64, "-1e19": math.MinInt64, "9223372036854775807": math.MaxInt64, "9223372036854775808": math.MaxInt64, "-9223372036854775809": math.MinInt64,
		"1e308": math.MaxInt64, "-1e308": math.MinInt64, "1.9": 1, "-1.9": -1, "0": 0, "1e3": 1000, "1e-400": 0,
	} {
		n := event.Literal(text)
		if n.Int() != want || !n.Has() {
			t.Errorf("%s: %d, want %d", text, n.Int(), want)
		}
	}
}

func TestNumberIsWhatJSONAllows(t *testing.T) {
	for _, text := range []string{"", " 1", "1 ", "+1", ".5", "1.", "01", "0x1p2", "1_0", "NaN", "Infinity", "-", "1e", `"1"`, "null", "1,2", "1e309", "-1e309", "{}", "1\x00"} {
		if n := event.Literal(text); n.Has() || n.Float() != 0 {
			t.Errorf("%q is %+v", text, n)
		}
	}
	for _, x := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if b, err := json.Marshal(event.Float(x)); string(b) != "null" || err != nil {
			t.Errorf("%v is written as %s (%v)", x, b, err)
		}
	}
	for text, want := range map[string]string{"12.50": "12.50", "1e2": "1e2", "-0": "-0", "0.1000000000000000055511151231257827": "0.1000000000000000055511151231257827"} {
		if b, err := json.Marshal(event.Literal(text)); string(b) != want || err != nil {
			t.Errorf("%s is written as %s (%v)", text, b, err)
		}
	}
}

func TestRound(t *testing.T) {
	for _, c := range []struct {
		x    float64
		n    int
		want float64
	}{
		{1.005e2, 2, 100.5}, {33.3333, 2, 33.33}, {0.00004, 4, 0}, {math.NaN(), 2, 0}, {math.Inf(1), 2, 0}, {math.Inf(-1), 2, 0}, {-2.345678, 4, -2.3457},
	} {
		if got := event.Round(c.x, c.n); got != c.want || math.Signbit(got) != math.Signbit(c.want) {
			t.Errorf("Round(%v, %d) = %v, want %v", c.x, c.n, got, c.want)
		}
	}
	if got := event.Round(-0.001, 2); got != 0 || math.Signbit(got) {
		t.Errorf("Round(-0.001, 2) = %v, want 0 without a sign", got)
	}
}

func TestLevels(t *testing.T) {
	for text, want := range map[string]string{"error": "ERROR", "Warning": "WARNING", "INFO": "INFO", "debug": "DEBUG", "fatal": "INFO", "": "INFO", "ERROR ": "INFO"} {
		if got := event.LogLevel(text); got != want {
			t.Errorf("log level %q is %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]string{"info": "info", "warning": "warning", "success": "success", "error": "error", "ERROR": "info", "": "info", "debug": "info"} {
		if got := event.NotificationLevel(text); got != want {
			t.Errorf("notification level %q is %q, want %q", text, got, want)
		}
	}
}

func TestDecodeLinks(t *testing.T) {
	for data, want := range map[string]event.Link{`{"action_url":"/x"}`: "/x", `{"action_url":null}`: "", `{"action_url":5}`: "", `{}`: "", `{"action_url":"javascript:x"}`: "javascript:x"} {
		if n := decoded[event.Notification](t, hub.Draft{Name: "notification", Data: json.RawMessage(data)}); n.ActionURL != want {
			t.Errorf("%s: %q, want %q", data, n.ActionURL, want)
		}
	}
}

// TestDecodedResultKeepsTheURLAlone: a client's result may be a megabyte.
func TestDecodedResultKeepsTheURLAlone(t *testing.T) {
	for data, want := range map[string]string{
		`{"result":{"url":"/u","rest":"` + strings.Repeat("x", 1000) + `"}}`: "/u", `{"result":{"url":5}}`: "", `{"result":["url"]}`: "", `{"result":"/u"}`: "", `{"result":null}`: "", `{}`: "",
	} {
		got := decoded[event.TaskCompleted](t, hub.Draft{Name: "task_completed", Data: json.RawMessage(data)}).Result
		if b, err := json.Marshal(got); got.URL != want || string(b) != "null" || err != nil {
			t.Errorf("%.40s: URL %q, kept %s (%v)", data, got.URL, b, err)
		}
	}
}

func TestTaskEvents(t *testing.T) {
	for _, name := range []string{"task_started", "task_progress", "task_completed", "task_failed", "task_update"} {
		task := event.Task(stored(hub.Draft{Name: name, Data: json.RawMessage(`{"task_id":"t","message":"m","timestamp":"T"}`)}))
		if task == nil || task.Head() != (event.TaskHead{ID: "t", Message: "m", Timestamp: "T"}) {
			t.Errorf("%s: %+v", name, task)
		}
	}
	for _, name := range []string{"notification", "broadcast", "task", ""} {
		if e := stored(hub.Draft{Name: name, Data: json.RawMessage(`{"task_id":"t"}`)}); event.Task(e) != nil {
			t.Errorf("%q is an event of a task", name)
		}
	}
}

func TestDecodeIsDoneOnce(t *testing.T) {
	e := stored(event.PriceUpdate{Symbol: "S"}.Draft(at))
	if event.Decode(e) != event.Decode(e) {
		t.Error("the event was decoded twice")
	}
	if event.As[event.LogEntry](e) != nil || event.As[event.PriceUpdate](e) == nil {
		t.Error("As does not tell payloads apart")
	}
	if payload := event.Decode(stored(event.Broadcast("c", []byte(`{}`)))); payload != nil {
		t.Errorf("a broadcast has the payload %+v", payload)
	}
}

func TestWhen(t *testing.T) {
	e := &hub.Event{Time: time.Unix(99, 0)}
	for text, want := range map[string]time.Time{
		event.Timestamp(at): at.Truncate(time.Microsecond), event.TimestampMillis(at): at.Truncate(time.Millisecond), "2026-01-02T03:04:05+01:00": at.Truncate(time.Second),
		"": e.Time, "yesterday": e.Time, "1767323045": e.Time, "2026-01-02": e.Time,
	} {
		if got := event.When(text, e); !got.Equal(want) {
			t.Errorf("%q is %v, want %v", text, got, want)
		}
	}
}

func TestWords(t *testing.T) {
	for s, want := range map[string]bool{"azAZ09_-": true, "": false, "a b": false, "ñ": false, "a/b": false, ".": false, "123456789": false, "a\x00": false, "@": false, "[": false, "`": false, "{": false, ":": false} {
		if got := event.IsWord(s, 8); got != want {
			t.Errorf("IsWord(%q, 8) = %v", s, got)
		}
	}
	for _, c := range []struct {
		s    string
		n    int
		want string
	}{{"abcd", 4, "abcd"}, {"abcde", 4, "a…"}, {"ñññ", 5, "ñ…"}, {"ñññ", 6, "ñññ"}, {"ñññ", 4, "…"}, {"abcd", 3, "…"}} {
		if got := event.Shorten(c.s, c.n); got != c.want {
			t.Errorf("Shorten(%q, %d) = %q, want %q", c.s, c.n, got, c.want)
		}
	}
	if a, b := event.NewID("x_"), event.NewID("x_"); a == b || len(a) != 18 || !event.IsWord(a, 18) {
		t.Errorf("ids %q and %q", a, b)
	}
}
