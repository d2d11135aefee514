package views

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"latido/streams/board"
	"latido/streams/card"
)

// component draws one type of card. It is the counterpart of a card.Type of the
// same name, whose view and change it takes.
type component struct {
	section func(Page, any) templ.Component     // the card on a page, around its parts
	parts   func(audience, any) []part          // what events and readings make of it
	change  func(audience, any) templ.Component // fragments that bring a change; nil where all parts are drawn
}

// part is what some elements of a card hold. It is drawn once for all pages: a page
// that is opened and one that is open get the same HTML.
type part struct {
	ids     string // of the elements, a space between two
	swap    string // how an open page takes it
	content templ.Component
}

// components are those of all types, by name.
var components = map[string]component{
	"metrics":       {section: on(metricsCard), parts: on(metricsParts)},
	"trading":       {section: on(tradingCard), parts: on(tradingParts), change: on(tradingChange)},
	"logs":          {section: on(logsCard), parts: on(logsParts), change: on(logsChange)},
	"notifications": {section: on(notificationsCard), parts: on(notificationsParts), change: on(notificationsChange)},
	"tasks":         {section: on(tasksCard), parts: on(tasksParts)},
	"machine":       {section: on(machineCard), parts: on(machineParts)},
	"hub":           {section: on(hubCards), parts: on(hubParts)},
	"send":          {section: on(sendCard), parts: func(audience, any) []part { return nil }},
	"streams":       {section: on(statsCard), parts: on(statsParts)},
	"connection":    {section: on(connectionCard), parts: on(connectionParts)},
}

// audience is whom a fragment is drawn for.
type audience struct {
	lang   Lang
	public bool // known by a share link alone
}

// source is a source as the audience may see it: why a producer fails may name
// addresses and paths.
func (a audience) source(s card.Source) card.Source {
	if a.public {
		s.Error = ""
	}
	return s
}

// on lets a function of one type's view or change take that of any.
func on[For, V, Drawn any](draw func(For, V) Drawn) func(For, any) Drawn {
	return func(f For, view any) Drawn { return draw(f, view.(V)) }
}

// part is what was drawn for the element of an id; nothing when there is none.
func (p Page) part(id string) templ.Component {
	for _, d := range p.Drawings {
		if html, ok := d.Parts[id]; ok {
			return templ.Raw(html)
		}
	}
	return templ.NopComponent
}

// viewOf is the view of a card of the page, or an empty one.
func viewOf[V any](p Page, id string) V {
	v, _ := p.Views[id].(V)
	return v
}

// Painter draws cards for the runner of boards: a board.Painter.
type Painter struct {
	Links Links // addresses of paths; nil for the paths themselves
}

// Change implements board.Painter.
func (d Painter) Change(def card.Def, change any, v board.Variant) ([]byte, error) {
	return d.draw(components[def.Type].change(audience{Lang(v.Lang), v.Public}, change))
}

// Whole implements board.Painter.
func (d Painter) Whole(def card.Def, view any, v board.Variant) (*board.Drawing, error) {
	made := &board.Drawing{Parts: map[string]string{}}
	for _, p := range components[def.Type].parts(audience{Lang(v.Lang), v.Public}, view) {
		html, err := d.draw(p.content)
		if err != nil {
			return nil, err
		}
		for _, id := range strings.Fields(p.ids) {
			made.Parts[id] = string(html)
		}
		p.content = templ.Raw(string(html))
		fragment, err := d.draw(p.fragment())
		if err != nil {
			return nil, err
		}
		made.Fragment = append(made.Fragment, fragment...)
	}
	return made, nil
}

// Heartbeat implements board.Painter.
func (d Painter) Heartbeat(r *card.Readings, lang string) ([]byte, error) {
	return d.draw(Heartbeat(Lang(lang), r.At, r.Store))
}

// Recovered says that the connection is back.
func (d Painter) Recovered(l Lang) ([]byte, error) { return d.draw(Recovered(l)) }

// draw renders a component as valid UTF-8.
func (d Painter) draw(c templ.Component) ([]byte, error) {
	var b bytes.Buffer
	ctx := context.Background()
	if d.Links != nil {
		ctx = WithLinks(ctx, d.Links)
	}
	if err := c.Render(ctx, &b); err != nil {
		return nil, fmt.Errorf("draw a fragment: %w", err)
	}
	return bytes.ToValidUTF8(b.Bytes(), []byte("\uFFFD")), nil
}

// connectionParts are the states of the sources: one part for all that do equally
// well, which nearly always are all.
func connectionParts(a audience, v card.ConnectionView) (parts []part) {
	var done []card.Source
	for _, s := range v.Sources {
		if i := slices.Index(done, s.Source); i >= 0 {
			parts[i].ids += " source-" + s.Type
			continue
		}
		done = append(done, s.Source)
		parts = append(parts, part{"source-" + s.Type, "innerHTML", sourceState(a.lang, a.source(s.Source))})
	}
	return parts
}

// olderOr is the first text where there are stored events that were not looked at,
// and the second where there are none.
func olderOr(older bool, first, second string) string {
	if older {
		return first
	}
	return second
}

// rowsBeyond selects the rows of a list beyond the first n. Targets are found before
// anything is swapped, so n is what stays of the rows that were there.
func rowsBeyond(list string, n int) string {
	return fmt.Sprintf("%s>li:nth-child(n+%d)", list, max(n, 0)+1)
}

// bodyClass hides what the page's reader may not do.
func (p Page) bodyClass() string {
	if p.ReadOnly {
		return "read-only"
	}
	return ""
}
