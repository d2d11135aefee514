package handlers

import "latido/handlers/web"

// Routes lets tests walk every registered route.
func Routes(cfg Config) []web.Route {
	k, _ := register(cfg)
	return k.Routes()
}
