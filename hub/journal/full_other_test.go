//go:build !unix

package journal_test

import (
	"errors"

	"latido/hub/journal"
)

// fillUp needs a limit on the size of files, which only Unix has.
func fillUp(*journal.Journal) error { return errors.New("this system has no limit to run into") }
