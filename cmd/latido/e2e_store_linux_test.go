package main_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"golang.org/x/sys/unix"
)

// limitFiles lets the running program's files grow to at most limit bytes: what
// a full disk looks like to it.
func (s *server) limitFiles(limit uint64) {
	s.Helper()
	if err := unix.Prlimit(s.cmd.Process.Pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: limit, Max: unix.RLIM_INFINITY}, nil); err != nil {
		s.Fatal(err)
	}
}

// TestDiskThatIsFullOnThePage is F5 as a person sees it: the page says that
// nothing can be stored, keeps its form at every width, and goes on by itself,
// without a restart by hand, once there is room.
func TestDiskThatIsFullOnThePage(t *testing.T) {
	t.Parallel()
	s := start(t, demo)
	s.expected = regexp.MustCompile(`file too large|the engine does not run|connection to the engine|engine has failed|Server Shutdown|Filestore`)
	s.client.post("/sse/broadcast/avisos", fields{"message": "antes"})
	p := visit(t, s, "/")
	p.wait("a live page", alive)
	s.limitFiles(1)
	p.wait("the banner", `document.querySelector("#store [role=alert]")?.textContent.includes("disco del servidor está lleno") === true`)
	if status, body := s.client.ask(http.MethodPost, "/sse/broadcast/avisos", fields{"message": "durante"}); status != http.StatusInsufficientStorage && status != http.StatusServiceUnavailable {
		t.Errorf("a POST returns %d %s", status, body)
	}
	if status, _ := s.client.ask(http.MethodGet, "/readyz", nil); status != http.StatusServiceUnavailable {
		t.Errorf("readyz is %d", status)
	}
	p.wait("producers that cannot go on", `document.querySelectorAll(".sources .state-error").length > 1`)
	for _, width := range []int64{320, 360, 768, 1280, 1920} {
		p.do(chromedp.EmulateViewport(width, 800))
		if wide := eval[string](p, tooWide); wide != "" {
			t.Errorf("at %d px the page scrolls sideways: %s", width, wide)
		}
	}
	if eval[bool](p, `getComputedStyle(document.querySelector(".hb-live")).visibility !== "visible"`) {
		t.Error("the stream of the page has not gone on")
	}
	s.limitFiles(unix.RLIM_INFINITY)
	eventually(t, "a server that is ready again", func() bool {
		status, _ := s.client.ask(http.MethodGet, "/readyz", nil)
		return status == http.StatusOK
	})
	p.wait("the banner to go", `document.querySelector("#store").childElementCount === 0`)
	s.client.notify("De vuelta", "Hay sitio otra vez")
	p.wait("what came after", `document.querySelector("#notif-list")?.textContent.includes("De vuelta") === true`)
	if _, body := s.client.ask(http.MethodGet, "/sse/history/avisos", nil); !strings.Contains(body, "antes") {
		t.Errorf("what was acknowledged before is not there: %s", body)
	}
}
