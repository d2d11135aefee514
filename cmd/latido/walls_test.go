package main_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A packageRule is what a package may import: nothing else, but for the standard
// packages named in harmless.
type packageRule struct {
	ours []string // packages of this module
	std  []string // standard packages that are not harmless
	libs []string // packages of other modules; one that ends in "/..." names all below it
	// apart are packages that may not be reached through any import, however far.
	apart []string
	why   string
}

// harmless are standard packages that any package may import: they reach no network,
// no other process and no file. One that ends in "/..." names all below it.
var harmless = []string{
	"bufio", "bytes", "cmp", "compress/...", "container/...", "context", "crypto/...", "encoding/...", "errors", "fmt",
	"hash/...", "io", "iter", "log/slog", "maps", "math/...", "regexp/...", "runtime/...", "slices", "sort", "strconv",
	"strings", "sync/...", "time", "unicode/...", "unsafe", "reflect", "embed",
}

var (
	noHTTP = []string{"net/http", "net/http/httptest", "net/http/httputil"}
	engine = []string{"github.com/nats-io/nats.go/...", "github.com/nats-io/nats-server/v2/...", "github.com/synadia-io/orbit.go/jetstreamext"}
	files  = []string{"io/fs", "os", "path/filepath", "syscall"}
	gin    = "github.com/gin-gonic/gin"
	templ  = "github.com/a-h/templ/..."
)

// packageRules is the structure: a package without a row fails, and so does a row
// without a package. A row says why its package may do what others may not.
var packageRules = map[string]packageRule{
	"hub":                                  {apart: noHTTP, why: "it moves events under any transport, and knows no store"},
	"hub/conflate":                         {ours: []string{"hub"}, apart: noHTTP, why: "it chooses among events, and knows no stream"},
	"hub/journal":                          {ours: []string{"hub", "hub/journal/engine", "hub/journal/fsync"}, libs: engine, why: "it stores events in JetStream"},
	"hub/journal/engine":                   {ours: []string{"hub", "hub/journal/fsync"}, std: append([]string{"net/url"}, files...), libs: append([]string{"github.com/gofrs/flock", "golang.org/x/sys/..."}, engine...), why: "it runs or reaches NATS, and owns the folder"},
	"hub/journal/engine/natstest":          {ours: []string{"hub/journal/engine"}, std: append([]string{"net", "net/url", "testing"}, files...), libs: engine, why: "servers for tests"},
	"hub/journal/engine/natstest/fakenats": {std: []string{"testing"}, libs: engine, why: "JetStream as a test wants it, also for the engine's own tests"},
	"hub/journal/fsync":                    {std: files, libs: []string{"golang.org/x/sys/..."}, apart: noHTTP, why: "it syncs files, and knows no NATS"},
	"hub/kv":                               {libs: engine, why: "records are in JetStream buckets"},
	"hub/cluster":                          {ours: []string{"hub", "hub/journal/engine", "hub/kv"}, libs: engine, why: "nodes find each other through NATS"},
	"hub/backup":                           {ours: []string{"hub", "hub/journal", "hub/journal/engine", "hub/journal/fsync", "hub/kv"}, std: append([]string{"archive/tar"}, files...), libs: append([]string{"github.com/klauspost/compress/s2", "golang.org/x/sys/..."}, engine...), why: "it copies what is stored to a file"},
	"hub/hubtest":                          {ours: []string{"hub", "hub/kv"}, std: []string{"testing"}, why: "tests of any package use it"},
	"hub/hubtest/eventsource":              {apart: noHTTP, why: "one client for all tests, over whatever connection they have"},

	"streams":       {ours: []string{"hub", "streams/event"}, std: []string{"net", "os", "io/fs", "path/filepath", "syscall"}, libs: []string{"github.com/shirou/gopsutil/v3/...", "golang.org/x/sys/..."}, apart: noHTTP, why: "it reads the machine and writes exports"},
	"streams/task":  {ours: []string{"hub", "streams", "streams/event"}, std: files, apart: noHTTP, why: "it runs jobs and writes their files"},
	"streams/demo":  {ours: []string{"hub", "streams", "streams/event"}, apart: noHTTP, why: "it makes events up"},
	"streams/event": {ours: []string{"hub"}, apart: noHTTP, why: "payloads are plain data"},
	"streams/card":  {ours: []string{"hub", "streams/event"}, apart: noHTTP, why: "a fold does no I/O"},
	"streams/board": {ours: []string{"hub", "streams/card"}, apart: noHTTP, why: "it draws with what it is given"},

	"handlers/access":      {ours: []string{"hub", "hub/kv", "handlers/limits"}, std: []string{"net", "net/http", "net/netip", "net/url", "os"}, libs: []string{"github.com/go-jose/go-jose/v4/...", "golang.org/x/crypto/...", "github.com/hashicorp/golang-lru/v2/..."}, why: "it identifies HTTP requests"},
	"handlers/limits":      {ours: []string{"hub"}, libs: []string{"golang.org/x/time/rate", "github.com/hashicorp/golang-lru/v2/..."}, apart: noHTTP, why: "it counts, whatever asks"},
	"handlers/sse":         {ours: []string{"hub", "hub/conflate"}, std: []string{"net", "net/http", "net/netip", "os", "syscall"}, libs: []string{"golang.org/x/sys/..."}, why: "it writes HTTP responses"},
	"handlers/sse/conn":    {ours: []string{"hub", "hub/conflate", "handlers/sse"}, std: []string{"net", "net/http", "os"}, why: "a transport"},
	"handlers/sse/epoll":   {ours: []string{"hub", "handlers/sse", "handlers/sse/conn"}, std: []string{"net", "net/http", "net/netip", "os", "syscall"}, libs: []string{"golang.org/x/sys/..."}, why: "a transport"},
	"handlers/sse/ssetest": {ours: []string{"hub", "hub/hubtest", "hub/hubtest/eventsource", "handlers/sse", "handlers/sse/conn", "handlers/sse/epoll"}, std: []string{"net", "net/http", "net/http/httptest", "net/textproto", "os", "testing"}, why: "tests of streams use it"},
	"handlers/web":         {ours: []string{"hub", "hub/cluster", "hub/conflate", "hub/kv", "handlers/access", "handlers/limits", "handlers/sse"}, std: []string{"mime", "net", "net/http", "net/netip", "net/url", "os", "path"}, libs: []string{gin, "golang.org/x/time/rate"}, why: "the kernel of HTTP"},
	"handlers/api":         {ours: []string{"hub", "hub/conflate", "streams/event", "handlers/access", "handlers/sse", "handlers/web"}, std: []string{"net/http", "net/url"}, libs: []string{gin}, why: "JSON over HTTP"},
	"handlers/pages":       {ours: []string{"hub", "hub/cluster", "streams/board", "streams/card", "streams/event", "handlers/access", "handlers/sse", "handlers/web", "views", "assets"}, std: []string{"net/http", "net/url", "mime", "path"}, libs: []string{gin, templ}, why: "HTML over HTTP"},
	"handlers/manage":      {ours: []string{"hub", "handlers/access", "handlers/limits", "handlers/web", "views"}, std: []string{"net/http", "net/url"}, libs: []string{gin, templ}, why: "HTML over HTTP"},
	"handlers":             {ours: []string{"hub", "streams/board", "handlers/access", "handlers/sse", "handlers/web", "handlers/api", "handlers/pages", "handlers/manage"}, std: []string{"net/http"}, why: "it composes the packages below it"},

	"views":  {ours: []string{"streams/board", "streams/card", "streams/event", "hub", "handlers/access", "assets"}, std: []string{"net/http", "net/url"}, libs: []string{templ, "golang.org/x/text/...", "github.com/pelletier/go-toml/v2/...", "github.com/yuin/goldmark/..."}, why: "status texts and links; it handles no request"},
	"assets": {std: []string{"io/fs", "mime", "path", "path/filepath"}, apart: noHTTP, why: "embedded files"},

	"cmd/latido": {
		ours: []string{"cmd/latido/control", "hub", "hub/backup", "hub/cluster", "hub/journal", "hub/journal/engine", "hub/kv", "streams", "streams/demo", "streams/board", "streams/card", "streams/event", "streams/task", "handlers", "handlers/access", "handlers/api", "handlers/limits", "handlers/pages", "handlers/sse", "handlers/sse/conn", "handlers/sse/epoll", "handlers/web", "views"},
		std:  []string{"crypto/tls", "net", "net/http", "net/netip", "net/url", "os", "os/signal", "path/filepath", "io/fs", "syscall", "log", "text/tabwriter"},
		libs: []string{"github.com/alecthomas/kong", "github.com/dustin/go-humanize", "golang.org/x/term", "golang.org/x/sys/..."}, why: "it wires everything",
	},
	"cmd/latido/control": {std: []string{"net", "net/http", "os", "io/fs", "path/filepath", "syscall"}, why: "the way from a command to a server, whatever they say"},

	"cmd/bench":  {std: []string{"flag", "io/fs", "net", "net/netip", "net/http", "net/url", "os", "os/exec", "os/signal", "syscall", "path/filepath", "log"}, libs: []string{"github.com/alecthomas/kong", "github.com/HdrHistogram/hdrhistogram-go", "golang.org/x/sys/...", "golang.org/x/sync/...", "golang.org/x/term"}, why: "a load from outside: it knows nothing of ours"},
	"cmd/faults": {ours: []string{"hub", "hub/hubtest", "hub/hubtest/eventsource"}, std: []string{"flag", "net", "net/http", "net/url", "os", "os/exec", "os/signal", "io/fs", "path/filepath", "syscall", "testing"}, libs: []string{"golang.org/x/sys/...", "golang.org/x/sync/..."}, why: "it judges the program by what its clients see"},
}

// topLevel is everything that may stand at the top, beside dotfiles.
var topLevel = []string{"cmd", "handlers", "views", "hub", "streams", "assets", "go.mod", "go.sum",
	"Makefile", "README.md", "LICENSE", "CHANGELOG.md", "Dockerfile"}

const root = "../.."

func TestTopLevelStaysAsDesigned(t *testing.T) {
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		ignored := e.Name() == "bin" || e.Name() == "data" // see .gitignore
		if !strings.HasPrefix(e.Name(), ".") && !ignored && !slices.Contains(topLevel, e.Name()) {
			t.Errorf("%s stands at the top level, which has no such entry", e.Name())
		}
	}
}

// listed is what go list says of a package.
type listed struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

func list(t *testing.T) (all []listed) {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps=false", "-json=ImportPath,Imports,Deps", "./...")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var one listed
		if err := d.Decode(&one); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
}

// TestPackagesImportWhatTheyMay holds that the imports of what ships are those of
// the table. Tests may import more.
func TestPackagesImportWhatTheyMay(t *testing.T) {
	seen := map[string]bool{}
	for _, one := range list(t) {
		name := strings.TrimPrefix(one.ImportPath, "latido/")
		seen[name] = true
		rule, known := packageRules[name]
		if !known {
			t.Errorf("package %s has no row in packageRules: say what it may import, and why", name)
			continue
		}
		for _, path := range one.Imports {
			if why := rule.refuses(path); why != "" {
				t.Errorf("package %s (%s) imports %s: %s", name, rule.why, path, why)
			}
		}
		for _, path := range rule.apart {
			if slices.Contains(one.Deps, path) {
				t.Errorf("package %s (%s) reaches %s", name, rule.why, path)
			}
		}
	}
	for name := range packageRules {
		if !seen[name] {
			t.Errorf("there is no package %s", name)
		}
	}
}

// refuses says why an import is not allowed, "" for one that is.
func (r packageRule) refuses(path string) string {
	if ours, ok := strings.CutPrefix(path, "latido/"); ok {
		if !slices.Contains(r.ours, ours) {
			return "of this module it may import " + strings.Join(r.ours, ", ")
		}
		return ""
	}
	if first, _, _ := strings.Cut(path, "/"); strings.Contains(first, ".") {
		if !within(path, r.libs) {
			return "this library is not one of its own"
		}
		return ""
	}
	if !within(path, harmless) && !slices.Contains(r.std, path) {
		return "this standard package is not granted to it"
	}
	return ""
}

func within(path string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		below, all := strings.CutSuffix(p, "/...")
		return path == below || all && strings.HasPrefix(path, below+"/")
	})
}

// TestWallsStand holds that the table refuses what reviewers got past the one
// before it.
func TestWallsStand(t *testing.T) {
	for _, c := range []struct{ name, path string }{
		{"hub", "net/http/httputil"}, {"hub", "database/sql"}, {"hub", "latido/streams"}, {"streams/event", "net"},
		{"cmd/latido", "github.com/gin-gonic/gin"}, {"cmd/latido", "github.com/nats-io/nats.go"}, {"handlers", "github.com/gin-gonic/gin"},
		{"views", "github.com/gin-gonic/gin"}, {"views", "latido/hub/kv"}, {"handlers/api", "latido/handlers/pages"},
	} {
		if packageRules[c.name].refuses(c.path) == "" {
			t.Errorf("%s may import %s", c.name, c.path)
		}
	}
}

func TestEveryPackageHasItsContract(t *testing.T) {
	for name := range packageRules {
		if _, err := os.Stat(filepath.Join(root, name, "doc.go")); err != nil {
			t.Errorf("package %s has no doc.go: %v", name, err)
		}
	}
}
