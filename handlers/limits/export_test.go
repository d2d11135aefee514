package limits

import "latido/hub"

// MaxSlots is the most slots that a place may have.
const MaxSlots = maxSlots

// SlotsOf lets tests see how many slots a channel or user is counted in.
func SlotsOf(q *Quota, t hub.Topic) int {
	if t.User != 0 {
		return len(q.users[t.User].slots)
	}
	return len(q.channels[t.Channel].slots)
}
