package hub

import (
	"strconv"
	"strings"
)

// ResumeToken is what a subscriber resumes with: the position that it has reached,
// and how far back values are still to be sent. It has got every event up to the ID
// but for values that were pending (package conflate). Of those it has got every one up
// to Seq-Back, or a newer one of the same key. With Back 0 it is a plain ID.
type ResumeToken struct {
	ID
	Back uint64 // at most Seq
}

// String returns the wire form EPOCH-SEQ-BACK, or that of the ID when Back is 0.
// Where it would be longer than MaxIDLen, it is the ID EPOCH-(SEQ-BACK): resuming
// with it misses nothing, and repeats some events.
func (t ResumeToken) String() string {
	if t.Back == 0 || t.IsZero() {
		return t.ID.String()
	}
	if text := t.ID.String() + "-" + strconv.FormatUint(t.Back, 10); len(text) <= MaxIDLen {
		return text
	}
	return ID{t.Epoch, t.Seq - t.Back}.String()
}

// ParseResumeToken parses the wire form of a token or of an ID, as strictly as
// ParseID.
func ParseResumeToken(s string) (ResumeToken, bool) {
	if len(s) > MaxIDLen {
		return ResumeToken{}, false
	}
	end := len(s)
	var back uint64
	if strings.Count(s, "-") == 2 {
		end = strings.LastIndexByte(s, '-')
		n, err := strconv.ParseUint(s[end+1:], 10, 64)
		if err != nil || n == 0 || strconv.FormatUint(n, 10) != s[end+1:] {
			return ResumeToken{}, false
		}
		back = n
	}
	id, ok := ParseID(s[:end])
	if !ok || back > id.Seq {
		return ResumeToken{}, false
	}
	return ResumeToken{id, back}, true
}
