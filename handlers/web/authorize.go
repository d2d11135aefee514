package web

import (
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"latido/handlers/access"
	"latido/hub"
)

// Rule says what a route asks of its caller, before anything else is done; an error
// refuses. What the request's body names is checked by its Action, with the May
// functions. A Rule names everything it asks for: none stands on another.
type Rule func(c *gin.Context, p *access.Principal) error

// Public admits every caller, also one with wrong credentials.
var Public Rule

// Known admits every caller with credentials, and all callers where access is open.
func Known(_ *gin.Context, p *access.Principal) error {
	if p.Kind == access.Anyone && !p.Grant.Subscribe.All() {
		return forbidden("This needs credentials: log in, or send a key or token as Authorization: Bearer")
	}
	return nil
}

// AllChannels admits callers that may read every channel: pages show several, and
// numbers of all.
func AllChannels(_ *gin.Context, p *access.Principal) error {
	if !p.Grant.Subscribe.All() {
		return Denied("reading all channels")
	}
	return nil
}

// LoggedIn admits people who are logged in, also where access is open.
func LoggedIn(c *gin.Context, p *access.Principal) error {
	if p.Kind != access.Person {
		return forbidden("This is for people who are logged in: log in with a name and a password")
	}
	return ownPageOnly(c)
}

// Manager admits callers that may manage access, and no caller without credentials.
func Manager(c *gin.Context, p *access.Principal) error {
	if p.Kind == access.Anyone || !p.Grant.Manage {
		return Denied("managing people, keys and links")
	}
	return ownPageOnly(c)
}

// Console admits the program's own commands alone: see access.WithConsole.
func Console(_ *gin.Context, p *access.Principal) error {
	if p.Kind != access.Console {
		return forbidden("This is for the commands of this program: run them on the machine of the server")
	}
	return nil
}

// ownPageOnly refuses also the pages of Config.Origins: they may use the API as the
// person who is logged in, and must not give themselves more than that.
func ownPageOnly(c *gin.Context) error {
	if !ownPage(c.Request) {
		return errForeign
	}
	return nil
}

// TaskRunner admits callers that may start and cancel tasks, whose results are
// whole channels.
func TaskRunner(c *gin.Context, p *access.Principal) error {
	if !p.Grant.Tasks {
		return Denied("starting and cancelling tasks")
	}
	return AllChannels(c, p)
}

// Reads admits callers that may read a channel.
func Reads(channel string) Rule {
	return func(_ *gin.Context, p *access.Principal) error { return MayRead(p, channel) }
}

// ReadsChannel admits callers that may read the channel in the path (:channel).
func ReadsChannel(c *gin.Context, p *access.Principal) error {
	return MayRead(p, PathParam(c, "channel"))
}

// ReadsUser admits callers that may read the user in the path (:user_id).
func ReadsUser(c *gin.Context, p *access.Principal) error { return MayReadUser(p, pathUser(c)) }

// Sends admits callers that may send to a channel.
func Sends(channel string) Rule {
	return func(_ *gin.Context, p *access.Principal) error { return MaySend(p, channel) }
}

// SendsToChannel admits callers that may send to the channel in the path (:channel).
func SendsToChannel(c *gin.Context, p *access.Principal) error {
	return MaySend(p, PathParam(c, "channel"))
}

// SendsToAny admits callers that may send to some channel: the body names it.
func SendsToAny(_ *gin.Context, p *access.Principal) error {
	if len(p.Grant.Publish) == 0 {
		return Denied("sending to channels")
	}
	return nil
}

// Notifies admits callers that may notify the user in the path (:user_id).
func Notifies(c *gin.Context, p *access.Principal) error { return MayNotify(p, pathUser(c)) }

// NotifiesAny admits callers that may notify some user: the body names the user.
func NotifiesAny(_ *gin.Context, p *access.Principal) error {
	if p.Grant.Notify.IsZero() {
		return Denied("sending notifications")
	}
	return nil
}

// HasLink admits callers that a share link identified: see Handle.
func HasLink(_ *gin.Context, p *access.Principal) error {
	if p.Kind != access.Link {
		return forbidden("This needs a share link: open the link itself")
	}
	return nil
}

// pathUser is the user id in the path, 0 for what is none.
func pathUser(c *gin.Context) int64 {
	id, err := strconv.ParseInt(PathParam(c, "user_id"), 10, 64)
	if err != nil {
		return 0
	}
	return id
}

// MayRead returns nil if p may read a channel. Errors: 403.
func MayRead(p *access.Principal, channel string) error {
	if !p.Grant.Subscribe.Match(channel) {
		return Denied("reading this channel")
	}
	return nil
}

// MayReadUser returns nil if p may read a user's notifications. Errors: 403.
func MayReadUser(p *access.Principal, id int64) error {
	if !p.Grant.Read.Has(id) {
		return Denied("reading this user's notifications")
	}
	return nil
}

// MaySend returns nil if p may send to a channel. Errors: 403.
func MaySend(p *access.Principal, channel string) error {
	if !p.Grant.Publish.Match(channel) {
		return Denied("sending to this channel")
	}
	return nil
}

// MayNotify returns nil if p may notify a user. Errors: 403.
func MayNotify(p *access.Principal, id int64) error {
	if !p.Grant.Notify.Has(id) {
		return Denied("sending notifications to this user")
	}
	return nil
}

// MayReadAll returns nil if p may read everything that a subscription shows.
// Errors: 403.
func MayReadAll(p *access.Principal, topics []hub.Topic) error {
	for _, t := range topics {
		err := MayReadUser(p, t.User)
		if t.User == 0 {
			err = MayRead(p, t.Channel)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Denied returns the error of a caller whose access does not include something: 403.
// From a Rule, a caller without credentials gets 401 or the login page in its place.
func Denied(what string) error {
	return forbidden("Your access does not include " + what + ": ask an administrator for it")
}

func forbidden(sentence string) error {
	return &StatusError{Status: http.StatusForbidden, Detail: sentence}
}
