package journal

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"latido/hub"
)

// The subject holds an event's channel, user and name, so that its body is its data and
// nothing else: latido.ev.CHANNEL.USER.NAME, or latido.sample.… for an ephemeral event. The channel
// is one token, base64url without padding, because '.', '*' and '>' in it would mean something to
// NATS. Base64 of a name has two characters at least, so noChannel is not one.
const (
	eventPrefix  = "latido.ev."
	samplePrefix = "latido.sample."
	anyPrefix    = "latido.*."

	// AllSubjects matches the subject of every event.
	AllSubjects = anyPrefix + ">"
	noChannel   = "_"
)

// allSubjects are the stream's.
func allSubjects() []string { return []string{eventPrefix + "*.*.*", samplePrefix + "*.*.*"} }

var token = base64.RawURLEncoding

func channelToken(channel string) string {
	if channel == "" {
		return noChannel
	}
	return token.EncodeToString([]byte(channel))
}

// subjectOf wants a checked draft: a name with a dot would be two tokens.
func subjectOf(d hub.Draft) string {
	prefix := eventPrefix
	if d.Ephemeral {
		prefix = samplePrefix
	}
	return prefix + channelToken(d.Channel) + "." + strconv.FormatInt(d.User, 10) + "." + d.Name
}

// subjectOfTopic matches every event of the topic; "" for the zero topic, which
// has none.
func subjectOfTopic(t hub.Topic) string {
	switch {
	case t.Channel != "":
		return anyPrefix + channelToken(t.Channel) + ".*.*"
	case t.User != 0:
		return anyPrefix + "*." + strconv.FormatInt(t.User, 10) + ".*"
	}
	return ""
}

// ParseSubject returns the name, channel and user of an event, and whether it is a
// sample. It takes only what Append writes, so that an event has one subject.
func ParseSubject(subject string) (d hub.Draft, err error) {
	bad := func(what string) (hub.Draft, error) {
		return hub.Draft{}, fmt.Errorf("subject %q is not an event's: %s", subject, what)
	}
	rest, ok := strings.CutPrefix(subject, eventPrefix)
	if !ok {
		rest, d.Ephemeral = strings.CutPrefix(subject, samplePrefix)
	}
	tokens := strings.SplitN(rest, ".", 4)
	if !ok && !d.Ephemeral || len(tokens) != 3 {
		return bad("wrong prefix or number of tokens")
	}
	if tokens[0] != noChannel {
		raw, err := token.DecodeString(tokens[0])
		// Decoding passes over line breaks and, unless strict, spare bits: only
		// encoding again shows whether this is the one text of the channel.
		if err != nil || len(raw) == 0 || channelToken(string(raw)) != tokens[0] {
			return bad("the channel is not base64url")
		}
		d.Channel = string(raw)
	}
	d.User, err = strconv.ParseInt(tokens[1], 10, 64)
	if err != nil || d.User < 0 || strconv.FormatInt(d.User, 10) != tokens[1] {
		return bad("the user is not a number")
	}
	if d.Channel == "" && d.User == 0 {
		return bad("neither a channel nor a user")
	}
	if err := hub.CheckName(tokens[2]); err != nil {
		return bad(err.Error())
	}
	d.Name = tokens[2]
	return d, nil
}

// dedupeID is what JetStream compares, over the whole stream and without
// looking at the body. Each part goes in with its length, so that no two
// triples run together, and only the hash goes out: no text of a user ever
// stands in a NATS header, where some names steer the store.
func dedupeID(d hub.Draft) string {
	h := sha256.New()
	var n [8]byte
	for _, part := range []string{d.Channel, strconv.FormatInt(d.User, 10), d.Key} {
		binary.BigEndian.PutUint64(n[:], uint64(len(part)))
		h.Write(n[:])
		h.Write([]byte(part))
	}
	return token.EncodeToString(h.Sum(nil))
}
