//go:build !unix

package main

import (
	"context"
	"errors"
	"net"
)

var errNoSockets = errors.New("this system is not one of the Unix family: stop the server to back up its folder")

func listenControl(string) (net.Listener, func() error, error) { return nil, nil, errNoSockets }

func dialControl(context.Context, string) (net.Conn, error) { return nil, errNoSockets }
