package streams

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"
)

const (
	requestIDKey = "request_id"
	stackKey     = "stack"
	maxRequestID = 64 // bytes
	masked       = "***"
)

type noEventKey struct{}

// NoEvent answers a context for records that must not become events: logged
// with it, they reach the ordinary handler only. It is for whoever logs
// because an event could not be published, which would feed on itself.
func NoEvent(ctx context.Context) context.Context {
	return context.WithValue(ctx, noEventKey{}, true)
}

// MaskSecrets hides the values of attributes that carry secrets: those whose
// key, or a group's they are in, is token, password, authorization, cookie or
// query, in any case and behind any prefix (access_token, Set-Cookie). It has
// the form of slog.HandlerOptions.ReplaceAttr, for the ordinary handler too.
// It can't see into maps and structs.
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

// LogHandler is a slog.Handler in front of the process's ordinary one. Every
// record goes on to that one unchanged; those of LogsConfig.Level and above are
// queued for Logs too: level DEBUG, INFO, WARNING or ERROR, message with the
// attributes behind it as key=value, secrets masked (see MaskSecrets), at most
// 2048 bytes. The attribute request_id becomes the entry's own, or a new one is
// made; an attribute named stack is left out. It neither publishes nor waits.
type LogHandler struct {
	next slog.Handler
	logs *Logs
	// steps repeat WithAttrs and WithGroup on the handler that renders a record.
	// There is a new one for each record: attributes may log when they are
	// asked for their value, which would deadlock on a shared buffer's lock.
	steps []func(slog.Handler) slog.Handler
}

// Handler puts a LogHandler in front of next. All handlers of one Logs share
// its queue.
func (l *Logs) Handler(next slog.Handler) *LogHandler {
	return &LogHandler{next: next, logs: l}
}

// Enabled answers what the ordinary handler does.
func (h *LogHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

// Handle passes r on and queues it. Its error is the ordinary handler's.
func (h *LogHandler) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= h.logs.level.Level() && ctx.Value(noEventKey{}) == nil {
		h.logs.offer(h.entry(ctx, r))
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

func (h *LogHandler) entry(ctx context.Context, r slog.Record) logEntry {
	at := r.Time
	if at.IsZero() {
		at = time.Now()
	}
	attrs, requestID := h.attrs(ctx, r)
	if requestID == "" {
		requestID = newID("req_")
	}
	message := r.Message
	if attrs != "" {
		message = strings.TrimLeft(message+" "+attrs, " ")
	}
	return logEntry{
		Level:     levelName(r.Level),
		Message:   shorten(message, maxLogMessage),
		Timestamp: stamp(at),
		RequestID: shorten(requestID, maxRequestID),
	}
}

// attrs renders the record's attributes, the handler's included, by the
// standard text handler: it knows groups, LogValuers and quoting.
func (h *LogHandler) attrs(ctx context.Context, r slog.Record) (text, requestID string) {
	var out bytes.Buffer
	own := 0 // of the calls to come, those for level and message
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
		return "", requestID // a buffer takes everything, so this never happens
	}
	return strings.TrimSpace(out.String()), requestID
}

func levelName(l slog.Level) string {
	switch {
	case l < slog.LevelInfo:
		return levelDebug
	case l < slog.LevelWarn:
		return levelInfo
	case l < slog.LevelError:
		return levelWarning
	}
	return levelError
}
