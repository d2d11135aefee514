package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"latido/handlers/access"
)

// keyCommands manage API keys.
type keyCommands struct {
	List   keyList   `cmd:"" help:"List keys."`
	Add    keyAdd    `cmd:"" help:"Make a key, which is shown this once."`
	Remove keyRemove `cmd:"" help:"Revoke a key; its streams end."`
}

type keyList struct {
	manageConfig `embed:""`
}

// Run lists keys.
func (c keyList) Run(ctx context.Context, t *terminal) error {
	return c.manage(ctx, t, func(_ context.Context, d directory) error {
		lines := [][]string{{"ID", "NAME", "MAY", "EXPIRES", "LAST USED"}}
		for _, k := range d.Keys() {
			lines = append(lines, []string{k.ID, k.Name, mayWords(k.Grant), day(k.Expires, "never"), day(k.LastUsed, "never")})
		}
		return t.table("no keys. Type: latido key add NAME --publish CHANNEL", lines)
	})
}

// mayWords is a grant in words.
func mayWords(g access.Grant) string {
	var all []string
	for _, may := range []struct{ verb, what string }{
		{"publish", channels(g.Publish)}, {"subscribe", channels(g.Subscribe)}, {"notify", g.Notify.String()}, {"read", g.Read.String()},
	} {
		if may.what != "" {
			all = append(all, may.verb+" "+may.what)
		}
	}
	if g.Tasks {
		all = append(all, "tasks")
	}
	return cmp.Or(strings.Join(all, "; "), "nothing")
}

func channels(ps access.Patterns) string {
	var all []string
	for _, p := range ps {
		all = append(all, string(p))
	}
	return strings.Join(all, " ")
}

type keyAdd struct {
	Name         string          `arg:"" help:"What the key is for."`
	Publish      access.Patterns `sep:"none" placeholder:"CHANNEL" help:"Channel it may send to; a * at its end matches any ending. Repeat the flag for more."`
	Subscribe    access.Patterns `sep:"none" placeholder:"CHANNEL" help:"Channel it may read, in the same way."`
	Notify       string          `placeholder:"ID,…" help:"User ids it may notify; * for all."`
	Read         string          `placeholder:"ID,…" help:"User ids whose notifications it may read; * for all."`
	Tasks        bool            `help:"It may start exports and cancel tasks; needs --subscribe '*'."`
	UserID       int64           `name:"user-id" placeholder:"ID" help:"User id that it acts for and whose notifications it may read."`
	Expires      period          `placeholder:"TIME" help:"Time after which it expires, such as 90d (never)."`
	manageConfig `embed:""`
}

// Run makes a key. The key alone goes to standard output, for scripts.
func (c keyAdd) Run(ctx context.Context, t *terminal) error {
	k := access.APIKey{Name: c.Name, User: c.UserID, Expires: c.Expires.end(), By: access.ConsoleName}
	k.Grant.Publish, k.Grant.Subscribe, k.Grant.Tasks = c.Publish, c.Subscribe, c.Tasks
	var err error
	if k.Grant.Notify, err = access.ParseUsers(c.Notify); err != nil {
		return fmt.Errorf("%w: --notify: %w", errUsage, err)
	}
	if k.Grant.Read, err = access.ParseUsers(c.Read); err != nil {
		return fmt.Errorf("%w: --read: %w", errUsage, err)
	}
	if k.Grant.IsZero() && c.UserID == 0 {
		return fmt.Errorf("%w: the key may do nothing: give it --publish, --subscribe, --notify, --read or --tasks", errUsage)
	}
	return c.manage(ctx, t, func(ctx context.Context, d directory) error {
		text, made, err := d.AddKey(ctx, k)
		if err != nil {
			return err
		}
		t.say("key %s, %s: %s; expires: %s", made.ID, made.Name, mayWords(made.Grant), day(made.Expires, "never"))
		t.say("send it as Authorization: Bearer KEY. It is not stored and cannot be shown again:")
		_, err = fmt.Fprintln(t.out, text)
		return err
	})
}

type keyRemove struct {
	ID           string `arg:"" help:"The key's id, as listed."`
	manageConfig `embed:""`
}

// Run revokes a key.
func (c keyRemove) Run(ctx context.Context, t *terminal) error {
	return c.manage(ctx, t, func(ctx context.Context, d directory) error {
		if err := d.RemoveKey(ctx, c.ID); err != nil {
			return err
		}
		t.say("the key %s is revoked", c.ID)
		return nil
	})
}
