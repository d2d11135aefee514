package streams_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/slogtest"
	"testing/synctest"
	"time"

	"latido/hub/hubtest"
	"latido/streams"
)

// entries returns the data of what Logs publishes of the records that emit logs.
func entries(t *testing.T, cfg streams.LogsConfig, emit func(*slog.Logger)) (out []hubtest.Object) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		logs := streams.NewLogs(cfg)
		emit(slog.New(logs.Handler(slog.NewTextHandler(&bytes.Buffer{}, &slog.HandlerOptions{Level: slog.LevelDebug}))))
		to := &hubtest.Recorder{}
		stop := run(t, logs, to)
		sleep(time.Minute)
		stop()
		for _, e := range to.All() {
			equal(t, "name", e.Name, "log_entry")
			equal(t, "channel", e.Channel, "logs")
			data := e.Object(t)
			data.WantKeys(t, "level", "service", "message", "timestamp", "request_id")
			equal(t, "service", data["service"], any("latido"))
			out = append(out, data)
		}
	})
	return out
}

type secret struct{}

func (secret) LogValue() slog.Value {
	return slog.GroupValue(slog.String("user", "ana"), slog.String("Password", "hunter2"))
}

func TestLogHandlerRenders(t *testing.T) {
	cases := map[string]struct {
		emit    func(*slog.Logger)
		message string
	}{
		"no attributes": {func(l *slog.Logger) { l.Info("hola") }, "hola"},
		"kinds": {
			func(l *slog.Logger) {
				l.Info("m", "a", 1, "b", "x y", "c", time.Second, "d", errors.New("no"), "e", "")
			},
			`m a=1 b="x y" c=1s d=no e=""`,
		},
		"line breaks":     {func(l *slog.Logger) { l.Info("m", "a", "1\n2") }, `m a="1\n2"`},
		"groups":          {func(l *slog.Logger) { l.WithGroup("g").With("a", 1).WithGroup("h").Info("m", "b", 2) }, "m g.a=1 g.h.b=2"},
		"group attribute": {func(l *slog.Logger) { l.Info("m", slog.Group("g", "a", 1), slog.Group("", "b", 2)) }, "m g.a=1 b=2"},
		"empty groups":    {func(l *slog.Logger) { l.WithGroup("").With().WithGroup("g").Info("m", slog.Group("h")) }, "m"},
		"own keys twice": {
			func(l *slog.Logger) { l.With("msg", "x").Info("m", "level", "high", "time", "late", "msg", "y") },
			"m msg=x level=high time=late msg=y",
		},
		"only attributes": {func(l *slog.Logger) { l.Info("", "a", 1) }, "a=1"},
		"secrets": {
			func(l *slog.Logger) {
				l.With("token", "t").Info("m", "Authorization", "Bearer t", "Set-Cookie", "t", "access_token", "t", "query", "t=1", "tokens", 5)
			},
			"m token=*** Authorization=*** Set-Cookie=*** access_token=*** query=*** tokens=5",
		},
		"secret groups":          {func(l *slog.Logger) { l.WithGroup("cookie").Info("m", "a", "t", slog.Group("g", "b", "t")) }, "m cookie.a=*** cookie.g.b=***"},
		"secrets of a LogValuer": {func(l *slog.Logger) { l.Info("m", "who", secret{}) }, "m who.user=ana who.Password=***"},
		"stacks":                 {func(l *slog.Logger) { l.Info("m", "a", 1, "stack", "goroutine 1") }, "m a=1"},
		"hostile":                {func(l *slog.Logger) { l.Info("<b>\xff\x00", "a", "</script>") }, "<b>\ufffd\x00 a=</script>"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := entries(t, streams.LogsConfig{}, c.emit)
			if len(got) != 1 || got[0]["message"] != c.message {
				t.Errorf("got %q, want one message %q", got, c.message)
			}
		})
	}
}

func TestLogHandlerLevels(t *testing.T) {
	emit := func(l *slog.Logger) {
		for _, level := range []slog.Level{-8, -4, -1, 0, 3, 4, 7, 8, 12} {
			l.Log(context.Background(), level, "m")
		}
	}
	levels := func(got []hubtest.Object) (all []string) {
		for _, e := range got {
			all = append(all, e["level"].(string))
		}
		return all
	}
	got := levels(entries(t, streams.LogsConfig{}, emit))
	equal(t, "from info", strings.Join(got, " "), "INFO INFO WARNING WARNING ERROR ERROR")
	got = levels(entries(t, streams.LogsConfig{Level: slog.Level(-100)}, emit))
	equal(t, "all that the ordinary handler takes", strings.Join(got, " "),
		"DEBUG DEBUG INFO INFO WARNING WARNING ERROR ERROR")
}

func TestLogHandlerRequestIDAndTime(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.FixedZone("", 3600))
	got := entries(t, streams.LogsConfig{}, func(l *slog.Logger) {
		l.With("request_id", "req_7").Info("a", "b", 1)
		l.Info("c", "request_id", strings.Repeat("x", 100))
		l.Info("d")
		_ = l.Handler().Handle(context.Background(), slog.NewRecord(at, slog.LevelInfo, "e", 0))
		_ = l.Handler().Handle(context.Background(), slog.NewRecord(time.Time{}, slog.LevelInfo, "f", 0))
	})
	got[0].WantMatch(t, "request_id", "req_7")
	equal(t, "message", got[0]["message"], any("a b=1"))
	got[1].WantMatch(t, "request_id", "x{61}…")
	got[2].WantMatch(t, "request_id", "req_[0-9a-f]{16}")
	equal(t, "timestamp", got[3]["timestamp"], any("2026-01-02T02:04:05.678Z"))
	got[4].WantMatch(t, "timestamp", "2000-01-01T00:00:00.000Z") // the bubble's
	if got[2]["request_id"] == got[3]["request_id"] {
		t.Error("two records share a request id")
	}
}

func TestLogHandlerBoundsMessages(t *testing.T) {
	got := entries(t, streams.LogsConfig{}, func(l *slog.Logger) { l.Info("m", "a", strings.Repeat("ñ", 5000)) })
	text := got[0]["message"].(string)
	if len(text) > 2048 || len(text) < 2040 || !strings.HasSuffix(text, "ñ…") {
		t.Errorf("a message of %d bytes", len(text))
	}
}

// TestLogHandlerPassesOn holds the tee to the rules for handlers: the ordinary
// handler behind it sees everything as it was.
func TestLogHandlerPassesOn(t *testing.T) {
	var out bytes.Buffer
	newHandler := func(*testing.T) slog.Handler {
		out.Reset()
		return streams.NewLogs(streams.LogsConfig{}).Handler(slog.NewJSONHandler(&out, nil))
	}
	slogtest.Run(t, newHandler, func(t *testing.T) (line map[string]any) {
		if err := json.Unmarshal(out.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		return line
	})
	newHandler(t)
	l := slog.New(newHandler(t))
	l.Info("m", "token", "t")
	if !strings.Contains(out.String(), `"token":"t"`) {
		t.Errorf("the tee changed the record: %s", &out)
	}
	equal(t, "enabled for debug", l.Enabled(t.Context(), slog.LevelDebug), false)
}

type failing struct{ slog.Handler }

func (failing) Handle(context.Context, slog.Record) error { return errors.New("pipe closed") }

func TestLogHandlerAnswersTheOrdinaryError(t *testing.T) {
	h := streams.NewLogs(streams.LogsConfig{}).Handler(failing{slog.NewTextHandler(&bytes.Buffer{}, nil)})
	err := h.Handle(t.Context(), slog.NewRecord(time.Now(), slog.LevelInfo, "m", 0))
	if err == nil || err.Error() != "pipe closed" {
		t.Errorf("got %v", err)
	}
}

// TestLogHandlerSiblings: loggers made from one logger must not share what
// they were given.
func TestLogHandlerSiblings(t *testing.T) {
	got := entries(t, streams.LogsConfig{}, func(l *slog.Logger) {
		parent := l.With("a", 1).With("b", 2).With("c", 3)
		one, two := parent.With("d", 4), parent.With("e", 5)
		one.Info("one")
		two.Info("two")
	})
	equal(t, "one", got[0]["message"], any("one a=1 b=2 c=3 d=4"))
	equal(t, "two", got[1]["message"], any("two a=1 b=2 c=3 e=5"))
}

type chatty struct{ log *slog.Logger }

func (c chatty) String() string {
	c.log.Info("inner")
	return "outer"
}

// TestLogHandlerReenters: a value that logs when it is rendered must not
// deadlock.
func TestLogHandlerReenters(t *testing.T) {
	got := entries(t, streams.LogsConfig{}, func(l *slog.Logger) { l.Info("m", "a", slog.AnyValue(lazy(l))) })
	equal(t, "messages", fmt.Sprint(got[0]["message"], "; ", got[1]["message"]), "inner; m a=outer")
}

type lazyValue func() slog.Value

func (f lazyValue) LogValue() slog.Value { return f() }

func lazy(l *slog.Logger) slog.LogValuer {
	return lazyValue(func() slog.Value { return slog.StringValue(chatty{l}.String()) })
}

func TestMaskSecretsForTheOrdinaryHandler(t *testing.T) {
	var out bytes.Buffer
	l := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{ReplaceAttr: streams.MaskSecrets}))
	l.Info("m", "password", "p", slog.Group("token", "id", 1), "a", "b")
	if !strings.HasSuffix(out.String(), "level=INFO msg=m password=*** token.id=*** a=b\n") {
		t.Errorf("got %s", &out)
	}
}
