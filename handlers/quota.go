package handlers

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/gin-gonic/gin"

	"latido/handlers/limits"
	"latido/hub"
	"latido/views"
)

// limitKind is a limit that requests can be refused for.
type limitKind int

const (
	postsByPrincipal limitKind = iota
	postsByAddress
	streamsByPrincipal
	streamsByAddress
	logins
	channelsInAll
	channelsOfSender
	channelBytes
	userBytes
	limitKinds
)

// refusals count by limitKind; they begin at zero with the process.
type refusals [limitKinds]atomic.Uint64

// sum adds some up.
func (r *refusals) sum(kinds ...limitKind) (n uint64) {
	for _, k := range kinds {
		n += r[k].Load()
	}
	return n
}

// limitError is a limit that was met: the answer is 429.
type limitError struct {
	kind   limitKind
	detail string
	after  int // seconds after which it may be tried again; 0 where waiting alone does not help
}

func (e *limitError) Error() string { return e.detail }

// sentence is what a person reads.
func (e *limitError) sentence(m views.Answers) string {
	switch e.kind {
	case channelsInAll:
		return m.ChannelsFull
	case channelsOfSender:
		return m.OwnChannelsFull
	case channelBytes:
		return m.ChannelFull
	case userBytes:
		return m.UserFull
	}
	return m.TooOften(e.after)
}

// publish stores an event within its quota, also when its client goes away
// meanwhile: a client that only stops sending is taken for gone as well, and shall
// hear the truth.
func (a *api) publish(c *gin.Context, d hub.Draft) (r hub.Receipt, err error) {
	topic := hub.ChannelTopic(d.Channel)
	if d.User != 0 {
		topic = hub.UserTopic(d.User)
	}
	room, err := a.limiter.quota.Admit(topic, sender(c), len(d.Data), a.Hub.Stored())
	if err != nil {
		return r, a.overQuota(topic, err)
	}
	defer func() { room.End(r.ID.Seq) }() // 0 when nothing was stored
	return a.Hub.Publish(context.WithoutCancel(c.Request.Context()), d)
}

// sender is who a new channel counts for: the principal, or for who shows nothing
// the address.
func sender(c *gin.Context) string {
	if id := who(c).ID(); id != "" {
		return id
	}
	return network(c.Request).String()
}

// overQuota counts an event that would exceed a quota, and answers the error for
// it. It says nothing of what others have but that it is as much as may be.
func (a *api) overQuota(t hub.Topic, err error) error {
	var over *limits.QuotaError
	if !errors.As(err, &over) {
		return err
	}
	e := &limitError{}
	switch over.Kind {
	case limits.Channels:
		e.kind, e.detail = channelsInAll, "As many channels are in use as may be, %d: send to one of them"
	case limits.OwnChannels:
		e.kind, e.detail = channelsOfSender, "As many channels are in use as one sender may begin, %d: send to one of them"
	default:
		e.kind, e.detail = channelBytes, "The channel holds as much as it may, %d bytes: send to it again when its oldest events have expired"
		if t.User != 0 {
			e.kind, e.detail = userBytes, "The user's notifications hold as much as they may, %d bytes: send again when the oldest have expired"
		}
	}
	e.detail = fmt.Sprintf(e.detail, over.Limit)
	a.limiter.refused[e.kind].Add(1)
	return e
}
