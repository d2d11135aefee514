package assets

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"
)

// Prefix begins the path of every asset.
const Prefix = "/assets/"

// The names Path knows.
const (
	CSS     = "app.css"
	HTMX    = "htmx.js"
	HTMXSSE = "hx-sse.js"
	Favicon = "favicon.svg"
)

//go:embed css/*.css img/favicon.svg htmx/htmx.min.js htmx/hx-sse.min.js
var files embed.FS

// An asset is one file as it is served.
type asset struct {
	path        string
	contentType string
	content     []byte
}

// A table finds assets by the name the pages use and by the path they are
// served under.
type table struct {
	byName, byPath map[string]asset
}

var assets = sync.OnceValue(func() table {
	t := table{byName: map[string]asset{}, byPath: map[string]asset{}}
	t.add(CSS, "text/css; charset=utf-8", styles())
	t.add(HTMX, "text/javascript; charset=utf-8", read("htmx/htmx.min.js"))
	t.add(HTMXSSE, "text/javascript; charset=utf-8", read("htmx/hx-sse.min.js"))
	t.add(Favicon, "image/svg+xml", read("img/favicon.svg"))
	return t
})

func (t table) add(name, contentType string, content []byte) {
	sum := sha256.Sum256(content)
	ext := path.Ext(name)
	// 12 hex digits: 48 bits, so two versions of one file never share a name.
	hashed := Prefix + strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + ext
	a := asset{path: hashed, contentType: contentType, content: content}
	t.byName[name], t.byPath[hashed] = a, a
}

// styles joins the style sheets in the order of their names, which is the order
// of the cascade.
func styles() []byte {
	names, err := fs.Glob(files, "css/*.css")
	if err != nil {
		panic(fmt.Sprintf("assets: a constant pattern is bad: %v", err))
	}
	var all bytes.Buffer
	for _, name := range names {
		all.Write(read(name))
	}
	return all.Bytes()
}

func read(name string) []byte {
	content, err := files.ReadFile(name)
	if err != nil {
		panic(fmt.Sprintf("assets: embedded at build, so it must be here: %v", err))
	}
	return content
}

// Path gives the path under which the named file is served, /assets/NAME.HASH.EXT.
// The names are the constants of this package; any other gives "".
func Path(name string) string {
	return assets().byName[name].path
}

// Lookup gives the file served under path, with its Content-Type. ok is false
// when there is none, also when path carries the hash of another version. The
// content is shared: it must not be written to.
func Lookup(path string) (content []byte, contentType string, ok bool) {
	a, ok := assets().byPath[path]
	return a.content, a.contentType, ok
}
