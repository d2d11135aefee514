//go:build !faults

package faults

// long reports that the long set runs: every scenario, as often as it should, one
// after the other, held to its goals in time. See long_on_test.go.
const long = false
