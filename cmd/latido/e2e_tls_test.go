package main_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/security"
)

// identity is a certificate that signs itself, for this machine.
type identity struct {
	cert, key string // files
	roots     *x509.CertPool
}

func newIdentity(t testing.TB) identity {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	i := identity{filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), x509.NewCertPool()}
	for file, b := range map[string]*pem.Block{i.cert: {Type: "CERTIFICATE", Bytes: cert}, i.key: {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(b), 0o600); err != nil {
			t.Fatal(err)
		}
		i.roots.AppendCertsFromPEM(pem.EncodeToMemory(b))
	}
	return i
}

func (i identity) flags() []string { return []string{"--tls-cert", i.cert, "--tls-key", i.key} }

// speaking returns a client that trusts the server and knows one version of
// HTTP, and how many connections it has opened.
func (i identity) speaking(s *server, http2 bool) (c client, dials *atomic.Int32) {
	dials = new(atomic.Int32)
	only := new(http.Protocols)
	only.SetHTTP1(!http2)
	only.SetHTTP2(http2)
	c = newClient(s, s.url)
	c.http.Transport = &http.Transport{
		Protocols: only, TLSClientConfig: &tls.Config{RootCAs: i.roots},
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			dials.Add(1)
			return new(net.Dialer).DialContext(ctx, network, addr)
		},
	}
	s.Cleanup(c.http.CloseIdleConnections)
	return c, dials
}

// startTLS starts a server with a certificate; s.client speaks HTTP/2 to it.
func startTLS(t testing.TB) (s *server, i identity) {
	t.Helper()
	i = newIdentity(t)
	s = launch(t, setup{args: i.flags()})
	if !s.out.wait(s.exited, listening.MatchString) {
		t.Fatalf("the program did not begin to listen:\n%s", s.out.text())
	}
	s.url = listening.FindStringSubmatch(s.out.text())[1]
	s.client, _ = i.speaking(s, true)
	eventually(t, "a server that is ready", func() bool {
		status, _ := s.client.ask(http.MethodGet, "/readyz", nil)
		return status == http.StatusOK
	})
	return s, i
}

// A stream over TLS is served in another way than a plain one; a client sees the
// same.
func TestTLSStreams(t *testing.T) {
	t.Parallel()
	s, i := startTLS(t)
	for _, version := range []int{1, 2} {
		t.Run(fmt.Sprint("HTTP ", version), func(t *testing.T) {
			c, _ := i.speaking(s, version == 2)
			c.TB = t
			path := fmt.Sprintf("/sse/events?channel=seguro%d", version)
			w := c.wire(path)
			if w.response.ProtoMajor != version || w.response.TLS == nil || w.response.Header.Get("Content-Type") != "text/event-stream" {
				t.Errorf("the response is %s with %v", w.response.Proto, w.response.Header)
			}
			if b := w.next(""); !b.HasRetry || !b.HasID {
				t.Errorf("the stream begins with %+v", b)
			}
			var ids []any
			for _, text := range []string{"uno", "dos", "tres"} {
				id := c.post(fmt.Sprintf("/sse/broadcast/seguro%d", version), fields{"text": text})["id"]
				if b := w.next(text); b.ID != id {
					t.Errorf("%q came with id %q, was sent as %v", text, b.ID, id)
				}
				ids = append(ids, id)
			}
			again := c.wire(path, "Last-Event-ID", ids[0].(string))
			for n, text := range []string{"connected", "dos", "tres"} {
				if b := again.next(""); b.ID != ids[n] {
					t.Errorf("after %v came %+v, want %s with %v", ids[0], b, text, ids[n])
				}
			}
		})
	}
}

func TestTLSManyStreamsShareAConnection(t *testing.T) {
	t.Parallel()
	s, i := startTLS(t)
	c, dials := i.speaking(s, true)
	var all []*wire
	for range 50 {
		w := c.wire("/sse/events?channel=compartido")
		w.next("connected")
		all = append(all, w)
	}
	id := c.post("/sse/broadcast/compartido", fields{"text": "a todos"})["id"]
	for n, w := range all {
		if b := w.next("a todos"); b.ID != id {
			t.Errorf("stream %d got %+v, want event %v", n, b, id)
		}
	}
	if n := dials.Load(); n != 1 {
		t.Errorf("%d streams and a POST took %d connections", len(all), n)
	}
}

func TestTLSStreamsEndAsAgreed(t *testing.T) {
	t.Parallel()
	s, i := startTLS(t)
	var all []*wire
	for _, http2 := range []bool{false, true} {
		c, _ := i.speaking(s, http2)
		for range 20 {
			w := c.wire("/sse/events")
			w.next("connected")
			all = append(all, w)
		}
	}
	t.Logf("ended %v after SIGTERM", s.stop())
	for n, w := range all {
		w.end().check(t, n)
	}
}

// Over plain HTTP a browser has six connections to a server, so the seventh page
// would stay empty: its own stream is not all that would wait.
func TestTLSEightPagesLiveInABrowser(t *testing.T) {
	t.Parallel()
	s, _ := startTLS(t)
	p := visit(t, s, "/", command(security.SetIgnoreCertificateErrors, security.SetIgnoreCertificateErrorsParams{Ignore: true}))
	// Windows of one visitor share the browser's connections; tabs of visit do not.
	eval[bool](p, `(window.others = Array.from({length: 7}, () => window.open("/")), true)`)
	s.client.waitStreams(8)
	s.client.notify("A las ocho", "m")
	p.wait("eight live pages", "[window, ...others].every(({document}) => "+alive+" && "+row("A las ocho")+")")
}

func TestTLSRefusesToStart(t *testing.T) {
	t.Parallel()
	own, other := newIdentity(t), newIdentity(t)
	missing := filepath.Join(t.TempDir(), "missing.pem")
	for name, c := range map[string]struct {
		args   []string
		status int
		says   string
	}{
		"no certificate":          {[]string{"--tls-cert", missing, "--tls-key", own.key}, 1, `--tls-cert ` + regexp.QuoteMeta(missing) + `.*no such file`},
		"no key":                  {[]string{"--tls-cert", own.cert, "--tls-key", missing}, 1, `--tls-key ` + regexp.QuoteMeta(missing) + `.*no such file`},
		"the key of another":      {[]string{"--tls-cert", own.cert, "--tls-key", other.key}, 1, `private key does not match public key`},
		"a key for a certificate": {[]string{"--tls-cert", own.key, "--tls-key", own.key}, 1, `--tls-cert .*(CERTIFICATE|certificate)`},
		"a certificate alone":     {[]string{"--tls-cert", own.cert}, 2, `--tls-cert and --tls-key go together`},
		"a key alone":             {[]string{"--tls-key", own.key}, 2, `--tls-cert and --tls-key go together`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := launch(t, setup{args: c.args})
			if status := s.exit(); status != c.status {
				t.Errorf("the program ended with status %d, want %d", status, c.status)
			}
			oneSentence(t, s.out.text(), c.says)
		})
	}
}
