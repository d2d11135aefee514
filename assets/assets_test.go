package assets_test

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"latido/assets"
)

// The scripts as the package htmx.org 4.0.1 ships them. A line of script that
// is not in this table has no business in Latido.
var scripts = map[string]string{
	"htmx/htmx.min.js":   "Qp9rdC8H7EqOoX+nR0P3RPG2Noji+qdwJlGpfzwQJsfOpp3sGwIdSP9xO3+UlEhn",
	"htmx/hx-sse.min.js": "v8HvucQ+ohQhMg0arboXc5049yNR46QKMjphs7YDch+Wm7zpfK5XVS01f26mQDJV",
}

func TestScriptsAreHtmxUnchanged(t *testing.T) {
	seen := 0
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		switch filepath.Ext(name) {
		case ".js", ".mjs", ".cjs", ".ts", ".wasm":
		default:
			return nil
		}
		want, known := scripts[filepath.ToSlash(name)]
		if !known {
			t.Errorf("%s: a script that is not htmx", name)
			return nil
		}
		seen++
		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		sum := sha512.Sum384(content)
		if got := base64.StdEncoding.EncodeToString(sum[:]); got != want {
			t.Errorf("%s: SHA-384 %s, want %s", name, got, want)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen != len(scripts) {
		t.Errorf("%d scripts found, want %d", seen, len(scripts))
	}
	if _, err := os.Stat("htmx/LICENSE"); err != nil {
		t.Errorf("htmx without its licence: %v", err)
	}
}

func TestPathAndLookup(t *testing.T) {
	types := map[string]string{
		assets.CSS:     "text/css; charset=utf-8",
		assets.HTMX:    "text/javascript; charset=utf-8",
		assets.HTMXSSE: "text/javascript; charset=utf-8",
		assets.Favicon: "image/svg+xml",
	}
	shape := regexp.MustCompile(`^/assets/[a-z-]+\.([0-9a-f]{12})\.(css|js|svg)$`)
	for name, want := range types {
		path := assets.Path(name)
		parts := shape.FindStringSubmatch(path)
		if parts == nil {
			t.Errorf("Path(%q) = %q", name, path)
			continue
		}
		content, contentType, ok := assets.Lookup(path)
		if !ok || len(content) == 0 || contentType != want {
			t.Errorf("Lookup(%q) = %d bytes, %q, %v; want type %q", path, len(content), contentType, ok, want)
		}
		sum := sha256.Sum256(content)
		if got := hex.EncodeToString(sum[:6]); got != parts[1] {
			t.Errorf("%s carries %s, its content's hash is %s", path, parts[1], got)
		}
	}
}

func TestLookupKnowsNothingElse(t *testing.T) {
	for _, path := range []string{
		"", "/", "/assets/", "/assets/app.css", "app.css", "/assets/app.000000000000.css",
		"/assets/../assets.go", "/assets/htmx/htmx.min.js", "/assets/htmx/LICENSE",
	} {
		if content, _, ok := assets.Lookup(path); ok {
			t.Errorf("Lookup(%q) gave %d bytes", path, len(content))
		}
	}
	if got := assets.Path("nothing.css"); got != "" {
		t.Errorf("Path of an unknown name = %q, want none", got)
	}
}

// The policy of the pages (default-src 'none', style-src and img-src 'self')
// blocks whatever a style sheet would load from elsewhere.
func TestStylesLoadNothing(t *testing.T) {
	css, _, _ := assets.Lookup(assets.Path(assets.CSS))
	for _, forbidden := range []string{"@import", "url(", "expression(", "\r"} {
		if strings.Contains(string(css), forbidden) {
			t.Errorf("the style sheet holds %q", forbidden)
		}
	}
}
