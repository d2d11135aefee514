package board

// drawings are the whole cards that have not changed since they were drawn.
type drawings struct {
	byAudience map[string]*Drawing
	bytes, max int
}

// put keeps a drawing. Where there is no room all others are dropped: what is
// viewed is soon drawn again.
func (d *drawings) put(audience string, one *Drawing) {
	d.drop(audience)
	if d.byAudience == nil || d.bytes+one.size() > d.max {
		d.byAudience, d.bytes = map[string]*Drawing{}, 0
	}
	d.byAudience[audience] = one
	d.bytes += one.size()
}

func (d *drawings) drop(audience string) {
	if one := d.byAudience[audience]; one != nil {
		d.bytes -= one.size()
		delete(d.byAudience, audience)
	}
}

func (d *Drawing) size() int {
	n := len(d.Fragment)
	for _, part := range d.Parts {
		n += len(part)
	}
	return n
}
