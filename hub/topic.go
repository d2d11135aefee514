package hub

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxChannelLen bounds a channel's name in bytes.
const MaxChannelLen = 128

// ErrChannel is wrapped by every refusal of a channel's name; the text after
// it says which rule was broken.
var ErrChannel = errors.New("bad channel name")

// Topic is what a subscriber listens to: one channel, or one user. Exactly one
// of the two is set.
type Topic struct {
	Channel string
	User    int64
}

// ChannelTopic is the topic of everything broadcast to the channel.
func ChannelTopic(name string) Topic { return Topic{Channel: name} }

// UserTopic is the topic of everything sent to the user.
func UserTopic(id int64) Topic { return Topic{User: id} }

// compare orders topics, in no meaningful way.
func (t Topic) compare(o Topic) int {
	return cmp.Or(cmp.Compare(t.User, o.User), strings.Compare(t.Channel, o.Channel))
}

// CheckChannel returns nil when name is 1–128 bytes of printable UTF-8 without
// '*', '>', control characters, or white space at its ends. A '.' or '/' in it
// means nothing.
func CheckChannel(name string) error {
	switch {
	case name == "":
		return fmt.Errorf("%w: it is empty", ErrChannel)
	case len(name) > MaxChannelLen:
		return fmt.Errorf("%w: it is %d bytes long, %d are allowed", ErrChannel, len(name), MaxChannelLen)
	case !utf8.ValidString(name):
		return fmt.Errorf("%w: it is not UTF-8", ErrChannel)
	case strings.TrimSpace(name) != name:
		return fmt.Errorf("%w: white space at its ends", ErrChannel)
	}
	for _, r := range name {
		if r == '*' || r == '>' || !unicode.IsPrint(r) {
			return fmt.Errorf("%w: the character %q is not allowed", ErrChannel, r)
		}
	}
	return nil
}
