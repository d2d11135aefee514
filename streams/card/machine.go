package card

import "latido/streams/event"

// Machine shows the machine of this process in detail; its view is an event.Machine.
var Machine = Type{Name: "machine", Shareable: true, New: func(Env) State { return &machine{} }}

type machine struct {
	readOnly
	view event.Machine
}

// Read takes the latest sample.
func (m *machine) Read(r *Readings) bool {
	if r.Machine == nil || r.Machine.At.Equal(m.view.At) {
		return false
	}
	m.view = *r.Machine
	return true
}

func (m *machine) View() any { return m.view }
