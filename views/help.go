package views

import (
	"bytes"
	_ "embed"
	"strings"
	"sync"

	"github.com/a-h/templ"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	source "github.com/yuin/goldmark/text"
)

// HelpPath is the path of the page with the reference.
const HelpPath = "/help"

//go:embed help/es.md
var spanishHelp []byte

//go:embed help/en.md
var englishHelp []byte

// helpDocument is the reference as HTML, and the headings that lead into it.
type helpDocument struct {
	html     string
	sections []helpSection
}

// helpSection is a heading of the second level with those of the third below it.
// Ids are the same in both languages.
type helpSection struct {
	id, title string
	parts     []helpSection
}

// Both are made when the page is first asked for: most commands never need them.
var (
	spanishDocument = sync.OnceValue(func() helpDocument { return newHelpDocument(spanishHelp) })
	englishDocument = sync.OnceValue(func() helpDocument { return newHelpDocument(englishHelp) })
)

func (l Lang) help() helpDocument {
	if l == English {
		return englishDocument()
	}
	return spanishDocument()
}

// newHelpDocument renders Markdown. Raw HTML in it is left out, which is the
// default of goldmark.
func newHelpDocument(markdown []byte) (d helpDocument) {
	md := goldmark.New(
		goldmark.WithExtensions(extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignNone))),
		goldmark.WithParserOptions(parser.WithHeadingAttribute()),
	)
	root := md.Parser().Parse(source.NewReader(markdown))
	for n := root.FirstChild(); n != nil; n = n.NextSibling() {
		h, ok := n.(*ast.Heading)
		if !ok {
			continue
		}
		id, _ := h.AttributeString("id")
		name, _ := id.([]byte)
		section := helpSection{id: string(name), title: string(h.Lines().Value(markdown))}
		if h.Level == 2 {
			d.sections = append(d.sections, section)
		} else {
			last := &d.sections[len(d.sections)-1]
			last.parts = append(last.parts, section)
		}
	}
	var b bytes.Buffer
	if err := md.Renderer().Render(&b, markdown, root); err != nil {
		panic("views: rendering the embedded help: " + err.Error()) // a buffer takes every write
	}
	d.html = scrollable.Replace(b.String())
	return d
}

// scrollable lets what is wider than the page be scrolled, also with the keyboard.
// Text is escaped, so nothing but tags of the renderer looks like these.
var scrollable = strings.NewReplacer("<table>", `<div class="wide" tabindex="0"><table class="plain">`, "</table>", "</table></div>", "<pre>", `<pre tabindex="0">`)

// exampleBase is the address that the documents show; pages replace it.
const exampleBase = "http://127.0.0.1:8080"

// helpText is the document with this server's address in its examples.
func (p Page) helpText() templ.Component {
	return templ.Raw(strings.ReplaceAll(p.Lang.help().html, exampleBase, templ.EscapeString(p.base())))
}
