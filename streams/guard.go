package streams

import (
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
)

// panicError is a panic turned into an error. The stack is for the log only:
// it tells readers of a stream nothing and names the machine's paths.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }

// guard calls f and answers its error, or a panicError when it panicked.
func guard(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &panicError{value: v, stack: debug.Stack()}
		}
	}()
	return f()
}

// errorAttrs are the log attributes of a failure.
func errorAttrs(err error) []slog.Attr {
	attrs := []slog.Attr{slog.String("error", err.Error())}
	var p *panicError
	if errors.As(err, &p) {
		attrs = append(attrs, slog.String(stackKey, string(p.stack)))
	}
	return attrs
}

// discard stands in for a logger that was not given.
func discard(l *slog.Logger) *slog.Logger {
	if l == nil {
		return slog.New(slog.DiscardHandler)
	}
	return l
}

// shorten cuts s to at most n bytes without splitting a character, and says so
// with an ellipsis.
func shorten(s string, n int) string {
	if len(s) <= n {
		return s
	}
	const mark = "…"
	end := n - len(mark)
	for end > 0 && s[end]&0xC0 == 0x80 {
		end--
	}
	return s[:end] + mark
}
