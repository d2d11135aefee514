package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"latido/handlers/access"
	"latido/streams/board"
)

// linkCommands manage share links.
type linkCommands struct {
	List   linkList   `cmd:"" help:"List links."`
	Add    linkAdd    `cmd:"" help:"Make a link, whose URL is shown this once."`
	Remove linkRemove `cmd:"" help:"Revoke a link; its pages end."`
}

// shortID is as much of a link's id as tables show and commands need.
const shortID = 12

type linkList struct {
	manageConfig `embed:""`
}

// Run lists links.
func (c linkList) Run(ctx context.Context, t *terminal) error {
	return c.manage(ctx, t, func(_ context.Context, d directory) error {
		lines := [][]string{{"ID", "NAME", "CARDS", "USER ID", "EXPIRES"}}
		for _, l := range d.Links() {
			lines = append(lines, []string{l.ID[:shortID], l.Name, strings.Join(l.Cards, ","), userID(l.User), day(l.Expires, "never")})
		}
		return t.table("no links. Type: latido link add NAME --cards metrics,logs", lines)
	})
}

type linkAdd struct {
	Name         string   `arg:"" help:"What the link is for, which is the title of its page."`
	Cards        []string `required:"" placeholder:"CARD" help:"Cards it shows: ${cards}."`
	UserID       int64    `name:"user-id" placeholder:"ID" help:"User whose notifications the card shows."`
	Expires      period   `placeholder:"TIME" help:"Time after which it expires, such as 90d (never)."`
	URL          string   `name:"url" default:"http://127.0.0.1:8080" placeholder:"URL" help:"How the link's viewers reach the server (${default})."`
	manageConfig `embed:""`
}

// Run makes a link.
func (c linkAdd) Run(ctx context.Context, t *terminal) error {
	for _, card := range c.Cards {
		if !slices.Contains(board.Shareable(), card) {
			return fmt.Errorf("%w: --cards: there is no card %q, but %s", errUsage, card, strings.Join(board.Shareable(), ", "))
		}
	}
	if slices.Contains(c.Cards, "notifications") != (c.UserID > 0) {
		return fmt.Errorf("%w: --user-id and the card notifications go together", errUsage)
	}
	return c.manage(ctx, t, func(ctx context.Context, d directory) error {
		secret, l, err := d.AddLink(ctx, access.ShareLink{Name: c.Name, Cards: c.Cards, User: c.UserID, Expires: c.Expires.end(), By: access.ConsoleName})
		if err != nil {
			return err
		}
		t.say("link %s, %s: %s; expires: %s", l.ID[:shortID], l.Name, strings.Join(l.Cards, ", "), day(l.Expires, "never"))
		t.say("anyone who has the URL sees these cards. It is not stored and cannot be shown again:")
		_, err = fmt.Fprintln(t.out, strings.TrimSuffix(c.URL, "/")+"/share/"+secret)
		return err
	})
}

type linkRemove struct {
	ID           string `arg:"" help:"The link's id, as listed."`
	manageConfig `embed:""`
}

// Run revokes a link.
func (c linkRemove) Run(ctx context.Context, t *terminal) error {
	return c.manage(ctx, t, func(ctx context.Context, d directory) error {
		if len(c.ID) < shortID {
			return fmt.Errorf("the link %s: %w", c.ID, access.ErrNotFound)
		}
		for _, l := range d.Links() {
			if strings.HasPrefix(l.ID, c.ID) {
				if err := d.RemoveLink(ctx, l.ID); err != nil {
					return err
				}
				t.say("the link %s is revoked", l.Name)
				return nil
			}
		}
		return fmt.Errorf("the link %s: %w", c.ID, access.ErrNotFound)
	})
}
