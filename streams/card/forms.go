package card

// Send sends to a channel and to a user by hand. It shows no events.
var Send = Type{Name: "send", New: reads(func(*Readings, *SendView) bool { return false })}

// SendView is empty.
type SendView struct{}

// Connection says how the sources of cards do, and lets a person stop and start
// the page's stream.
var Connection = Type{Name: "connection", New: func(Env) State { return &connection{} }}

// ConnectionView is the sources, in the order of their cards.
type ConnectionView struct {
	Sources []CardSource
}

// CardSource is how the source of one type of card does.
type CardSource struct {
	Type string
	Source
}

type connection struct{ reading[ConnectionView] }

// Read takes the sources' states.
func (c *connection) Read(r *Readings) bool {
	c.view.Sources = nil
	for _, t := range All() {
		if t.Topics != nil {
			c.view.Sources = append(c.view.Sources, CardSource{t.Name, r.source(t.Producers)})
		}
	}
	return true
}
