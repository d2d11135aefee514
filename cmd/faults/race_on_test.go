//go:build race

package faults

// raced reports that the tests run with the race detector, so that the program
// they start is built with it too.
const raced = true
