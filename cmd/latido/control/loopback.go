package control

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
)

// tokenFile is the file with the address and the token of a server on a system without
// Unix sockets. On Windows its mode means little: the rights of the
// data folder protect it.
const tokenFile = "control.token"

// listenLoopback listens on a loopback address, and stores it in the data folder with
// a random token, readable for the account of the server.
func listenLoopback(data string) (*Listener, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	made := &Listener{Listener: l, token: rand.Text() + rand.Text(), path: filepath.Join(data, tokenFile)}
	file, err := os.CreateTemp(data, ".control-*") // with mode 0600
	if err == nil {
		_, err = fmt.Fprintf(file, "%s %s\n", l.Addr(), made.token)
		if err = errors.Join(err, file.Close()); err == nil {
			err = os.Rename(file.Name(), made.path)
		}
		if err != nil {
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return made, nil
}

// dialLoopback connects to the server that runs on a data folder, and returns the token
// to present. An address that was left by a killed server leads nowhere, or to a
// program for which the token is worthless.
func dialLoopback(ctx context.Context, data string) (net.Conn, string, error) {
	text, err := os.ReadFile(filepath.Join(data, tokenFile))
	if err != nil {
		return nil, "", err
	}
	addr, token, ok := strings.Cut(strings.TrimSpace(string(text)), " ")
	if !ok {
		return nil, "", fmt.Errorf("%s is malformed", tokenFile)
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, "", ErrNoServer
	}
	return conn, token, nil
}
