package views

// Share is a page for a screen that nobody is logged in at: some cards, and nothing
// to press.
type Share struct {
	Name      string   // the link's, which is the page's title
	URL       string   // its own address, path and query
	Cards     []string // in the order of the page
	Dashboard Dashboard
}
