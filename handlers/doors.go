package handlers

import (
	"strconv"

	"github.com/gin-gonic/gin"

	"latido/handlers/access"
	"latido/hub"
)

// door says what a route asks of who uses it, before anything else is done; an
// error refuses. What the request's body names is asked for by its handler, with
// the same functions. No door lets everybody in, also who shows what is wrong.
type door func(c *gin.Context, p *access.Principal) error

// The doors. Each names all that it asks for.

// public lets everybody in.
var public door

// known lets in who shows anything, and everybody where access is open.
func known(_ *gin.Context, p *access.Principal) error {
	if p.Kind == access.Anyone && !p.Grant.Subscribe.All() {
		return denied("log in first")
	}
	return nil
}

// whole lets in who may read every channel: pages show several, and numbers of
// all.
func whole(_ *gin.Context, p *access.Principal) error {
	if !p.Grant.Subscribe.All() {
		return denied("this needs every channel")
	}
	return nil
}

// loggedIn lets in who is a person, also where access is open.
func loggedIn(c *gin.Context, p *access.Principal) error {
	if p.Kind != access.Person {
		return denied("this is for people who are logged in")
	}
	return ownPageOnly(c)
}

// manages lets in who may manage access, and never who shows nothing.
func manages(c *gin.Context, p *access.Principal) error {
	if p.Kind == access.Anyone || !p.Grant.Manage {
		return denied("managing people, keys and links")
	}
	return ownPageOnly(c)
}

// ownPageOnly refuses also the pages of Config.Origins: they may use the API as who
// is logged in, and must not give themselves more than that.
func ownPageOnly(c *gin.Context) error {
	if !ownPage(c.Request) {
		return errForeign
	}
	return nil
}

// tasksDoor lets in who may start and cancel tasks, whose results are whole channels.
func tasksDoor(c *gin.Context, p *access.Principal) error {
	if !p.Grant.Tasks {
		return denied("starting and cancelling tasks")
	}
	return whole(c, p)
}

// reads lets in who may read a channel.
func reads(channel string) door {
	return func(_ *gin.Context, p *access.Principal) error { return mayRead(p, channel) }
}

// readsParam does for the channel in the path.
func readsParam(c *gin.Context, p *access.Principal) error {
	return mayRead(p, pathParam(c, "channel"))
}

// readsQuery does for the channels and the user in the query of /sse/events.
func readsQuery(c *gin.Context, p *access.Principal) error {
	for _, channel := range eventChannels(c) {
		if err := mayRead(p, channel); err != nil {
			return err
		}
	}
	return userQuery(c, p)
}

// userQuery lets in who may read the user in the query, if there is one that is
// one: what is none is told by the handler.
func userQuery(c *gin.Context, p *access.Principal) error {
	for _, text := range c.QueryArray("user_id") {
		if id, err := strconv.ParseInt(text, 10, 64); err == nil && id > 0 {
			if err := mayReadUser(p, id); err != nil {
				return err
			}
		}
	}
	return nil
}

// readsUser lets in who may read the user in the path.
func readsUser(c *gin.Context, p *access.Principal) error {
	id, err := strconv.ParseInt(pathParam(c, "user_id"), 10, 64)
	if err != nil {
		id = 0
	}
	return mayReadUser(p, id)
}

// sends lets in who may send to the channel in the path, as the user in the query.
func sends(c *gin.Context, p *access.Principal) error {
	return maySend(p, pathParam(c, "channel"))
}

// sendsTo does for one channel.
func sendsTo(channel string) door {
	return func(_ *gin.Context, p *access.Principal) error { return maySend(p, channel) }
}

// sendsSome lets in who may send to any channel: the body names it.
func sendsSome(_ *gin.Context, p *access.Principal) error {
	if len(p.Grant.Publish) == 0 {
		return denied("sending to channels")
	}
	return nil
}

// notifies lets in who may notify the user in the path.
func notifies(c *gin.Context, p *access.Principal) error {
	id, err := strconv.ParseInt(pathParam(c, "user_id"), 10, 64)
	if err != nil {
		id = 0
	}
	return mayNotify(p, id)
}

// notifiesSome lets in who may notify any user: the body names the user.
func notifiesSome(_ *gin.Context, p *access.Principal) error {
	if p.Grant.Notify.IsZero() {
		return denied("sending notifications")
	}
	return nil
}

// shares lets in who is known by a share link, which shows its cards and nothing
// else: see identifyLink.
func shares(_ *gin.Context, p *access.Principal) error {
	if p.Kind != access.Link {
		return denied("this needs a share link")
	}
	return nil
}

func mayRead(p *access.Principal, channel string) error {
	if !p.Grant.Subscribe.Match(channel) {
		return denied("reading this channel")
	}
	return nil
}

func mayReadUser(p *access.Principal, id int64) error {
	if !p.Grant.Read.Has(id) {
		return denied("reading this user's notifications")
	}
	return nil
}

func maySend(p *access.Principal, channel string) error {
	if !p.Grant.Publish.Match(channel) {
		return denied("sending to this channel")
	}
	return nil
}

func mayNotify(p *access.Principal, id int64) error {
	if !p.Grant.Notify.Has(id) {
		return denied("sending notifications to this user")
	}
	return nil
}

// visible leaves of counts by channel those that one may read.
func visible(p *access.Principal, channels map[string]int) map[string]int {
	if p.Grant.Subscribe.All() {
		return channels
	}
	seen := map[string]int{}
	for name, n := range channels {
		if p.Grant.Subscribe.Match(name) {
			seen[name] = n
		}
	}
	return seen
}

// mayTopics asks for everything a subscription would show.
func mayTopics(p *access.Principal, topics []hub.Topic) error {
	for _, t := range topics {
		err := mayReadUser(p, t.User)
		if t.User == 0 {
			err = mayRead(p, t.Channel)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
