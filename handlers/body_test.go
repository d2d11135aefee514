package handlers_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"latido/handlers"
)

// raw sends a request byte for byte, closes the sending half of the connection
// when asked to, and returns what came back.
func (r *rig) raw(request string, half bool) (*http.Response, string, error) {
	r.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
	if err != nil {
		r.t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		r.t.Fatal(err)
	}
	if _, err := io.WriteString(conn, request); err != nil {
		r.t.Fatal(err)
	}
	if half {
		if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
			r.t.Fatal(err)
		}
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return nil, "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return res, string(body), err
}

// A body that is no body is the client's fault, not the server's.
func TestBodyThatIsNotWholeIsBadInput(t *testing.T) {
	r := newRig(t)
	for name, c := range map[string]struct {
		body string
		half bool
	}{
		"a chunk without a length": {"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", false},
		"shorter than it said":     {"Content-Length: 50\r\n\r\n{}", true},
		"without the last chunk":   {"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", true},
	} {
		res, body, err := r.raw("POST /sse/broadcast/a HTTP/1.1\r\nHost: latido\r\n"+c.body, c.half)
		if err != nil || res.StatusCode != http.StatusBadRequest || !strings.Contains(body, `{"detail":"The body is cut off or malformed: send the request again"}`) {
			t.Errorf("%s: %v %q %v, want 400", name, res, body, err)
		}
	}
	if n := r.last(); n != 0 {
		t.Errorf("%d events were published", n)
	}
	if strings.Contains(r.log.String(), "level=ERROR") {
		t.Errorf("the log calls it a fault of ours:\n%s", r.log)
	}
}

// lateJobs start nothing before the client is gone.
type lateJobs struct{ fakeJobs }

func (j *lateJobs) StartExport(ctx context.Context, _ string) (string, error) {
	<-ctx.Done()
	return "", ctx.Err()
}

// A client that closes its sending half after the request still reads. net/http
// takes it for gone. With a 200 it would believe that something was done which was
// not.
func TestClientThatStopsSendingGetsNoSuccess(t *testing.T) {
	r := newRig(t, func(c *handlers.Config) { c.Jobs = &lateJobs{} })
	res, body, err := r.raw("POST /tasks/export HTTP/1.1\r\nHost: latido\r\nContent-Length: 15\r\n\r\n"+`{"channel":"a"}`, true)
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v %q, %v; want the connection closed without a response", res, body, err)
	}
}
