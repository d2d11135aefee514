package main

import (
	"context"
	"fmt"

	"latido/handlers/access"
)

// setupCommand makes the first administrator.
type setupCommand struct {
	Name         string `arg:"" optional:"" default:"admin" help:"The administrator's name (${default})."`
	manageConfig `embed:""`
}

// Run makes the administrator where there is none.
func (c setupCommand) Run(ctx context.Context, t *terminal) error {
	return c.manage(ctx, t, func(ctx context.Context, d directory) error {
		for _, p := range d.People() {
			if p.Role == access.Admin {
				return fmt.Errorf("%s is an administrator already. Type: latido user add NAME --role admin for another, latido user password %s for another password", p.Name, p.Name)
			}
		}
		if err := access.CheckName(c.Name); err != nil {
			return err
		}
		password, err := t.password(ctx)
		if err != nil {
			return err
		}
		p, err := d.AddPerson(ctx, c.Name, password, access.Admin, 0)
		if err != nil {
			return err
		}
		t.say("%s is an administrator now, with user id %d, and logs in at /login", p.Name, p.User)
		t.say("requests without a session, key or token are refused from now on")
		return nil
	})
}

// userCommands manage people.
type userCommands struct {
	List     userList     `cmd:"" help:"List people."`
	Add      userAdd      `cmd:"" help:"Add a person; the password is asked for at a terminal, and otherwise is the first line of the input."`
	Password userPassword `cmd:"" help:"Give a person another password; all sessions end."`
	Role     userRole     `cmd:"" help:"Give a person another role; open streams end and reconnect."`
	Remove   userRemove   `cmd:"" help:"Remove a person; sessions and streams end."`
}

type userList struct {
	manageConfig `embed:""`
}

// Run lists people.
func (c userList) Run(ctx context.Context, t *terminal) error {
	return c.manage(ctx, t, func(_ context.Context, d directory) error {
		lines := [][]string{{"NAME", "ROLE", "USER ID", "SINCE"}}
		for _, p := range d.People() {
			lines = append(lines, []string{p.Name, string(p.Role), userID(p.User), day(p.Created, "-")})
		}
		return t.table("nobody yet. Type: latido setup", lines)
	})
}

type userAdd struct {
	Name         string `arg:"" help:"Name to log in with: a-z, 0-9, _ and -."`
	Role         string `enum:"viewer,sender,admin" default:"viewer" placeholder:"viewer|sender|admin" help:"viewer sees every channel and their own notifications; sender also sends; admin also manages access (${default})."`
	UserID       int64  `name:"user-id" placeholder:"ID" help:"User id whose notifications are the person's own (the next free one)."`
	manageConfig `embed:""`
}

// Run adds a person.
func (c userAdd) Run(ctx context.Context, t *terminal) error {
	return c.manage(ctx, t, func(ctx context.Context, d directory) error {
		if err := access.CheckName(c.Name); err != nil {
			return err
		}
		password, err := t.password(ctx)
		if err != nil {
			return err
		}
		p, err := d.AddPerson(ctx, c.Name, password, access.Role(c.Role), c.UserID)
		if err != nil {
			return err
		}
		t.say("%s is a %s now, with user id %d", p.Name, p.Role, p.User)
		return nil
	})
}

type userPassword struct {
	Name         string `arg:"" help:"The person's name."`
	manageConfig `embed:""`
}

// Run sets a password.
func (c userPassword) Run(ctx context.Context, t *terminal) error {
	return c.manage(ctx, t, func(ctx context.Context, d directory) error {
		password, err := t.password(ctx)
		if err != nil {
			return err
		}
		if err := d.SetPassword(ctx, c.Name, password); err != nil {
			return err
		}
		t.say("%s has another password and has to log in again everywhere", c.Name)
		return nil
	})
}

type userRole struct {
	Name         string `arg:"" help:"The person's name."`
	Role         string `arg:"" enum:"viewer,sender,admin" help:"viewer, sender or admin."`
	manageConfig `embed:""`
}

// Run sets a role.
func (c userRole) Run(ctx context.Context, t *terminal) error {
	return c.manage(ctx, t, func(ctx context.Context, d directory) error {
		if err := d.SetRole(ctx, c.Name, access.Role(c.Role)); err != nil {
			return err
		}
		t.say("%s is a %s now", c.Name, c.Role)
		return nil
	})
}

type userRemove struct {
	Name         string `arg:"" help:"The person's name."`
	manageConfig `embed:""`
}

// Run removes a person.
func (c userRemove) Run(ctx context.Context, t *terminal) error {
	return c.manage(ctx, t, func(ctx context.Context, d directory) error {
		if err := d.RemovePerson(ctx, c.Name); err != nil {
			return err
		}
		t.say("%s is removed", c.Name)
		return nil
	})
}
