package handlers_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http/httpguts"
)

// maxResponse bounds the response to one request, in bytes. The largest
// responses are a page and a history of some of the fuzzed events.
const maxResponse = 4 << 20

// FuzzRequest (A2): whatever stands in the path, the query, the headers that are
// read and the body, the response is one that is documented, comes soon, and has an
// end.
func FuzzRequest(f *testing.F) {
	paths := []string{
		"/sse/events", "/sse/notifications/", "/sse/history/", "/sse/broadcast/", "/sse/notify/", "/sse/task-update", "/sse/stats",
		"/tasks/", "/exports/", "/", "/notifications", "/live", "/ui/broadcast", "/ui/notify", "/ui/prefs", "/ui/clear", "/ui/connection", "/assets/",
	}
	kinds := []string{"application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", ""}
	for _, s := range []struct {
		path, kind         int
		rest, query        string
		lastID, etag, body string
	}{
		{0, 0, "", "channel=a&user_id=1&last_event_id=aaaaaaaa-1&max_rate=0.5", "aaaaaaaa-18446744073709551615", "", ""},
		{1, 0, "9223372036854775808", "", "x", "", ""},
		{2, 0, "%00%2f", "after=aaaaaaaa-1&limit=-1&event=%ff", "", "", ""},
		{3, 0, "a%2Fb", "event=x&user_id=1", "", "", `{"a":[[[[[[1]]]]]],"action_url":"javascript:x"}`},
		{4, 1, "1", "", "", "", "title=a&message=b&action_url=//x&level=warning"},
		{5, 0, "", "", "", "", `{"task_id":"1","progress":1e400,"status":"s","message":"m"}`},
		{12, 2, "", "", "", "", "--x\r\nContent-Disposition: form-data; name=\"channel\"\r\n\r\na\r\n--x--\r\n"},
		{11, 0, "", "cards=logs,logs&lang=xx&user=0&view=a&after=b&rate=c", "", "", ""},
		{17, 0, "../../go.mod", "", "", "\"x\", W/\"y\"", ""},
	} {
		f.Add(s.path, s.kind, true, s.rest, s.query, s.lastID, s.etag, s.body)
		f.Add(s.path, s.kind, false, s.rest, s.query, s.lastID, s.etag, s.body)
	}
	r := newRig(f)
	f.Fuzz(func(t *testing.T, path, kind int, post bool, rest, query, lastID, etag, body string) {
		u, err := url.Parse(r.url + paths[abs(path)%len(paths)])
		if err != nil {
			t.Fatal(err)
		}
		u.Path += rest // which is escaped as a path is
		u.RawQuery = strings.Map(func(c rune) rune {
			if c <= ' ' || c >= 0x7f || c == '#' {
				return -1 // no client could send it
			}
			return c
		}, query)
		method, sent := http.MethodGet, io.Reader(nil)
		if post {
			method, sent = http.MethodPost, strings.NewReader(body)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second) // of a request of a millisecond, on a busy machine
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, method, u.String(), sent)
		if err != nil {
			return // no client could send it
		}
		for name, value := range map[string]string{"Content-Type": kinds[abs(kind)%len(kinds)], "Last-Event-ID": lastID, "If-None-Match": etag, "Accept-Language": etag} {
			if value != "" && httpguts.ValidHeaderFieldValue(value) {
				req.Header.Set(name, value)
			}
		}
		res, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatalf("%s %s: %v", method, u, err)
		}
		defer res.Body.Close()
		if res.StatusCode >= 500 {
			text, _ := io.ReadAll(io.LimitReader(res.Body, 1<<10))
			t.Fatalf("%s %s: %d %s\n%s", method, u, res.StatusCode, text, r.log.String())
		}
		if strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
			return // it has no end; its frames are FuzzAppend's
		}
		if n, err := io.Copy(io.Discard, io.LimitReader(res.Body, maxResponse+1)); err != nil || n > maxResponse {
			t.Fatalf("%s %s: %d bytes, %v", method, u, n, err)
		}
	})
}

func abs(n int) int { return max(n, -(n + 1)) }
