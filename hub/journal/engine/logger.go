package journal

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
)

// engineLog hands nats-server's words to slog. Its own notices are chatter for
// us and go out at debug level.
type engineLog struct {
	log *slog.Logger

	mu    sync.Mutex
	fatal string // the last thing the engine would have died of
}

func (l *engineLog) write(level slog.Level, format string, args []any) {
	// The engine formats nothing by itself, so a level nobody reads is free.
	if l.log.Enabled(context.Background(), level) {
		l.log.Log(context.Background(), level, fmt.Sprintf(format, args...))
	}
}

func (l *engineLog) Noticef(format string, args ...any) { l.write(slog.LevelDebug, format, args) }
func (l *engineLog) Warnf(format string, args ...any)   { l.write(slog.LevelWarn, format, args) }
func (l *engineLog) Errorf(format string, args ...any)  { l.write(slog.LevelError, format, args) }
func (l *engineLog) Debugf(format string, args ...any)  { l.write(slog.LevelDebug, format, args) }
func (l *engineLog) Tracef(format string, args ...any)  { l.write(slog.LevelDebug, format, args) }

// Fatalf must not end the process: the process is ours. The engine calls it
// only while it starts, and returns then; startEngine asks for the words.
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
