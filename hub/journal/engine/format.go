package engine

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// ErrNewer is wrapped when a newer version has written the folder in a way that this
// one cannot read. Use that version, or restore a backup.
var ErrNewer = errors.New("data folder is of a newer version")

const (
	// formatFile holds the number of the folder's format, behind formatWord. A folder
	// without it is of format 1.
	formatFile = "latido.format"
	formatWord = "latido-data "

	// folderFormat is the newest format that this version reads. A version that stores
	// something which older ones would misread writes a higher number first, into a
	// temporary file that is synced and renamed, and never a lower one.
	folderFormat = 1
)

// checkFormat returns an error that wraps ErrNewer for a folder of a higher format, and
// changes nothing.
func checkFormat(dir string) error {
	path := filepath.Join(dir, formatFile)
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("read the format of the data folder: %w", err)
	}
	digits, ok := strings.CutPrefix(strings.TrimSpace(string(text)), formatWord)
	format, err := strconv.Atoi(digits)
	if !ok || err != nil || format < 1 {
		return fmt.Errorf("%w: %s does not hold the number of a format: put it back from a copy", ErrUnreadable, path)
	}
	if format > folderFormat {
		return fmt.Errorf("%w: it is of format %d, and this version reads up to %d: use the version that wrote it, or restore a backup into another folder", ErrNewer, format, folderFormat)
	}
	return nil
}
