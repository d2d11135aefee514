package faults

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

var seed = flag.Uint64("seed", 0, "seed of the random choices; 0 picks one")

// The tests, one for each fault of the catalogue. Each has its scenarios as
// subtests; one with 0 quick runs is in the long set only.

func TestF1(t *testing.T) {
	t.Run("publishing", scenario{name: "F1", about: "kill -9 while eight posters publish", quick: 1, long: 40, short: true, run: killWhilePublishing}.test)
	t.Run("100MB", scenario{name: "F1/100MB", about: "kill -9 with 100 MB stored", long: 1, run: killWith(100e6, time.Second)}.test)
	t.Run("1GB", scenario{name: "F1/1GB", about: "kill -9 with 1 GB stored", long: 1, run: killWith(1e9, 5*time.Second)}.test)
}

func TestF2(t *testing.T) {
	scenario{name: "F2", about: "power cut, --durability safe", long: 20, needs: canMount, run: powerCutSafe}.test(t)
}

func TestF3(t *testing.T) {
	scenario{name: "F3", about: "power cut, --durability fast", long: 20, needs: canMount, run: powerCutFast}.test(t)
}

func TestF5(t *testing.T) {
	scenario{name: "F5", about: "the disk is full", quick: 1, long: 3, short: true, needs: canMount, run: fullDisk}.test(t)
}

func TestF6(t *testing.T) {
	t.Run("read-only", scenario{name: "F6", about: "a folder that may only be read", quick: 1, long: 1, short: true, needs: canForbid, run: readOnlyFolder}.test)
	t.Run("twice", scenario{name: "F6/twice", about: "a second process on the folder", quick: 1, long: 1, short: true, run: secondProcess}.test)
}

func TestF9(t *testing.T) {
	t.Run("kill", scenario{name: "F9/kill", about: "one of three NATS servers is killed, then another", quick: 1, long: 10, run: loseServer(killServer, (*servers).start)}.test)
	t.Run("stop", scenario{name: "F9/stop", about: "one of three NATS servers is stopped, then another", long: 10, needs: canStop, run: loseServer((*servers).freeze, (*servers).thaw)}.test)
}

func TestF11(t *testing.T) {
	scenario{name: "F11", about: "1,000 resumes at another node", quick: 1, long: 5, run: hopping}.test(t)
}

func TestF12(t *testing.T) {
	scenario{name: "F12", about: "the one NATS server is away", quick: 1, long: 3, run: serverAway}.test(t)
}

func TestT2(t *testing.T) {
	scenario{name: "T2", about: "ids after which a stream cannot resume", quick: 1, long: 1, short: true, run: oddIDs}.test(t)
}

func TestS5(t *testing.T) {
	scenario{name: "S5", about: "10,000 readers, and the server killed", long: 1, run: stampede}.test(t)
}

func TestA8(t *testing.T) {
	scenario{name: "A8", about: "one sender to a million channels", long: 1, run: flood}.test(t)
}

// scratch is the folder of the programs under test.
var scratch string

// interrupted ends with the first SIGINT or SIGTERM, so that a run gives back its
// processes and mounts.
var interrupted context.Context

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	var stop func()
	interrupted, stop = signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(interrupted, stop) // a second signal ends the process at once
	if *seed == 0 {
		*seed = rand.Uint64()
	}
	var err error
	if scratch, err = os.MkdirTemp("", "latido-faults-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(scratch)
	status := m.Run()
	if list := results.all(); len(list) > 0 {
		if err := writeTable(os.Stdout, list, *seed); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return status
}

// latidoProgram is the program under test, built once.
var latidoProgram = sync.OnceValues(func() (string, error) {
	if raced {
		return build("latido", "-race", "../latido")
	}
	return build("latido", "../latido")
})

// natsProgram is the nats-server of this module, built once, without the race
// detector: it is not under test.
var natsProgram = sync.OnceValues(func() (string, error) {
	return build("nats-server", "github.com/nats-io/nats-server/v2")
})

// build builds a program and returns its path.
func build(name string, args ...string) (string, error) {
	path := filepath.Join(scratch, name)
	if out, err := exec.Command("go", append([]string{"build", "-o", path}, args...)...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", name, err, out)
	}
	return path, nil
}
