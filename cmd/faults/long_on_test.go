//go:build faults

package faults

// long reports that the long set runs. See long_off_test.go.
const long = true
