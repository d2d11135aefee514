package engine

import (
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

// Cluster says which nats-servers store the events, and how to reach them. They
// need JetStream and version 2.11 at least.
type Cluster struct {
	// URLs are those of one or more servers, such as nats://10.0.0.1:4222 or, over
	// TLS, tls://…. The others of the cluster are learnt from them.
	URLs []string

	// Credentials is a file with a user's JWT and key, as `nsc generate creds`
	// writes it; "" for none.
	Credentials string

	// CA is a PEM file with the authorities that sign the servers' certificates; ""
	// for the system's. Certificate and Key are PEM files that this process shows
	// to servers that ask; they go together.
	CA, Certificate, Key string

	// Replicas is how many servers store each event: 1, the default, or 3. With 3
	// one of them may fail.
	Replicas int
}

// FieldError is what is wrong with one field of a Cluster.
type FieldError struct{ Field, Text string }

// Error returns the field and the text.
func (e FieldError) Error() string { return e.Field + " " + e.Text }

// Check returns all that is wrong with the fields. The texts do not name them, so
// that a program can name its flags instead.
func (c *Cluster) Check() (all []FieldError) {
	complain := func(field, format string, args ...any) {
		all = append(all, FieldError{field, fmt.Sprintf(format, args...)})
	}
	if len(c.URLs) == 0 {
		complain("URLs", "is empty: name a server")
	}
	for i, text := range c.URLs {
		// The text is not repeated: a password may be in it.
		u, err := url.Parse(text)
		if err != nil || !slices.Contains([]string{"nats", "tls"}, u.Scheme) || u.Hostname() == "" {
			complain("URLs", "number %d is not like nats://HOST:PORT or tls://HOST:PORT", i+1)
		}
	}
	if c.Replicas != 1 && c.Replicas != 3 {
		complain("Replicas", "%d is neither 1 nor 3", c.Replicas)
	}
	if (c.Certificate == "") != (c.Key == "") {
		complain("Certificate", "must come with its key, and the key with its certificate")
	}
	for _, f := range [][2]string{{"Credentials", c.Credentials}, {"CA", c.CA}, {"Certificate", c.Certificate}, {"Key", c.Key}} {
		if f[1] == "" {
			continue
		}
		if file, err := os.Open(f[1]); err != nil {
			complain(f[0], "cannot be read: %v", err)
		} else {
			file.Close()
		}
	}
	return all
}

const (
	// dialWait bounds the attempt to connect to one server.
	dialWait = 2 * time.Second

	// pingEvery and pingsOut are how a connection finds out that its server, or
	// the way to it, stands still.
	pingEvery = time.Second
	pingsOut  = 2
)

// address returns where to connect to, and the options that this needs.
func (c *Cluster) address() (string, []nats.Option) {
	options := []nats.Option{
		nats.Timeout(dialWait),
		nats.ReconnectJitter(200*time.Millisecond, 500*time.Millisecond),
		nats.PingInterval(pingEvery),
		nats.MaxPingsOutstanding(pingsOut),
	}
	if c.Credentials != "" {
		options = append(options, nats.UserCredentials(c.Credentials))
	}
	if c.CA != "" {
		options = append(options, nats.RootCAs(c.CA))
	}
	if c.Certificate != "" {
		options = append(options, nats.ClientCert(c.Certificate, c.Key))
	}
	return strings.Join(c.URLs, ","), options
}
