package journal

import (
	"context"
	"slices"
	"strconv"
	"time"

	"latido/hub"
)

// Ephemeral events go before their time would come: each carries its age as the message's
// time to live (NATS ADR-43), so that frequent ones do not push rarer events out
// of the stream. They are then missing in the middle of it, and a reader of
// their topics that comes back must know. Which topics that are, and the
// shortest age that ephemeral events ever had, is noted with the stream.
const (
	ttlHeader = "Nats-TTL"

	// MaxEphemeral bounds the topics that carry ephemeral events: producers have a few.
	MaxEphemeral = 256
)

// ephemeralNote is what is noted.
type ephemeralNote struct {
	topics []hub.Topic
	age    time.Duration
}

// with returns the topics with others added, nil when they would be too many.
func (n ephemeralNote) with(topics []hub.Topic) []hub.Topic {
	all := slices.Clone(n.topics)
	for _, t := range topics {
		if !slices.Contains(all, t) {
			all = append(all, t)
		}
	}
	if len(all) > MaxEphemeral {
		return nil
	}
	return all
}

// declare notes, before the first ephemeral event of a topic is stored, that it carries
// some. It returns false when there are too many such topics: the event is then
// stored like any other.
func (e *session) declare(ctx context.Context, d hub.Draft) (ephemeral bool, err error) {
	var topics []hub.Topic
	if d.Channel != "" {
		topics = append(topics, hub.ChannelTopic(d.Channel))
	}
	if d.User != 0 {
		topics = append(topics, hub.UserTopic(d.User))
	}
	isNew := func(t hub.Topic) bool {
		_, noted := e.ephemeral.Load(t)
		return !noted
	}
	if !slices.ContainsFunc(topics, isNew) {
		return true, nil
	}
	ctx, cancel := context.WithTimeout(ctx, e.cfg.Timeout)
	defer cancel()
	e.declaring.Lock()
	defer e.declaring.Unlock()
	all, err := e.storage.noteEphemeral(ctx, topics)
	e.addEphemeral(all)
	return all != nil, err
}

func (e *session) addEphemeral(topics []hub.Topic) {
	for _, t := range topics {
		e.ephemeral.Store(t, true)
	}
}

// ttl is the header's value: whole seconds, and never less than asked for.
func ttl(age time.Duration) string {
	return strconv.FormatInt(int64((age+time.Second-1)/time.Second), 10)
}
