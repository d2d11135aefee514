package epoll_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"golang.org/x/sys/unix"

	"latido/handlers/sse"
	"latido/handlers/sse/epoll"
	"latido/handlers/sse/ssetest"
	"latido/hub"
)

func TestTakenOverStreamsCostNoGoroutine(t *testing.T) {
	s := ssetest.New(t, sse.Options{}, hub.Retention{}, sse.Kind{Gap: ssetest.Gap})
	s.Dial("channel=a") // starts the shards
	before := runtime.NumGoroutine()
	const n = 300
	for range n {
		s.Dial("channel=a")
	}
	ssetest.Eventually(t, "all are taken over", func() bool { return s.Server.Stats().TakenOver == n+1 })
	ssetest.Eventually(t, "their goroutines have ended", func() bool { return runtime.NumGoroutine() <= before })
}

// TestAskingAShardNeverWaits: the caller may hold the hub's lock, and a shard that
// its timer has woken may want that lock before it listens again.
func TestAskingAShardNeverWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := make(chan struct{})
		go func() {
			epoll.AskAgain()
			close(asked)
		}()
		synctest.Wait()
		select {
		case <-asked:
		default:
			t.Fatal("it waits")
		}
	})
}

// TestTakenOverChurn opens and ends streams in every way there is while events
// come, and while other descriptors of the process are opened and closed: a
// write to a number after its close would land in one of those.
func TestTakenOverChurn(t *testing.T) {
	s := ssetest.New(t, sse.Options{}, hub.Retention{}, sse.Kind{Gap: ssetest.Gap})
	stop := make(chan struct{})
	var work, clients sync.WaitGroup
	work.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			default:
				s.Publish("a", fmt.Sprintf(`{"n":%d}`, n))
			}
		}
	})
	for range 2 {
		work.Go(func() { bystander(t, stop) })
	}
	for worker := range 8 {
		clients.Go(func() {
			rnd := rand.New(rand.NewPCG(1, uint64(worker)))
			for range 100 {
				if err := passBy(s, rnd); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	clients.Wait()
	close(stop)
	work.Wait()
	s.Close()
}

// passBy opens a stream, reads a little, and leaves.
func passBy(s *ssetest.Site, rnd *rand.Rand) error {
	query := "channel=a"
	if rnd.IntN(3) == 0 {
		query += fmt.Sprintf("&key=%d", rnd.IntN(4))
	}
	c, err := s.TryDial(query)
	if err != nil {
		return err
	}
	defer c.Close()
	if rnd.IntN(2) == 0 {
		// A stream that another one replaces may end before that.
		if _, err := c.R.ReadSlice('\n'); err != nil && err != io.EOF {
			return err
		}
	}
	switch rnd.IntN(4) {
	case 0:
		return c.SetLinger(0)
	case 1:
		_, _ = io.WriteString(c, "more") // a replaced stream takes no more, which is right
	case 2:
		_ = c.CloseWrite()
	}
	return nil
}

// bystander opens pairs of sockets, on which nobody writes, and closes them.
func bystander(t *testing.T, stop <-chan struct{}) {
	for {
		var pairs [16][2]int
		for i := range pairs {
			p, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
			if err != nil {
				t.Error(err)
				return
			}
			pairs[i] = p
		}
		runtime.Gosched()
		for _, p := range pairs {
			for _, fd := range p {
				var b [256]byte
				if n, err := unix.Read(fd, b[:]); err != unix.EAGAIN {
					t.Errorf("a descriptor that was never written to had %q, %v", b[:max(n, 0)], err)
				}
			}
			for _, fd := range p {
				if err := unix.Close(fd); err != nil {
					t.Errorf("somebody else has closed a descriptor: %v", err)
				}
			}
		}
		select {
		case <-stop:
			return
		default:
		}
	}
}

// TestNewerStreamIsTheOneThatBeganLater: a client that has read the first bytes
// of a stream, and then opens it again, keeps the second one, even if the
// goroutine that wrote those bytes comes no further meanwhile.
func TestNewerStreamIsTheOneThatBeganLater(t *testing.T) {
	written, goOn := make(chan struct{}), make(chan struct{})
	var writes atomic.Int32
	s := ssetest.New(t, sse.Options{}, hub.Retention{}, sse.Kind{}, epoll.AfterSend(func() {
		if writes.Add(1) == 1 {
			close(written)
			<-goOn
		}
	}))
	older := s.Dial("channel=a&key=view")
	<-written
	newer := s.Dial("channel=a&key=view")
	ssetest.Eventually(t, "the newer stream is a writer's", func() bool { return s.Server.Stats().TakenOver == 1 })
	close(goOn)
	if _, err := io.ReadAll(older.R); err != nil {
		t.Errorf("the older stream's end: %v", err)
	}
	s.Publish("a", `{"n":1}`)
	ssetest.Block(t, newer.Events) // preamble
	if got := ssetest.Block(t, newer.Events).Data; !strings.Contains(got, `{"n":1}`) {
		t.Errorf("the newer stream got %q", got)
	}
}
