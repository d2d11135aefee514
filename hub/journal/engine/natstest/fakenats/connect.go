package fakenats

import (
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// Connect returns a connection whose requests get the given replies: each key is a subject, and
// its function makes the next reply. The server behind it runs in this process, without
// ports and without JetStream.
func Connect(t testing.TB, replies map[string]func() *nats.Msg) *nats.Conn {
	t.Helper()
	srv, err := server.NewServer(&server.Options{DontListen: true, NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	srv.Start()
	t.Cleanup(func() {
		srv.Shutdown()
		srv.WaitForShutdown()
	})
	connect := func() *nats.Conn {
		conn, err := nats.Connect("", nats.InProcessServer(srv))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(conn.Close)
		return conn
	}
	stage, client := connect(), connect()
	for subject, reply := range replies {
		if _, err := stage.Subscribe(subject, func(m *nats.Msg) {
			if err := m.RespondMsg(reply()); err != nil {
				t.Error(err)
			}
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := stage.Flush(); err != nil {
		t.Fatal(err)
	}
	return client
}
