package main_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// wall is what a room may not import, and why.
type wall struct {
	never []string // import paths, or their beginnings when they end in "/"
	why   string
}

var (
	noHTTP  = wall{[]string{"net/http"}, "it must work under any transport"}
	noGin   = wall{[]string{"github.com/gin-gonic/"}, "gin stays behind the handlers' door"}
	noTempl = wall{[]string{"github.com/a-h/templ"}, "only views make HTML, only handlers send it"}
	noNATS  = wall{[]string{"github.com/nats-io/"}, "the journal alone knows what stores the events"}
	noWorld = []wall{noHTTP, noGin, noTempl, noNATS}
)

// rooms are the house: what each may import of ours, and its walls.
var rooms = map[string]struct {
	may   []string
	walls []wall
}{
	"hub":             {nil, noWorld},
	"hub/journal":     {[]string{"hub"}, []wall{noHTTP, noGin, noTempl}},
	"hub/hubtest":     {[]string{"hub"}, noWorld},
	"streams":         {[]string{"hub", "streams/event"}, noWorld},
	"streams/event":   {[]string{"hub"}, noWorld},
	"streams/task":    {[]string{"hub", "streams/event"}, noWorld},
	"streams/demo":    {[]string{"hub", "streams", "streams/event"}, noWorld},
	"handlers/sse":    {[]string{"hub"}, []wall{noGin, noTempl, noNATS}},
	"handlers/limits": {[]string{"hub"}, noWorld},
	"handlers/access": {[]string{"hub", "handlers/limits"}, []wall{noGin, noTempl, noNATS}},
	"handlers":        {[]string{"hub", "streams/event", "handlers/access", "handlers/limits", "handlers/sse", "views", "assets"}, []wall{noNATS}},
	"views":           {[]string{"assets"}, []wall{noGin, noNATS}},
	"assets":          {nil, noWorld},
	"cmd/latido":      {[]string{"hub", "hub/journal", "streams", "streams/demo", "streams/task", "handlers", "handlers/access", "handlers/limits", "handlers/sse", "views", "assets", "cmd/latido/load"}, nil},
	"cmd/latido/load": {nil, []wall{noGin, noTempl, noNATS}},
	// It judges the program by what its clients see: it knows ids, topics and the
	// judge, and no way in that a client has not.
	"cmd/latido/faults": {[]string{"hub", "hub/hubtest"}, []wall{noGin, noTempl, noNATS}},
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
			t.Errorf("%s stands at the top level; the house has no such room", e.Name())
		}
	}
}

func TestRoomsKeepTheirWalls(t *testing.T) {
	seen := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "data" || d.Name() == "bin") {
			return filepath.SkipDir
		}
		// Tests may look over walls; what ships may not.
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		room, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		seen[room] = true
		checkFile(t, filepath.ToSlash(room), path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for room := range rooms {
		if !seen[room] {
			t.Errorf("the room %s has no code: take it off the plan, or build it", room)
		}
	}
}

func checkFile(t *testing.T, room, path string) {
	t.Helper()
	plan, known := rooms[room]
	if !known {
		t.Errorf("%s: the plan has no room %s", path, room)
		return
	}
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		if ours, ok := strings.CutPrefix(imported, "latido/"); ok && !slices.Contains(plan.may, ours) {
			t.Errorf("%s imports %s: %s may import only %v of ours", path, imported, room, plan.may)
		}
		for _, w := range plan.walls {
			for _, never := range w.never {
				if imported == never || strings.HasSuffix(never, "/") && strings.HasPrefix(imported, never) ||
					strings.HasPrefix(imported, never+"/") && never != "net/http" {
					t.Errorf("%s imports %s: %s", path, imported, w.why)
				}
			}
		}
	}
}

func TestEveryRoomHasItsContract(t *testing.T) {
	for room := range rooms {
		if _, err := os.Stat(filepath.Join(root, room, "doc.go")); err != nil {
			t.Errorf("%s has no doc.go: %v", room, err)
		}
	}
}
