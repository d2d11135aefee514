package limits

import "latido/hub"

// MaxSlots is the most slots that a usage may have.
const MaxSlots = maxSlots

// SlotsOf returns how many slots a channel or user is counted in.
func SlotsOf(q *Quota, t hub.Topic) int {
	if t.User != 0 {
		return len(q.users[t.User].slots)
	}
	return len(q.channels[t.Channel].slots)
}
