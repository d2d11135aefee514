package handlers

import (
	"net/http"

	"latido/handlers/web"
)

// Routes lets tests walk every registered route.
func Routes(cfg Config) []web.Route {
	k, _ := register(cfg)
	return k.Routes()
}

// NewWithKernel is New for tests that read the kernel's counters.
func NewWithKernel(cfg Config) (http.Handler, *web.Kernel) {
	k, html := register(cfg)
	return k.Handler(html), k
}
