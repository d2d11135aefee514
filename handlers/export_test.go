package handlers

import (
	"latido/handlers/web"
)

// Routes lets tests walk every registered route.
func Routes(cfg Config) []web.Route {
	k, _ := register(cfg)
	return k.Routes()
}

// NewWithKernel is New for tests that read the kernel's counters.
func NewWithKernel(cfg Config) (*Handler, *web.Kernel) {
	k, p := register(cfg)
	return &Handler{k.Handler(p), p}, k
}
