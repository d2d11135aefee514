package views

import "slices"

// Share is a page for a screen that nobody is logged in at: some cards, and nothing
// to press.
type Share struct {
	Name      string   // the link's, which is the page's title
	URL       string   // its own address, path and query
	Cards     []string // in the order of the page
	Dashboard Dashboard
}

// leadingNowhere are notifications without what they lead to: a screen goes nowhere.
func leadingNowhere(list []Notification) []Notification {
	list = slices.Clone(list)
	for i := range list {
		list[i].ActionURL = ""
	}
	return list
}
