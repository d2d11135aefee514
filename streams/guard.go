package streams

import (
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
)

// PanicError is a panic turned into an error. The stack is for the log alone: it
// names the machine's paths and means nothing to clients.
type PanicError struct {
	value any
	stack []byte
}

// Error returns the value of the panic.
func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }

// Guard calls f and returns its error, or a *PanicError when it panicked.
func Guard(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{value: v, stack: debug.Stack()}
		}
	}()
	return f()
}

// ErrorAttrs returns the log attributes of a failure: its text, and the stack of a
// panic.
func ErrorAttrs(err error) []slog.Attr {
	attrs := []slog.Attr{slog.String("error", err.Error())}
	var p *PanicError
	if errors.As(err, &p) {
		attrs = append(attrs, slog.String(stackKey, string(p.stack)))
	}
	return attrs
}

// discard returns l, or a logger that discards records when l is nil.
func discard(l *slog.Logger) *slog.Logger {
	if l == nil {
		return slog.New(slog.DiscardHandler)
	}
	return l
}
