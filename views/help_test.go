package views_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"latido/views"
)

func helpPage(t *testing.T, l views.Lang, base string) (*goquery.Document, string) {
	t.Helper()
	p := views.Page{Lang: l, Path: views.HelpPath, BaseURL: base}
	page := render(t, views.HelpPage(p))
	d, err := goquery.NewDocumentFromReader(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	return d, page
}

// Both languages have the same sections, tables and examples in the same order.
func TestHelpIsCompleteInBothLanguages(t *testing.T) {
	outline := func(l views.Lang) string {
		d, _ := helpPage(t, l, "")
		var b strings.Builder
		d.Find(".prose").Find("h2, h3, tr, li, pre").Each(func(_ int, s *goquery.Selection) {
			b.WriteString(goquery.NodeName(s) + " " + s.AttrOr("id", "") + "\n")
		})
		return b.String()
	}
	es, en := outline(views.Spanish), outline(views.English)
	if es != en {
		t.Errorf("the documents differ: %s", firstDifference(es, en))
	}
	if n := strings.Count(en, "\n"); n < 100 {
		t.Errorf("the document has only %d parts", n)
	}
}

func TestHelpLinksLeadSomewhere(t *testing.T) {
	for _, l := range []views.Lang{views.Spanish, views.English} {
		d, page := helpPage(t, l, "")
		if d.Find(".toc > ul > li").Length() < 5 || d.Find(".toc > ul > li > ul > li").Length() < 5 {
			t.Errorf("%s: the table of contents does not have two levels", l)
		}
		if n := d.Find(".prose h2").Length(); d.Find(".toc > ul > li").Length() != n {
			t.Errorf("%s: the first level of the contents is not the %d sections", l, n)
		}
		listed := map[string]bool{}
		d.Find(`main a[href^="#"]`).Each(func(_ int, s *goquery.Selection) {
			id := strings.TrimPrefix(s.AttrOr("href", ""), "#")
			listed[id] = true
			if d.Find(`[id="`+id+`"]`).Length() != 1 {
				t.Errorf("%s: a link leads to #%s", l, id)
			}
		})
		d.Find(".prose").Find("h2, h3").Each(func(_ int, s *goquery.Selection) {
			if !listed[s.AttrOr("id", "")] {
				t.Errorf("%s: %q is not in the table of contents", l, s.Text())
			}
		})
		if raw := regexp.MustCompile(`raw HTML|\{#`).FindString(page); raw != "" {
			t.Errorf("%s: the document is not plain Markdown: %s", l, raw)
		}
	}
}

// The examples are to be pasted, so they show how this server was reached, as text
// whatever the Host header says.
func TestHelpShowsTheServersAddress(t *testing.T) {
	base := `http://box:9000<script>"&`
	for _, l := range []views.Lang{views.Spanish, views.English} {
		d, _ := helpPage(t, l, base)
		if d.Find(".prose script").Length() != 0 {
			t.Errorf("%s: the address became a tag", l)
		}
		code := d.Find(".prose pre").Text()
		if strings.Contains(code, "127.0.0.1:8080") || !strings.Contains(code, base+"/sse/notify/1") {
			t.Errorf("%s: the examples are %s", l, code)
		}
	}
}

// A sentence over 30 words is two.
func TestHelpSentencesAreShort(t *testing.T) {
	for _, l := range []views.Lang{views.Spanish, views.English} {
		d, _ := helpPage(t, l, "")
		d.Find(".prose").Find("p, td, li").Each(func(_ int, s *goquery.Selection) {
			for _, sentence := range regexp.MustCompile(`[.?!]\s`).Split(s.Text(), -1) {
				if n := len(strings.Fields(sentence)); n > 30 {
					t.Errorf("%s: %d words: %s", l, n, sentence)
				}
			}
		})
	}
}
