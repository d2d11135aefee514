package hub

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// MaxNameLen bounds an event's name in bytes.
const MaxNameLen = 64

// ErrName is wrapped when an event's name is malformed or reserved.
var ErrName = errors.New("bad event name")

// ErrData is wrapped when an event's data is not one JSON object in UTF-8.
var ErrData = errors.New("bad event data")

// ErrTarget is wrapped when an event names neither a channel nor a user.
var ErrTarget = errors.New("bad event target")

// Draft is an event that the journal has not ordered yet. It goes to a
// channel, to a user, or to both; a stream that listens to both gets it once.
type Draft struct {
	Name    string          // [a-z0-9_]{1,64}, not a control name
	Channel string          // see CheckChannel; "" when only a user gets it
	User    int64           // positive; 0 when only a channel gets it
	Data    json.RawMessage // one JSON object, compact or not
	Key     string          // idempotency key of any length; "" for none
	// Ephemeral marks one of many values that follow each other, such as a metric or a
	// price. Publishing it does not wait for the disk, and it is kept for a shorter time.
	Ephemeral bool
}

// Event is a stored event. All readers share it; it must not be changed.
type Event struct {
	ID      ID
	Name    string
	Channel string
	User    int64
	Data    json.RawMessage // one compact JSON object
	Time    time.Time       // when the journal stored it

	decode  sync.Once
	decoded any
}

// Decoded returns what decode makes of the event, calling it once however many
// callers there are. All of them must pass the same function, and what it returns
// may keep about as many bytes as the event's data has.
func (e *Event) Decoded(decode func(*Event) any) any {
	e.decode.Do(func() { e.decoded = decode(e) })
	return e.decoded
}

func (e *Event) topics() (topics [2]Topic, n int) {
	if e.Channel != "" {
		topics[n] = ChannelTopic(e.Channel)
		n++
	}
	if e.User != 0 {
		topics[n] = UserTopic(e.User)
		n++
	}
	return topics, n
}

// Size estimates what the event costs in memory, in bytes: its data, what Decoded
// made of it, and the bookkeeping around them. Frames are counted by their cache.
func (e *Event) Size() int { return 2*len(e.Data) + 256 }

// IsControl reports whether name belongs to the streams themselves and so can
// never be published: connected, heartbeat, gap.
func IsControl(name string) bool {
	return name == "connected" || name == "heartbeat" || name == "gap"
}

// CheckName returns nil when name is [a-z0-9_]{1,64} and not a control name.
func CheckName(name string) error {
	if name == "" || len(name) > MaxNameLen {
		return fmt.Errorf("%w: 1 to %d characters of a-z, 0-9 and _ are allowed", ErrName, MaxNameLen)
	}
	if strings.Trim(name, alphanumeric+"_") != "" {
		return fmt.Errorf("%w: only a-z, 0-9 and _ are allowed", ErrName)
	}
	if IsControl(name) {
		return fmt.Errorf("%w: %q is a control event", ErrName, name)
	}
	return nil
}

// Check returns nil when the draft may be published; otherwise an error that
// wraps ErrName, ErrChannel, ErrTarget or ErrData.
func (d Draft) Check() error {
	if err := CheckName(d.Name); err != nil {
		return err
	}
	if d.Channel == "" && d.User == 0 {
		return fmt.Errorf("%w: neither a channel nor a user", ErrTarget)
	}
	if d.User < 0 {
		return fmt.Errorf("%w: user %d is not positive", ErrTarget, d.User)
	}
	if d.Channel != "" {
		if err := CheckChannel(d.Channel); err != nil {
			return err
		}
	}
	return checkData(d.Data)
}

func checkData(data []byte) error {
	if !utf8.Valid(data) {
		return fmt.Errorf("%w: it is not UTF-8", ErrData)
	}
	if !json.Valid(data) {
		return fmt.Errorf("%w: it is not JSON", ErrData)
	}
	if !bytes.HasPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte("{")) {
		return fmt.Errorf("%w: it is not a JSON object", ErrData)
	}
	return nil
}
