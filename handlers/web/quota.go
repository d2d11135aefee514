package web

import (
	"context"
	"errors"
	"fmt"

	"github.com/gin-gonic/gin"

	"latido/handlers/limits"
	"latido/hub"
)

// ownChannels are the channels of this process's producers: the hub's page would
// show nothing without them, so no quota counts them.
var ownChannels = []string{"metrics", "trading", "logs", "tasks"}

func (l Limits) quota() *limits.Quota {
	return limits.NewQuota(limits.Bounds{Channels: l.Channels, OwnChannels: l.ChannelsPerSender, Bytes: l.ChannelBytes}, ownChannels...)
}

// Publish stores an event within its quota, also when its client goes away
// meanwhile: one that only stops sending looks the same, and must get the true
// response. Errors: *LimitError, and those of hub.Publish.
func (k *Kernel) Publish(c *gin.Context, d hub.Draft) (r hub.Receipt, err error) {
	topic := hub.ChannelTopic(d.Channel)
	if d.User != 0 {
		topic = hub.UserTopic(d.User)
	}
	admitted, err := k.quota.Admit(topic, sender(c), len(d.Data), k.Hub.Stored())
	if err != nil {
		return r, k.overQuota(topic, err)
	}
	defer func() { admitted.End(r.ID.Seq) }() // 0 when nothing was stored
	return k.Hub.Publish(context.WithoutCancel(c.Request.Context()), d)
}

// sender is what a new channel counts for: the principal or, without credentials,
// the address.
func sender(c *gin.Context) string {
	if id := Principal(c).ID(); id != "" {
		return id
	}
	return ClientNetwork(c.Request).String()
}

// overQuota counts an event that would exceed a quota, and returns the error for
// it. Of what others have stored it tells no more than that the quota is used up.
func (k *Kernel) overQuota(t hub.Topic, err error) error {
	var over *limits.QuotaError
	if !errors.As(err, &over) {
		return err
	}
	e := &LimitError{}
	switch over.Kind {
	case limits.Channels:
		e.Kind, e.Detail = ChannelsInAll, "The maximum number of channels is in use (%d): send to one of them"
	case limits.OwnChannels:
		e.Kind, e.Detail = ChannelsOfSender, "You have created the maximum number of channels (%d): send to one that exists"
	default:
		e.Kind, e.Detail = ChannelBytes, "The channel stores its maximum of %d bytes: wait for its oldest events to expire, or use another channel"
		if t.User != 0 {
			e.Kind, e.Detail = UserBytes, "The notifications of this user have reached their maximum of %d bytes: wait for the oldest to expire"
		}
	}
	e.Detail = fmt.Sprintf(e.Detail, over.Limit)
	k.refusedRequests.Add(1)
	return e
}
