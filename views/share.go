package views

import "slices"

// Share is the page of a share link: some cards, without controls, for a screen
// without a login.
type Share struct {
	Name      string   // the link's, which is the page's title
	URL       string   // its own address, path and query
	Cards     []string // in the order of the page
	Dashboard Dashboard
}

// leadingNowhere returns notifications without their links: a wall screen does not
// navigate.
func leadingNowhere(list []Notification) []Notification {
	list = slices.Clone(list)
	for i := range list {
		list[i].ActionURL = ""
	}
	return list
}
