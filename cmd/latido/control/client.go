package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"syscall"
	"time"
)

// responseWait is how long a running server may take to begin a response.
const responseWait = 30 * time.Second

// ErrNoServer is returned where a data folder is in use and no server listens.
var ErrNoServer = errors.New("no server takes commands there: a server is starting or stopping, or another command is running. Try again in a moment")

// Do sends a request with a JSON body to the server that runs on a data folder, and
// returns the response, whose body has to be closed. Errors are ErrNoServer, or say what
// failed and what to do.
func Do(ctx context.Context, data, method, path string, body any) (*http.Response, error) {
	return do(ctx, dial, data, method, path, body)
}

// dialer connects to the server that runs on a data folder, and returns the token to
// present.
type dialer func(ctx context.Context, data string) (_ net.Conn, token string, _ error)

func do(ctx context.Context, dial dialer, data, method, path string, body any) (*http.Response, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	conn, token, err := dial(ctx, data)
	switch {
	case errors.Is(err, ErrNoServer), errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return nil, ErrNoServer
	case err != nil:
		return nil, fmt.Errorf("the server cannot be reached: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, method, "http://latido"+path, bytes.NewReader(text))
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	request.Header = http.Header{"Accept": {"application/json"}, "Content-Type": {"application/json"}, "Authorization": {"Bearer " + token}}
	// One connection for one request: the server may stop at any time.
	response, err := (&http.Transport{
		DialContext:       func(context.Context, string, string) (net.Conn, error) { return conn, nil },
		DisableKeepAlives: true, ResponseHeaderTimeout: responseWait,
	}).RoundTrip(request)
	switch {
	case err == nil:
		return response, nil
	case ctx.Err() != nil:
		return nil, errors.New("interrupted")
	case method == http.MethodGet:
		return nil, fmt.Errorf("the server has stopped or does not respond. Try again in a moment (%w)", err)
	}
	return nil, fmt.Errorf("the server has stopped or does not respond, and may have made the change. See latido user list, key list or link list, and try again (%w)", err)
}
