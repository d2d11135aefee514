package handlers

// Looks lets tests look at the counters at moments of their choice.
type Looks = beatCache

// Rate fills in the rates as of a moment, and remembers the look.
var Rate = (*beatCache).rate

// Routes lets tests walk every route that asks who uses it: "METHOD path".
func Routes(cfg Config) (routes []string) {
	a := newAPI(cfg)
	a.routes()
	for route, d := range a.doors {
		if d != nil {
			routes = append(routes, route)
		}
	}
	return routes
}
