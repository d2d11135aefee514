package backup

import (
	"errors"
	"os"
)

// exchangeInSteps swaps two folders. Between its steps nothing stands under the
// name b; a step that fails is taken back.
func exchangeInSteps(a, b string) error {
	spare := a + "-old"
	if err := os.Rename(b, spare); err != nil {
		return err
	}
	if err := os.Rename(a, b); err != nil {
		return errors.Join(err, os.Rename(spare, b))
	}
	return os.Rename(spare, a)
}
