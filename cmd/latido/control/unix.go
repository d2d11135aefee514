//go:build unix

package control

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
)

// maxSocketPath is how many bytes a socket's path may have on every system: the
// kernel keeps it in 104 or 108 bytes, with a zero at its end.
const maxSocketPath = 103

// Listen makes the socket in a data folder. It is made in a folder that no other account
// may enter and moved from there when its mode is right, so that it is at no time open
// to others, and takes the place of one that was left.
func Listen(data string) (_ *Listener, err error) {
	fresh, err := os.MkdirTemp(data, ".control-*")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(fresh)) }()
	path, done, err := socketPath(fresh)
	if err != nil {
		return nil, err
	}
	defer done()
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, err
	}
	listener.SetUnlinkOnClose(false) // its path is another one by then
	made, socket := filepath.Join(fresh, SocketName), filepath.Join(data, SocketName)
	err = os.Chmod(made, 0o600)
	if err == nil {
		err = os.Rename(made, socket)
	}
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	return &Listener{Listener: listener, path: socket}, nil
}

// dial connects to the server that runs on a data folder.
func dial(ctx context.Context, data string) (_ net.Conn, token string, err error) {
	path, done, err := socketPath(data)
	if err != nil {
		return nil, "", err
	}
	defer done()
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", path)
	return conn, "", err
}

// socketPath is a path to the socket in a folder that the kernel takes, until
// done is called. On Linux a path that is too long goes through an open folder.
func socketPath(dir string) (path string, done func(), err error) {
	path = filepath.Join(dir, SocketName)
	if len(path) <= maxSocketPath {
		return path, func() {}, nil
	}
	if runtime.GOOS != "linux" {
		return "", nil, fmt.Errorf("the path %s has %d bytes, a socket's may have %d: choose a data folder with a shorter name", path, len(path), maxSocketPath)
	}
	folder, err := os.Open(dir)
	if err != nil {
		return "", nil, err
	}
	return fmt.Sprintf("/proc/self/fd/%d/%s", folder.Fd(), SocketName), func() { folder.Close() }, nil
}
