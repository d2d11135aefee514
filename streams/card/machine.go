package card

import "latido/streams/event"

// Machine shows the machine of this process in detail.
var Machine = Type{Name: "machine", Shareable: true, New: reads(func(r *Readings, v *event.Machine) bool {
	if r.Machine == nil || r.Machine.At.Equal(v.At) {
		return false
	}
	*v = *r.Machine
	return true
})}
