package views

import "slices"

// group is streams of the same state. A heartbeat carries the state once for all of
// them: nearly always all sources are in the same one.
type group struct {
	state StreamState // without a name
	names []string
}

// groups groups the named streams that the page shows by state.
func (b Beat) groups(names ...string) (all []group) {
	for _, s := range b.Streams {
		if !slices.Contains(names, s.Name) {
			continue
		}
		name := s.Name
		s.Name = ""
		i := slices.IndexFunc(all, func(g group) bool { return g.state == s })
		if i < 0 {
			i = len(all)
			all = append(all, group{state: s})
		}
		all[i].names = append(all[i].names, name)
	}
	return all
}

// targets are the group's elements as hx-target names them.
func (g group) targets(prefix string) (list string) {
	for i, name := range g.names {
		if i > 0 {
			list += ","
		}
		list += "#" + prefix + name
	}
	return list
}
