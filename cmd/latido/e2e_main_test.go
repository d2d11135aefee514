package main_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// The tests in the e2e_ files start the real program and use it as people do:
// over HTTP and in a real Chromium. Whatever a page writes to the console as a
// warning or an error fails its test, see tab.

var shots = flag.String("shots", "", "folder to save a picture of every page in every state to")

// atOnce is how many of these tests run at once. They mostly wait, for things
// that come every 5 s, so two cores bear three; each drives a server and a
// renderer, so with many more none would meet its deadline.
const atOnce = "3"

// scratch is where the programs and the browser's profile lie.
var scratch string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	var err error
	if scratch, err = os.MkdirTemp("", "latido-e2e-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(scratch)
	defer stopBrowser()
	if err := flag.Set("test.parallel", atOnce); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// program is the one under test, built once.
var program = sync.OnceValues(func() (string, error) {
	args := []string{"build", "-o", filepath.Join(scratch, "latido")}
	if raced {
		args = append(args, "-race")
	}
	return filepath.Join(scratch, "latido"), goTool(nil, append(args, ".")...)
})

// release is the program as make build makes it, for what is measured.
var release = sync.OnceValues(func() (string, error) {
	path := filepath.Join(scratch, "latido-release")
	return path, goTool([]string{"CGO_ENABLED=0"}, "build", "-trimpath", "-ldflags", "-s -w", "-o", path, ".")
})

func goTool(env []string, args ...string) error {
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go %v: %w\n%s", args, err, out)
	}
	return nil
}

// built returns the path of a program, or ends the test.
func built(t testing.TB, build func() (string, error)) string {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// chromium is the one browser of the tests; each test has a context of its own
// in it, with its own cookies. stopChromium ends it, once it has been started.
var (
	chromium     = sync.OnceValues(startBrowser)
	stopChromium context.CancelFunc
)

func startBrowser() (context.Context, error) {
	path, err := findBrowser()
	if err != nil {
		return nil, err
	}
	all, stopAll := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.NoSandbox, // CI runs as root, and Chromium refuses its sandbox to root
		chromedp.DisableGPU,
		chromedp.UserDataDir(filepath.Join(scratch, "profile")),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		// Processes cost the browser most: a spare one for the next page, and one
		// in each window for what its address bar shows. No test is about either.
		chromedp.Flag("disable-features", "Translate,BlinkGenPropertyTrees,SpareRendererForSitePerProcess,"+
			"WebUIOmniboxPopup,WebUIOmniboxFullPopup,WebUIOmniboxAimPopup"),
		// Drawn by the processor, the pulse of each heartbeat is 50 pictures.
		chromedp.Flag("force-prefers-reduced-motion", true),
		chromedp.WindowSize(1280, 900),
	)...)
	ctx, stop := chromedp.NewContext(all)
	stopChromium = func() {
		if err := chromedp.Cancel(ctx); err != nil {
			fmt.Fprintln(os.Stderr, "ending the browser:", err)
		}
		stop()
		stopAll()
	}
	if err := chromedp.Do(ctx); err != nil {
		return nil, fmt.Errorf("start %s: %w", path, err)
	}
	return ctx, nil
}

func stopBrowser() {
	if stopChromium != nil {
		stopChromium()
	}
}

// findBrowser looks for the browsers that .ci/browser looks for. That script
// installs one, or says what to type where it may not.
func findBrowser() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("the browser tests need Chromium. Type: make browser")
}
