//go:build !unix

package main

import (
	"context"
	"net"
)

func listenControl(data string) (*controlEnd, error) { return listenLoopback(data) }

func dialControl(ctx context.Context, data string) (net.Conn, string, error) {
	return dialLoopback(ctx, data)
}
