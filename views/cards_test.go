package views_test

import (
	"slices"
	"testing"

	"latido/streams/card"
	"latido/views"
)

// TestEveryCardTypeIsDrawn compares the two registries of types.
func TestEveryCardTypeIsDrawn(t *testing.T) {
	var types []string
	for _, one := range card.All() {
		types = append(types, one.Name)
	}
	drawn := views.CardTypes()
	slices.Sort(types)
	slices.Sort(drawn)
	if !slices.Equal(types, drawn) {
		t.Errorf("the types %v are drawn as %v", types, drawn)
	}
}
