package views_test

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"
	"golang.org/x/net/html"
)

// render gives a component's HTML.
func render(t testing.TB, c templ.Component) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var (
	openHx  = regexp.MustCompile(`(?i)<hx-([a-z]+)(\s+|>)`)
	closeHx = regexp.MustCompile(`(?i)</hx-[a-z]+>`)
)

// parse reads HTML the way htmx 4 does (#makeFragment): <hx-partial> becomes a
// template, so that table rows keep their places, and a fragment is the content
// of a template itself. A whole document is read as one, without scripts.
func parse(t testing.TB, s string) *goquery.Document {
	t.Helper()
	s = openHx.ReplaceAllString(s, `<template hx type="$1"$2`)
	s = closeHx.ReplaceAllString(s, `</template>`)
	if !strings.HasPrefix(s, "<!doctype html>") {
		s = "<template>" + s + "</template>"
	}
	root, err := html.ParseWithOptions(strings.NewReader(s), html.ParseOptionEnableScripting(false))
	if err != nil {
		t.Fatal(err)
	}
	return goquery.NewDocumentFromNode(root)
}

// dump writes a parsed document as an outline: an element a line, attributes in
// order, text with its white space folded. Two documents with the same outline
// are the same to a reader.
func dump(d *goquery.Document) string {
	var b strings.Builder
	for _, n := range d.Nodes {
		dumpNode(&b, n, 0)
	}
	return b.String()
}

var (
	longRun   = regexp.MustCompile(`W{100,}`)
	assetHash = regexp.MustCompile(`^(/assets/[a-z-]+)\.[0-9a-f]{12}\.`)
)

func dumpNode(b *strings.Builder, n *html.Node, depth int) {
	indent := strings.Repeat("  ", depth)
	switch n.Type {
	case html.TextNode:
		if text := strings.Join(strings.Fields(n.Data), " "); text != "" {
			b.WriteString(indent + "| " + longRun.ReplaceAllString(text, "[a long word]") + "\n")
		}
	case html.CommentNode:
		b.WriteString(indent + "a comment: " + n.Data + "\n")
	case html.ElementNode:
		b.WriteString(indent + n.Data)
		attrs := slices.Clone(n.Attr)
		slices.SortFunc(attrs, func(x, y html.Attribute) int { return strings.Compare(x.Key, y.Key) })
		for _, a := range attrs {
			value := strings.NewReplacer("\n", `\n`, "\r", `\r`).Replace(a.Val)
			value = assetHash.ReplaceAllString(value, "$1.HASH.")
			b.WriteString(" " + a.Key + "=[" + longRun.ReplaceAllString(value, "[a long word]") + "]")
		}
		b.WriteString("\n")
		depth++
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		dumpNode(b, c, depth)
	}
}

// each calls fn for every element.
func each(d *goquery.Document, fn func(*html.Node)) {
	d.Find("*").Each(func(_ int, s *goquery.Selection) { fn(s.Nodes[0]) })
}

// attr gives an attribute's value, "" without it.
func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// firstDifference shows the first line in which two outlines differ, and the
// lines before it.
func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		var a, b string
		if i < len(w) {
			a = w[i]
		}
		if i < len(g) {
			b = g[i]
		}
		if a != b {
			before := strings.Join(w[max(i-3, 0):min(i, len(w))], "\n")
			return before + "\n- " + a + "\n+ " + b
		}
	}
	return "nothing"
}
