package engine

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
)

// engineLog passes nats-server's messages on to slog. Its notices are of no interest
// here and are logged at debug level.
type engineLog struct {
	log *slog.Logger

	mu    sync.Mutex
	fatal string // the last error that would have ended the server's own process
}

func (l *engineLog) write(level slog.Level, format string, args []any) {
	// nats-server formats nothing by itself, so a level that is off costs nothing.
	if l.log.Enabled(context.Background(), level) {
		l.log.Log(context.Background(), level, fmt.Sprintf(format, args...))
	}
}

func (l *engineLog) Noticef(format string, args ...any) { l.write(slog.LevelDebug, format, args) }
func (l *engineLog) Warnf(format string, args ...any)   { l.write(slog.LevelWarn, format, args) }
func (l *engineLog) Errorf(format string, args ...any)  { l.write(slog.LevelError, format, args) }
func (l *engineLog) Debugf(format string, args ...any)  { l.write(slog.LevelDebug, format, args) }
func (l *engineLog) Tracef(format string, args ...any)  { l.write(slog.LevelDebug, format, args) }

// Fatalf must not end the process: the process is ours. nats-server calls it while it
// starts, and returns then; startServer asks for the text.
func (l *engineLog) Fatalf(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fatal = fmt.Sprintf(format, args...)
}

func (l *engineLog) lastFatal() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fatal
}
