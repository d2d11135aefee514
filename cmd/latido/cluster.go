package main

import (
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"regexp"
	"slices"

	"latido/hub/journal/engine"
)

// clusterConfig is what makes the process one of several nodes. Without --nats-url
// it is on its own, and none of this counts.
type clusterConfig struct {
	natsConfig `embed:""`
	NodeName   string `name:"node-name" placeholder:"NAME" help:"What the pages call this node (the host's name and the port)."`
}

// natsConfig is which cluster it is.
type natsConfig struct {
	NatsURL   []string `name:"nats-url" placeholder:"URL,…" help:"NATS servers that keep the events in place of the data folder, such as nats://10.0.0.1:4222: every process that is given the same ones is a node of one Latido."`
	NatsCreds string   `name:"nats-creds" placeholder:"FILE" help:"Credentials of a NATS user."`
	NatsCA    string   `name:"nats-ca" placeholder:"FILE" help:"Authorities that sign the NATS servers' certificates, PEM (the system's)."`
	NatsCert  string   `name:"nats-cert" placeholder:"FILE" help:"Certificate to show to the NATS servers, PEM."`
	NatsKey   string   `name:"nats-key" placeholder:"FILE" help:"Its private key, PEM."`
	Replicas  int      `default:"1" placeholder:"1|3" help:"NATS servers that keep each event (${default}): with 3, one of them may fail."`
}

// shared reports whether the process is a node beside others.
func (c natsConfig) shared() bool { return len(c.NatsURL) > 0 }

// maxNodeName bounds a node's name, in bytes.
const maxNodeName = 64

var nodeName = regexp.MustCompile(`^[A-Za-z0-9._:-]{1,64}$`)

// check answers every complaint.
func (c clusterConfig) check() []error {
	all := c.natsConfig.check()
	if c.NodeName != "" && !nodeName.MatchString(c.NodeName) {
		all = append(all, fmt.Errorf("%w: --node-name is not 1 to %d letters, digits, dots, colons, dashes and underscores", errUsage, maxNodeName))
	}
	return all
}

// check answers every complaint.
func (c natsConfig) check() (all []error) {
	complain := func(format string, args ...any) {
		all = append(all, fmt.Errorf("%w: "+format, append([]any{errUsage}, args...)...))
	}
	for i, text := range c.NatsURL {
		// The text is not repeated: a password may be in it.
		if u, err := url.Parse(text); err != nil || !slices.Contains([]string{"nats", "tls"}, u.Scheme) || u.Hostname() == "" {
			complain("--nats-url: number %d is not like nats://HOST:PORT or tls://HOST:PORT", i+1)
		}
	}
	if c.Replicas != 1 && c.Replicas != 3 {
		complain("--replicas %d is neither 1 nor 3", c.Replicas)
	}
	if (c.NatsCert == "") != (c.NatsKey == "") {
		complain("--nats-cert and --nats-key go together")
	}
	for _, f := range []struct{ flag, name string }{{"--nats-creds", c.NatsCreds}, {"--nats-ca", c.NatsCA}, {"--nats-cert", c.NatsCert}, {"--nats-key", c.NatsKey}} {
		if f.name != "" && !c.shared() {
			complain("%s needs --nats-url", f.flag)
		} else if err := readable(f.name); err != nil {
			complain("%s: %v", f.flag, err)
		}
	}
	if !c.shared() && c.Replicas != 1 {
		complain("--replicas %d needs --nats-url: a data folder keeps one copy", c.Replicas)
	}
	return all
}

// readable complains about a file that cannot be read; no name is no file.
func readable(name string) error {
	if name == "" {
		return nil
	}
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	return file.Close()
}

// cluster is what the journal needs, nil for a process on its own.
func (c natsConfig) cluster() *engine.Cluster {
	if !c.shared() {
		return nil
	}
	return &engine.Cluster{
		URLs: c.NatsURL, Credentials: c.NatsCreds, CA: c.NatsCA, Certificate: c.NatsCert, Key: c.NatsKey, Replicas: c.Replicas,
	}
}

// name is what the node calls itself; "" for a process on its own.
func (c clusterConfig) name(listening net.Addr) string {
	if !c.shared() || c.NodeName != "" {
		return c.NodeName
	}
	host, err := os.Hostname()
	if err != nil {
		host = "node"
	}
	_, port, _ := net.SplitHostPort(listening.String())
	return host + ":" + port
}

// sayDurability tells what an acknowledgement promises.
func (c serveConfig) sayDurability(log *slog.Logger) {
	if !c.shared() {
		log.Info("durability", "mode", c.Durability, "meaning", c.Durability.Meaning())
		return
	}
	meaning := "an acknowledged event is with the NATS server; whether it survives a power cut is for that server's sync_interval to decide"
	if c.Replicas > 1 {
		meaning = "an acknowledged event is with two of three NATS servers at least; whether it survives a power cut of all of them is for their sync_interval to decide"
	}
	log.Info("durability", "mode", "cluster", "replicas", c.Replicas, "meaning", meaning)
}

// keeper names what keeps the events.
func (c serveConfig) keeper() string {
	if c.shared() {
		return "the cluster"
	}
	return "the data folder " + c.Data
}
