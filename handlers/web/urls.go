package web

import (
	"net/http"
	"net/url"
	"strings"
)

// URLs makes every address that Latido emits: links, forms, redirects, streams,
// assets, the paths of cookies, and the lines for curl. It is the one place that
// knows below which path the product is served. Routes are registered without it.
type URLs struct {
	Base string // begins every path, such as "/latido"; "" at the root of a host
}

// Path returns the address of a path of this server, which begins with "/" and
// may have a query.
func (u URLs) Path(path string) string { return u.Base + path }

// Query returns the address of a path with a query, sorted by key.
func (u URLs) Query(path string, query url.Values) string {
	if len(query) == 0 {
		return u.Path(path)
	}
	return u.Path(path) + "?" + query.Encode()
}

// Absolute returns a path's address as the client of r reaches this server, with
// scheme and host.
func (u URLs) Absolute(r *http.Request, path string) string {
	scheme := "http://"
	if IsTLS(r) {
		scheme = "https://"
	}
	return scheme + r.Host + u.Path(path)
}

// Here returns the address that r asks for.
func (u URLs) Here(r *http.Request) string { return u.Path(r.URL.RequestURI()) }

// Local returns text if it is the address of something on this server, and
// otherwise that of the first page: no form and no query may lead elsewhere.
func (u URLs) Local(text string) string {
	if !SafeLink(text) || text[0] != '/' {
		return u.Path("/")
	}
	return text
}

// CookiePath returns the Path of a cookie. One whose name begins with __Host- has to
// be of the whole host (RFC 6265bis, section 4.1.3.2).
func (u URLs) CookiePath(name string) string {
	if u.Base == "" || strings.HasPrefix(name, "__Host-") {
		return "/"
	}
	return u.Base
}

// Paths that more than one package knows.
const (
	LoginPath   = "/login"
	SharePrefix = "/share/" // before the secret of a share link
)

// IsShare reports whether a request is for a share link, existing or not.
func IsShare(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, SharePrefix) }

// SafeLink reports whether text may become a link: an http or https URL, or a path
// of this server. Whatever a browser could read as another scheme, or as another
// host in disguise, may not.
func SafeLink(text string) bool {
	if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\\' }) || strings.TrimSpace(text) != text {
		return false
	}
	u, err := url.Parse(text)
	if err != nil {
		return false
	}
	if u.Scheme == "" {
		return strings.HasPrefix(text, "/") && !strings.HasPrefix(text, "//")
	}
	return (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}
