package streams

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"

	"latido/hub"
	"latido/streams/event"
)

const (
	requestIDKey = "request_id"
	stackKey     = "stack"
	masked       = "***"
)

type noEventKey struct{}

// NoEvent returns a context for records that must not become events: logged with
// it, they reach the ordinary handler alone. Use it to log that an event could
// not be published, which would otherwise cause another event.
func NoEvent(ctx context.Context) context.Context {
	return context.WithValue(ctx, noEventKey{}, true)
}

// MaskSecrets hides the values of attributes that carry secrets: those whose key,
// or whose group's key, is token, password, authorization, cookie or query, in
// any case and after any prefix (access_token, Set-Cookie). It has the signature
// of slog.HandlerOptions.ReplaceAttr, for the ordinary handler too. It does not
// look into maps and structs.
func MaskSecrets(groups []string, a slog.Attr) slog.Attr {
	if isSecret(a.Key) || slices.ContainsFunc(groups, isSecret) {
		a.Value = slog.StringValue(masked)
	}
	return a
}

func isSecret(key string) bool {
	key = strings.ToLower(key)
	if i := strings.LastIndexAny(key, "_-."); i >= 0 {
		key = key[i+1:]
	}
	switch key {
	case "token", "password", "authorization", "cookie", "query":
		return true
	}
	return false
}

// LogHandler is a slog.Handler in front of the process's ordinary one. It passes
// every record on unchanged, and queues those of LogsConfig.Level and above for
// Logs. A queued entry's message is the record's, followed by the attributes as
// key=value, secrets masked (see MaskSecrets), 2048 bytes at most. The attribute
// request_id becomes the entry's request id; without one a new id is made. An
// attribute named stack is left out. A LogHandler neither publishes nor waits.
type LogHandler struct {
	next slog.Handler
	logs *Logs
	// steps repeat WithAttrs and WithGroup on the handler that renders a record.
	// There is a new handler for each record: the value of an attribute may log
	// when it is resolved, which would deadlock on a shared buffer's lock.
	steps []func(slog.Handler) slog.Handler
}

// Handler returns a LogHandler in front of next. All handlers of one Logs share
// its queue.
func (l *Logs) Handler(next slog.Handler) *LogHandler {
	return &LogHandler{next: next, logs: l}
}

// Enabled returns what the ordinary handler returns.
func (h *LogHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

// Handle passes r on and queues it. Its error is the ordinary handler's.
func (h *LogHandler) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= h.logs.level.Level() && ctx.Value(noEventKey{}) == nil {
		h.logs.offer(h.draft(ctx, r))
	}
	return h.next.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (h *LogHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	if len(attrs) == 0 {
		return h
	}
	return h.with(h.next.WithAttrs(attrs), func(r slog.Handler) slog.Handler { return r.WithAttrs(attrs) })
}

// WithGroup implements slog.Handler.
func (h *LogHandler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return h.with(h.next.WithGroup(name), func(r slog.Handler) slog.Handler { return r.WithGroup(name) })
}

func (h *LogHandler) with(next slog.Handler, step func(slog.Handler) slog.Handler) *LogHandler {
	// Clipped, or two loggers made from one would write the same element.
	steps := append(slices.Clip(h.steps), step)
	return &LogHandler{next: next, logs: h.logs, steps: steps}
}

func (h *LogHandler) draft(ctx context.Context, r slog.Record) hub.Draft {
	at := r.Time
	if at.IsZero() {
		at = time.Now()
	}
	attrs, requestID := h.attrs(ctx, r)
	message := r.Message
	if attrs != "" {
		message = strings.TrimLeft(message+" "+attrs, " ")
	}
	return ownEntry(at, event.LogEntry{Level: levelName(r.Level), Message: message, RequestID: requestID})
}

// attrs renders the record's attributes, those of the handler included, with the
// standard text handler, which knows groups, LogValuers and quoting.
func (h *LogHandler) attrs(ctx context.Context, r slog.Record) (text, requestID string) {
	var out bytes.Buffer
	own := 0 // calls to come that are for level and message
	render := slog.Handler(slog.NewTextHandler(&out, &slog.HandlerOptions{
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			switch {
			case own > 0:
				own--
				return slog.Attr{}
			case a.Key == requestIDKey:
				requestID = a.Value.String()
				return slog.Attr{}
			case a.Key == stackKey:
				return slog.Attr{}
			}
			return MaskSecrets(groups, a)
		},
	}))
	for _, step := range h.steps {
		render = step(render)
	}
	r.Time = time.Time{} // a zero time is not rendered
	own = 2
	if err := render.Handle(ctx, r); err != nil {
		return "", requestID // cannot happen: a buffer takes everything
	}
	return strings.TrimSpace(out.String()), requestID
}

func levelName(l slog.Level) string {
	switch {
	case l < slog.LevelInfo:
		return event.LogDebug
	case l < slog.LevelWarn:
		return event.LogInfo
	case l < slog.LevelError:
		return event.LogWarning
	}
	return event.LogError
}
