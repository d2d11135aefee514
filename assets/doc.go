// Package assets holds the files a browser loads beside the pages: one style
// sheet, one icon, htmx and its SSE extension.
//
// # What it promises
//
// Every file is embedded in the program and served under a name that carries a
// hash of its content: a name, once served, always means the same bytes, so it
// may be cached for ever (RFC 9111, Cache-Control: immutable). Path gives that
// name, Lookup the bytes behind it. The style sheet is the files of css/ joined
// in the order of their names.
//
// The two scripts are htmx.org 4.0.1 exactly as published, with its licence, in
// htmx/. A test holds their SHA-384 and refuses any other script.
//
// # What it does not promise
//
// Names differ between builds whose files differ; a page that outlives its
// server's replacement may ask for a name that is gone and gets ok = false.
//
// # Starting and stopping
//
// Nothing to start: the table of names is built on first use and never changes.
//
// # What it does not know, on purpose
//
// HTTP. The caller sets Content-Type and Cache-Control, and responds with 404.
package assets
