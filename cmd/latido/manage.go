package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"latido/handlers/access"
	"latido/hub/journal/engine"
)

// manageConfig is where people, keys and links are stored, which is where the events
// are.
type manageConfig struct {
	Data       string `default:"${data}" placeholder:"DIR" help:"Folder that keeps the events (${default}). A server may run on it."`
	natsConfig `embed:""`
}

// manageWait bounds the wait for what is stored.
const manageWait = 20 * time.Second

// directory is the people, keys and links: an access.Directory, or those of a running
// server. The methods and their errors are those of access.Directory.
type directory interface {
	People() []access.PersonInfo
	AddPerson(ctx context.Context, name, password string, role access.Role, user int64) (access.PersonInfo, error)
	SetPassword(ctx context.Context, name, password string) error
	SetRole(ctx context.Context, name string, role access.Role) error
	RemovePerson(ctx context.Context, name string) error
	Keys() []access.KeyInfo
	AddKey(ctx context.Context, k access.APIKey) (text string, _ access.APIKey, err error)
	RemoveKey(ctx context.Context, id string) error
	Links() []access.ShareLink
	AddLink(ctx context.Context, l access.ShareLink) (secret string, _ access.ShareLink, err error)
	RemoveLink(ctx context.Context, id string) error
}

// manage changes or reads people, keys and links: through the server that runs on the
// folder, on a folder that is not in use, or in the cluster. The lock of the folder
// decides, so a socket that was left behind is not used.
func (c manageConfig) manage(ctx context.Context, t *terminal, do func(ctx context.Context, d directory) error) (err error) {
	if c.Data == "" && !c.shared() {
		return fmt.Errorf("%w: --data needs a folder", errUsage)
	}
	var all complaints
	if c.natsConfig.check(&all); len(all) > 0 {
		return errors.Join(all...)
	}
	log := slog.New(slog.NewTextHandler(t.errout, &slog.HandlerOptions{Level: slog.LevelWarn}))
	records, release, err := openRecords(ctx, engine.Config{Dir: journalDir(c.Data), Cluster: c.cluster(), Logger: log})
	if errors.Is(err, engine.ErrLocked) {
		server, err := openRemote(ctx, c.Data)
		if err != nil {
			return fmt.Errorf("%s is in use: %w", c.Data, err)
		}
		return asUsage(do(ctx, server))
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	d := access.New(records, access.Options{Mode: access.Closed, Logger: log})
	ctx, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	defer func() {
		stop()
		err = errors.Join(err, <-ended)
	}()
	select {
	case <-d.Ready():
	case <-time.After(manageWait):
		return errors.New("what is stored cannot be read, see above")
	case <-ctx.Done():
		return errors.New("interrupted")
	}
	return asUsage(do(ctx, d))
}

// asUsage makes an input that was refused a wrong usage.
func asUsage(err error) error {
	if errors.Is(err, access.ErrInput) {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	return err
}
