package card

import "latido/hub"

// reading is the state of a card that shows what this process knows at a moment: it
// folds no events and is drawn whole.
type reading[V any] struct {
	take func(*Readings, *V) (changed bool)
	view V
}

// reads makes states whose view is taken from readings.
func reads[V any](take func(*Readings, *V) (changed bool)) func(Env) State {
	return func(Env) State { return &reading[V]{take: take} }
}

// Apply has nothing to fold.
func (*reading[V]) Apply(*hub.Event) bool { return false }

func (s *reading[V]) Read(r *Readings) bool { return s.take(r, &s.view) }

func (s *reading[V]) View() any { return s.view }

// Change is nil: the whole view is drawn.
func (*reading[V]) Change() any { return nil }

// Full is always so: no event matters.
func (*reading[V]) Full() bool { return true }

// Filled has nothing to note.
func (*reading[V]) Filled(bool) {}

// Painted has nothing to note.
func (*reading[V]) Painted() {}
