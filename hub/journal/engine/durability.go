package engine

import (
	"fmt"
	"slices"
)

// Durability says what an acknowledgement promises.
type Durability string

const (
	// Safe acknowledges an event, and shows it to readers, once it is on the
	// disk: a power cut takes nothing that was acknowledged. Events that come
	// at the same time share one fdatasync.
	Safe Durability = "safe"

	// Fast acknowledges an event once it is written: it survives the end of the
	// process, kill -9 included. It is on the disk about a second later; what a
	// power cut takes shows by another epoch.
	Fast Durability = "fast"
)

// Meaning is the promise in one sentence, for people who start the program.
func (d Durability) Meaning() string {
	if d == Fast {
		return "an acknowledged event survives kill -9; a power cut may take the last second, and then old positions are told a gap"
	}
	return "an acknowledged event is on the disk: it survives kill -9 and a power cut"
}

func (d Durability) check() error {
	if all := []Durability{Safe, Fast}; !slices.Contains(all, d) {
		return fmt.Errorf("%q is none of %q", string(d), all)
	}
	return nil
}
