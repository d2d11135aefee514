package hub_test

import (
	"strings"
	"testing"

	"latido/hub"
)

// TestLongestEpoch: an epoch has 16 characters at most.
func TestLongestEpoch(t *testing.T) {
	for n, want := range map[int]bool{1: true, 16: true, 17: false} {
		if id, ok := hub.ParseID(strings.Repeat("a", n) + "-1"); ok != want {
			t.Errorf("an epoch of %d characters: %v, %v", n, id, ok)
		}
	}
}
