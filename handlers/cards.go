package handlers

import "slices"

// Cards are the names of what a page may show.
func Cards() []string { return slices.Clone(cards) }
