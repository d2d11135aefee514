package hub

import (
	"strconv"
	"strings"
)

// MaxIDLen bounds the text of an ID in bytes. Clients echo ids in the
// Last-Event-ID header and in URLs, so they stay short and CORS-safe.
const MaxIDLen = 40

const (
	maxEpochLen  = 16
	alphanumeric = "0123456789abcdefghijklmnopqrstuvwxyz"
)

// ID is the position of an event in the one order of all events. Sequences
// repeat after a restore or a lost disk; the epoch, which names one history of
// the journal, makes that visible. The zero ID is "no position".
type ID struct {
	Epoch string // 1–16 characters of [0-9a-z]
	Seq   uint64 // from 1; 0 is "before the first event"
}

// String gives the wire form EPOCH-SEQ, or "" for the zero ID.
func (id ID) String() string {
	if id.Epoch == "" {
		return ""
	}
	return id.Epoch + "-" + strconv.FormatUint(id.Seq, 10)
}

// IsZero reports whether id names no position.
func (id ID) IsZero() bool { return id.Epoch == "" }

// ParseID reads the wire form strictly: anything a journal would not have
// written is no position and returns false.
func ParseID(s string) (ID, bool) {
	if len(s) > MaxIDLen {
		return ID{}, false
	}
	epoch, digits, ok := strings.Cut(s, "-")
	if !ok || !ValidEpoch(epoch) {
		return ID{}, false
	}
	seq, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || strconv.FormatUint(seq, 10) != digits {
		return ID{}, false
	}
	return ID{Epoch: epoch, Seq: seq}, true
}

// ValidEpoch reports whether s may name an epoch.
func ValidEpoch(s string) bool {
	return s != "" && len(s) <= maxEpochLen && strings.Trim(s, alphanumeric) == ""
}
