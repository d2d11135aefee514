package control

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestControlOverLoopback: as on Windows, a request needs the token of the file, which
// other accounts cannot read and which is gone when the server stops.
func TestControlOverLoopback(t *testing.T) {
	data := t.TempDir()
	end, err := listenLoopback(data)
	if err != nil {
		t.Fatal(err)
	}
	handler := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- end.Serve(ctx, handler, slog.New(slog.DiscardHandler)) }()
	name := filepath.Join(data, tokenFile)
	if info, err := os.Stat(name); err != nil || info.Mode() != 0o600 {
		t.Errorf("the file: %v, %v", info, err)
	}
	response, err := do(t.Context(), dialLoopback, data, http.MethodGet, "/access", nil)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	for _, credential := range []string{"", "Bearer ", "Bearer x", end.token, "Bearer " + end.token[1:]} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+end.Addr().String()+"/access", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", credential)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, response.Body)
		response.Body.Close()
		if response.StatusCode != http.StatusUnauthorized {
			t.Errorf("with %q: %d", credential, response.StatusCode)
		}
	}
	http.DefaultClient.CloseIdleConnections()
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file is left: %v", err)
	}
	// As while a server starts or stops: the folder is in use, and there is no socket.
	if _, err := do(t.Context(), dialLoopback, data, http.MethodGet, "/access", nil); !errors.Is(err, ErrNoServer) {
		t.Errorf("without a server: %v", err)
	}
}

// TestCommandCutOff: a command whose response does not come because the server stops
// says what to do, and a request that is in progress then gets its response.
func TestCommandCutOff(t *testing.T) {
	data := t.TempDir()
	end, err := Listen(data)
	if err != nil {
		t.Fatal(err)
	}
	begun := make(chan struct{}, 2)
	finish := make(chan struct{})
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun <- struct{}{}
		if r.URL.Path == "/hangs" {
			<-r.Context().Done()
			panic(http.ErrAbortHandler)
		}
		<-finish
	})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- end.Serve(ctx, handler, slog.New(slog.DiscardHandler)) }()
	asked := func(method, path string) <-chan error {
		result := make(chan error, 1)
		go func() {
			response, err := Do(t.Context(), data, method, path, nil)
			if err == nil {
				err = response.Body.Close()
			}
			result <- err
		}()
		<-begun
		return result
	}
	whole, cut, read := asked(http.MethodPost, "/ends"), asked(http.MethodPost, "/hangs"), asked(http.MethodGet, "/hangs")
	stop()
	close(finish)
	if err := <-whole; err != nil {
		t.Errorf("a request in progress: %v", err)
	}
	for says, result := range map[string]<-chan error{"may have made the change": cut, "Try again in a moment": read} {
		if err := <-result; err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("a request that was cut off: %v, want %q", err, says)
		}
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
