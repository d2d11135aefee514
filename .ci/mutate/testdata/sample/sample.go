// Package sample has what the test of mutate changes.
package sample

import (
	"errors"
	"log/slog"
)

// ErrNegative is returned for what is below zero.
var ErrNegative = errors.New("negative")

// Clamp is tested.
func Clamp(n int) (int, error) {
	if n < 0 {
		return 0, ErrNegative
	}
	return min(n, 10), nil
}

// Untested is not.
func Untested(a, b bool) bool { return a && !b }

// Noise is left as it is: a line of the log, and a capacity.
func Noise() map[int]bool {
	slog.Info("a line", "n", 3+4)
	return make(map[int]bool, 5)
}
