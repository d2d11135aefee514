package views

import (
	"context"
	"io"

	"github.com/a-h/templ"

	"latido/streams/board"
	"latido/streams/card"
)

// What the tests use of the package beyond its exported names.
var (
	TextsIn   = Lang.texts
	Text      = text
	LoadTexts = loadTexts
	Files     = map[Lang][]byte{Spanish: spanishTOML, English: englishTOML}
	Label     = label
	Link      = link
	Zone      = zone
	Clock     = clock
	Points    = sparkPoints
	Decimal   = Lang.decimal
	Signed    = Lang.signed
	Change    = Lang.change
	Percent   = Lang.percent
	Bytes     = Lang.bytes
	Duration  = Lang.duration
	Day       = Lang.day
	Decimals  = priceDecimals
	Fraction  = fraction
	Count     = Lang.count
	Lag       = Lang.lag
	PerWrite  = Lang.perWrite
	DoneForms = doneForms
)

// Whole draws all of a card, as the page of a share link gets it or any other.
func Whole(l Lang, kind string, view any, public bool) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		d, err := Painter{}.Whole(card.Def{ID: kind, Type: kind}, view, board.Variant{Lang: string(l), Public: public})
		if err == nil {
			_, err = w.Write(d.Fragment)
		}
		return err
	})
}

// ChangeOf draws a change of a card.
func ChangeOf(l Lang, kind string, change any, public bool) templ.Component {
	return components[kind].change(audience{l, public}, change)
}

// CardTypes returns the names of the types that can be drawn.
func CardTypes() (names []string) {
	for name := range components {
		names = append(names, name)
	}
	return names
}
