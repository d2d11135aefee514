package views

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/a-h/templ"

	"latido/streams/board"
	"latido/streams/card"
)

// component draws one type of card. It is the counterpart of a card.Type of the
// same name, whose view and change it takes.
type component struct {
	section func(Page, any) templ.Component     // the card on a page
	whole   func(audience, any) templ.Component // fragments that bring a page all of it
	change  func(audience, any) templ.Component // fragments that bring a change; nil where it is drawn whole
}

// components are those of all types, by name.
var components = map[string]component{
	"metrics":       {section: onPage(metricsCard), whole: live(metricsWhole)},
	"trading":       {section: onPage(tradingCard), whole: live(tradingWhole), change: live(tradingChange)},
	"logs":          {section: onPage(logsCard), whole: live(logsWhole), change: live(logsChange)},
	"notifications": {section: onPage(notificationsCard), whole: live(notificationsWhole), change: live(notificationsChange)},
	"tasks":         {section: onPage(tasksCard), whole: live(tasksWhole)},
	"machine":       {section: onPage(machineCard), whole: live(machineWhole)},
	"hub":           {section: onPage(hubCards), whole: live(hubWhole)},
	"send":          {section: onPage(sendCard), whole: nothing},
	"streams":       {section: onPage(statsCard), whole: live(streamsWhole)},
	"connection":    {section: onPage(connectionCard), whole: live(connectionWhole)},
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

func onPage[V any](draw func(Page, V) templ.Component) func(Page, any) templ.Component {
	return func(p Page, view any) templ.Component { return draw(p, view.(V)) }
}

func live[V any](draw func(audience, V) templ.Component) func(audience, any) templ.Component {
	return func(a audience, view any) templ.Component { return draw(a, view.(V)) }
}

func nothing(audience, any) templ.Component { return templ.NopComponent }

func streamsWhole(a audience, v card.StreamsView) templ.Component { return StatsFragment(a.lang, v) }

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
func (d Painter) Whole(def card.Def, view any, v board.Variant) ([]byte, error) {
	return d.draw(components[def.Type].whole(audience{Lang(v.Lang), v.Public}, view))
}

// Beat implements board.Painter.
func (d Painter) Beat(r *card.Readings, lang string) ([]byte, error) {
	return d.draw(Beat(Lang(lang), r.At, r.Store))
}

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

// sourceGroup is cards whose sources do equally well.
type sourceGroup struct {
	source card.Source
	types  []string
}

func groups(sources []card.CardSource) (all []sourceGroup) {
next:
	for _, s := range sources {
		for i := range all {
			if all[i].source == s.Source {
				all[i].types = append(all[i].types, s.Type)
				continue next
			}
		}
		all = append(all, sourceGroup{s.Source, []string{s.Type}})
	}
	return all
}

// targets are the group's elements as hx-target names them.
func (g sourceGroup) targets() string { return "#source-" + strings.Join(g.types, ",#source-") }

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
