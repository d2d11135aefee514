package views

// Share is what the page of a share link has beside its cards.
type Share struct {
	Name string // the link's, which is the page's title
	URL  string // its own address, path and query
}
