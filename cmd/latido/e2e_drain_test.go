package main_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// The drain time of these tests. A thousand streams fill nine tenths of it.
const drainTime = 4 * time.Second

// What all clients of a stopped server do, they must not do in the same second.
func TestSigtermSpreadsTheEndsOfStreams(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args    []string
		streams int
	}{
		"taken over": {nil, 1000},
		"ordinary":   {[]string{inGoroutines}, 400},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, setup{args: append(c.args, "--drain", drainTime.String())})
			streams := make([]*wire, c.streams)
			for i := range streams {
				streams[i] = s.client.wire("/sse/events?channel=drenaje")
				streams[i].next("connected")
			}
			var posts []slowPost // their events come while streams end
			for i := range 8 {
				posts = append(posts, beginPost(t, s, "drenaje", fmt.Sprint("durante ", i)))
			}
			endings := make([]ending, len(streams))
			var going sync.WaitGroup
			for i, one := range streams {
				going.Go(func() { endings[i] = one.end() })
			}
			going.Go(func() {
				every := time.NewTicker(drainTime / 16)
				defer every.Stop()
				for _, p := range posts {
					<-every.C
					if _, err := p.end(); err != nil {
						t.Errorf("a POST that the server had begun to read: %v", err)
					}
				}
			})
			begun := time.Now()
			took := s.stop()
			going.Wait()
			if took > drainTime+5*time.Second {
				t.Errorf("the program ended %v after SIGTERM, %v are allowed", took, drainTime+5*time.Second)
			}
			checkSpread(t, begun, endings)
			t.Logf("the program ended %v after SIGTERM", took)
		})
	}
}

// checkSpread wants whole streams whose ends are spread over the drain time: no
// second has more than twice its share.
func checkSpread(t *testing.T, begun time.Time, endings []ending) {
	t.Helper()
	seconds := map[time.Duration]int{}
	for i, e := range endings {
		e.check(t, i)
		seconds[e.at.Sub(begun).Truncate(time.Second)]++
	}
	share := float64(len(endings)) / drainTime.Seconds()
	for at, n := range seconds {
		if float64(n) > 2*share {
			t.Errorf("%d of %d streams ended in the second that began after %v; %.0f would be its share", n, len(endings), at, share)
		}
	}
	t.Logf("streams ended by second: %v", seconds)
}

func TestSigtermFinishesPostsInFlight(t *testing.T) {
	t.Parallel()
	s := start(t, asRun())
	listener := s.client.wire("/sse/events?channel=vuelo")
	listener.next("connected")
	posts := make([]slowPost, 8)
	for i := range posts {
		posts[i] = beginPost(t, s, "vuelo", fmt.Sprint("en vuelo ", i))
	}
	ended := s.drains()
	var ids []string
	for _, p := range posts {
		id, err := p.end()
		if err != nil {
			t.Errorf("a POST that the server had begun to read: %v", err)
		}
		ids = append(ids, id)
	}
	receive(t, "the end", ended)
	listener.end().check(t, "of a listener")

	again := start(t, setup{dir: s.dir})
	var stored []string
	for _, e := range again.client.history("vuelo", "") {
		stored = append(stored, e.ID)
	}
	if !slices.Equal(stored, ids) {
		t.Errorf("after a restart the journal holds %v, acknowledged were %v", stored, ids)
	}
}

// drains asks the program to end and waits until it accepts no connection. The channel
// receives how long its end took.
func (s *server) drains() <-chan time.Duration {
	s.Helper()
	ended := make(chan time.Duration, 1)
	go func() { ended <- s.stop() }()
	eventually(s, "a server that accepts nothing new", func() bool {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
	return ended
}

// slowPost is a POST of which the server has read the head and half the body.
type slowPost struct {
	conn      net.Conn
	responses *bufio.Reader
	unsent    string
}

// beginPost sends the first half of a broadcast, with a header of a name and a value
// if any. That the server asks for the body is the sign that the request is in flight.
func beginPost(t testing.TB, s *server, channel, text string, header ...string) slowPost {
	t.Helper()
	body, err := json.Marshal(fields{"text": text})
	if err != nil {
		t.Fatal(err)
	}
	conn := dial(t, s)
	p := slowPost{conn, bufio.NewReader(conn), string(body[len(body)/2:])}
	more := ""
	if len(header) == 2 {
		more = header[0] + ": " + header[1] + "\r\n"
	}
	say(t, conn, fmt.Sprintf("POST /sse/broadcast/%s HTTP/1.1\r\nHost: latido\r\n%sExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", channel, more, len(body)))
	if a, err := http.ReadResponse(p.responses, nil); err != nil || a.StatusCode != http.StatusContinue {
		t.Fatalf("the server does not ask for the body: %v, %v", a, err)
	}
	say(t, conn, string(body[:len(body)/2]))
	return p
}

// end sends the other half and returns the event's id.
func (p slowPost) end() (id string, err error) {
	if _, err := fmt.Fprint(p.conn, p.unsent); err != nil {
		return "", err
	}
	a, err := http.ReadResponse(p.responses, nil)
	if err != nil {
		return "", err
	}
	defer a.Body.Close()
	var sent struct{ ID string }
	err = json.NewDecoder(a.Body).Decode(&sent)
	if a.StatusCode != http.StatusOK || sent.ID == "" {
		err = errors.Join(fmt.Errorf("the response is %s", a.Status), err)
	}
	return sent.ID, err
}
