// Package engine runs NATS for the packages that store something.
package engine
