package engine

import (
	"os"
	"path/filepath"
)

// StreamDir is where nats-server has a stream.
func StreamDir(dir, stream string) string {
	return filepath.Join(dir, "jetstream", "$G", "streams", stream)
}

// BlockSuffix ends the names of the files in MessagesDir, which begin with a number.
const BlockSuffix = ".blk"

// MessagesDir is where nats-server has the messages of a stream below a data folder:
// in files with numbers for names, of which it appends to the newest.
func MessagesDir(dir, stream string) string { return filepath.Join(StreamDir(dir, stream), "msgs") }

// Holds reports whether messages of a stream, or traces of some, are in a data folder.
func Holds(dir, stream string) bool {
	files, _ := filepath.Glob(filepath.Join(MessagesDir(dir, stream), "*"+BlockSuffix)) // the pattern is good
	for _, f := range files {
		if fi, err := os.Stat(f); err == nil && fi.Size() > 0 {
			return true
		}
	}
	return false
}

// holdsAny reports whether any stream has messages in the folder.
func holdsAny(dir string) bool {
	streams, _ := os.ReadDir(filepath.Dir(StreamDir(dir, "any"))) // without it there are none
	for _, s := range streams {
		if Holds(dir, s.Name()) {
			return true
		}
	}
	return false
}
