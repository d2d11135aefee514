package hub

import (
	"strconv"
	"strings"
)

// Place is where a subscriber with a Limit stands. It has been sent everything up
// to the ID, except for the values that are held back: of those everything up to
// Seq-Back has been sent, or has a newer one behind it. A place without Back is an
// ordinary position.
type Place struct {
	ID
	Back uint64 // at most Seq
}

// String gives the wire form: that of the ID, and behind it "-" and Back when
// there is any. Where that is longer than an id may be, it is the position from
// which nothing is missed, although some of it comes twice then.
func (p Place) String() string {
	if p.Back == 0 || p.IsZero() {
		return p.ID.String()
	}
	if text := p.ID.String() + "-" + strconv.FormatUint(p.Back, 10); len(text) <= MaxIDLen {
		return text
	}
	return ID{p.Epoch, p.Seq - p.Back}.String()
}

// ParsePlace reads the wire form of a place or of an ID, as strictly as ParseID.
func ParsePlace(s string) (Place, bool) {
	if len(s) > MaxIDLen {
		return Place{}, false
	}
	end := len(s)
	var back uint64
	if strings.Count(s, "-") == 2 {
		end = strings.LastIndexByte(s, '-')
		n, err := strconv.ParseUint(s[end+1:], 10, 64)
		if err != nil || n == 0 || strconv.FormatUint(n, 10) != s[end+1:] {
			return Place{}, false
		}
		back = n
	}
	id, ok := ParseID(s[:end])
	if !ok || back > id.Seq {
		return Place{}, false
	}
	return Place{id, back}, true
}
