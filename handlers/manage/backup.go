package manage

import (
	"io"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"latido/handlers/web"
)

// backupStall is how long the client of a backup may read nothing.
const backupStall = 2 * time.Minute

// backup is GET /backup: a backup file. One that fails after its first byte is cut off;
// the end of the file tells.
func (a *App) backup(c *gin.Context) error {
	if !a.backingUp.TryLock() {
		return &web.StatusError{Status: http.StatusTooManyRequests, Detail: "Another backup is running: try again when it has ended"}
	}
	defer a.backingUp.Unlock()
	begun := time.Now()
	c.Header("Content-Type", "application/octet-stream")
	out := &stallLimited{out: c.Writer, control: http.NewResponseController(c.Writer)}
	err := a.cfg.Backup(c.Request.Context(), out)
	switch {
	case err == nil:
		a.Record(c, "backup written", "")
		a.Logger.Info("backup written", "bytes", out.n, "took", time.Since(begun).Round(time.Millisecond))
	case out.n == 0:
		a.Logger.Error("backup failed", "error", err)
		return &web.StatusError{Status: http.StatusInternalServerError, Detail: err.Error()}
	default:
		a.Logger.Warn("backup ended early", "bytes", out.n, "error", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

// stallLimited counts what it passes on, and fails when the client reads nothing for
// backupStall.
type stallLimited struct {
	out     io.Writer
	control *http.ResponseController
	n       int64
}

func (s *stallLimited) Write(p []byte) (int, error) {
	if err := s.control.SetWriteDeadline(time.Now().Add(backupStall)); err != nil {
		return 0, err
	}
	n, err := s.out.Write(p)
	s.n += int64(n)
	return n, err
}
