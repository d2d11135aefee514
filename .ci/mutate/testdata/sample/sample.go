// Package sample has what the test of mutate changes.
package sample

import "errors"

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
