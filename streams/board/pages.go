package board

import (
	"slices"

	"latido/streams/card"
)

// Dashboard, Inbox and Monitoring are the cards of the pages of these names, in
// order.
var (
	Dashboard  = []string{"metrics", "trading", "logs", "notifications", "tasks", "send", "streams", "connection"}
	Inbox      = []string{"notifications"}
	Monitoring = []string{"hub", "machine"}
)

// Fixed returns one card of each type, whose id is the type's name: all that pages
// show.
func Fixed() (cards []card.Def) {
	for _, t := range card.All() {
		cards = append(cards, card.Def{ID: t.Name, Type: t.Name})
	}
	return cards
}

// Shareable returns the ids of the fixed cards that a share link may show, in the
// order of their pages.
func Shareable() (ids []string) {
	for _, t := range card.All() {
		if t.Shareable {
			ids = append(ids, t.Name)
		}
	}
	return slices.Clip(ids)
}
