package journal_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"latido/hub/journal"
	"latido/hub/journal/engine"
	"latido/hub/journal/engine/natstest"
)

// papers are an authority and a certificate by it, in files.
type papers struct{ ca, cert, key string }

func newPapers(t *testing.T) papers {
	t.Helper()
	dir := t.TempDir()
	p := papers{filepath.Join(dir, "ca.pem"), filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")}
	write := func(name, kind string, der []byte, err error) {
		t.Helper()
		if err == nil {
			err = os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	sign := func(name string, template, parent *x509.Certificate, key, by *ecdsa.PrivateKey) {
		t.Helper()
		template.SerialNumber, template.Subject = big.NewInt(1), pkix.Name{CommonName: name}
		template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
		der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, by)
		write(name, "CERTIFICATE", der, err)
	}
	keys := make([]*ecdsa.PrivateKey, 2)
	for i := range keys {
		var err error
		if keys[i], err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			t.Fatal(err)
		}
	}
	ca := &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	sign(p.ca, ca, ca, keys[0], keys[0])
	sign(p.cert, &x509.Certificate{
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, ca, keys[1], keys[0])
	der, err := x509.MarshalPKCS8PrivateKey(keys[1])
	write(p.key, "PRIVATE KEY", der, err)
	return p
}

// TestClusterOverTLS: a server that wants a certificate is shown it, and one whose
// authority is not known is not spoken to.
func TestClusterOverTLS(t *testing.T) {
	p := newPapers(t)
	pair, err := tls.LoadX509KeyPair(p.cert, p.key)
	if err != nil {
		t.Fatal(err)
	}
	authority, err := os.ReadFile(p.ca)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(authority)
	port := natstest.FreePorts(t, 1)[0]
	s, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: port, NoSigs: true, NoLog: true, JetStream: true, StoreDir: t.TempDir(), MaxPayload: 9 << 20,
		TLS: true, TLSVerify: true, TLSTimeout: 5,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{pair}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert},
	})
	if err != nil {
		t.Fatal(err)
	}
	go s.Start()
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	if !s.ReadyForConnections(20 * time.Second) {
		t.Fatal("the nats-server does not start")
	}
	with := engine.Cluster{URLs: []string{fmt.Sprintf("tls://127.0.0.1:%d", port)}, CA: p.ca, Certificate: p.cert, Key: p.key}
	j := open(t, journal.Config{Config: engine.Config{Cluster: &with}})
	store(t, j, draft(1))
	if b := bounds(t, j); b.Last != 1 {
		t.Errorf("bounds %+v", b)
	}
	without := with
	without.CA = ""
	// At once: waiting does not make it known.
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	j, err = journal.Open(ctx, journal.Config{Config: engine.Config{Cluster: &without}})
	if err == nil {
		closeJournal(t, j)
	}
	if unknown := (*tls.CertificateVerificationError)(nil); !errors.As(err, &unknown) || ctx.Err() != nil {
		t.Errorf("%v, want a certificate that is not trusted", err)
	}
}
