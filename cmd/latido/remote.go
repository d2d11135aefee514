package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"latido/cmd/latido/control"
	"latido/handlers/access"
)

// remote is the directory of a running server, through its API. The lists are those of
// the time when it was opened.
type remote struct {
	data   string
	listed struct {
		People []access.PersonInfo
		Keys   []access.KeyInfo
		Links  []access.ShareLink
	}
}

// openRemote finds the server that runs on a data folder and reads the lists.
func openRemote(ctx context.Context, data string) (*remote, error) {
	r := &remote{data: data}
	return r, r.ask(ctx, http.MethodGet, "/access", nil, &r.listed)
}

// fields are those of a form.
type fields map[string]any

// of adds the user id unless it is 0, which is none.
func (f fields) of(user int64) fields {
	if user != 0 {
		f["user"] = user
	}
	return f
}

// do sends a request and returns a response of status 200 or 204, whose body has to be
// closed.
func (r *remote) do(ctx context.Context, method, path string, in fields) (*http.Response, error) {
	response, err := control.Do(ctx, r.data, method, path, in)
	if err != nil {
		return nil, err
	}
	if response.StatusCode == http.StatusOK || response.StatusCode == http.StatusNoContent {
		return response, nil
	}
	defer response.Body.Close()
	return nil, refusal(response)
}

// ask sends a request, and decodes the response into out unless it is nil.
func (r *remote) ask(ctx context.Context, method, path string, in fields, out any) error {
	response, err := r.do(ctx, method, path, in)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if out == nil {
		return nil
	}
	if err := json.NewDecoder(response.Body).Decode(out); err != nil {
		return fmt.Errorf("read the server's response: %w", err)
	}
	return nil
}

// change posts to a route of a person, a key or a link.
func (r *remote) change(ctx context.Context, kind, name, verb string, in fields) error {
	noun := map[string]string{"people": "person", "keys": "key", "links": "link"}[kind]
	return about("the "+noun+" "+name, r.ask(ctx, http.MethodPost, "/access/"+kind+"/"+url.PathEscape(name)+"/"+verb, in, nil))
}

func (r *remote) People() []access.PersonInfo { return r.listed.People }
func (r *remote) Keys() []access.KeyInfo      { return r.listed.Keys }
func (r *remote) Links() []access.ShareLink   { return r.listed.Links }

func (r *remote) AddPerson(ctx context.Context, name, password string, role access.Role, user int64) (p access.PersonInfo, err error) {
	in := fields{"name": name, "password": password, "again": password, "role": role}
	err = about("the person "+name, r.ask(ctx, http.MethodPost, "/access/people", in.of(user), &p))
	return p, err
}

func (r *remote) SetPassword(ctx context.Context, name, password string) error {
	return r.change(ctx, "people", name, "password", fields{"password": password, "again": password})
}

func (r *remote) SetRole(ctx context.Context, name string, role access.Role) error {
	return r.change(ctx, "people", name, "role", fields{"role": role})
}

func (r *remote) RemovePerson(ctx context.Context, name string) error {
	return r.change(ctx, "people", name, "remove", fields{})
}

func (r *remote) AddKey(ctx context.Context, k access.APIKey) (string, access.APIKey, error) {
	in := fields{
		"name": k.Name, "publish": list(k.Grant.Publish), "subscribe": list(k.Grant.Subscribe), "tasks": k.Grant.Tasks,
		"notify": k.Grant.Notify.String(), "read": k.Grant.Read.String(), "expires": expires(k.Expires),
	}
	var made struct {
		access.APIKey
		Key string
	}
	err := r.ask(ctx, http.MethodPost, "/access/keys", in.of(k.User), &made)
	return made.Key, made.APIKey, err
}

func (r *remote) RemoveKey(ctx context.Context, id string) error {
	return r.change(ctx, "keys", id, "revoke", fields{})
}

func (r *remote) AddLink(ctx context.Context, l access.ShareLink) (string, access.ShareLink, error) {
	in := fields{"name": l.Name, "cards": l.Cards, "expires": expires(l.Expires)}
	var made struct {
		access.ShareLink
		Secret string
	}
	err := r.ask(ctx, http.MethodPost, "/access/links", in.of(l.User), &made)
	return made.Secret, made.ShareLink, err
}

func (r *remote) RemoveLink(ctx context.Context, id string) error {
	return r.change(ctx, "links", id, "revoke", fields{})
}

// list returns an empty list for nil, which would be null in JSON.
func list(ps access.Patterns) access.Patterns { return append(access.Patterns{}, ps...) }

// expires is a time as the API reads it.
func expires(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.Format(time.RFC3339)
}

// refusal returns the error that a response stands for. Its body is
// {"detail": "a sentence"} or {"detail": [a problem, …]}.
func refusal(response *http.Response) error {
	text, _ := io.ReadAll(io.LimitReader(response.Body, 64<<10)) // as much as there is
	var body struct{ Detail json.RawMessage }
	var sentence string
	var problems []struct {
		Loc       []string
		Msg, Type string
	}
	switch {
	case json.Unmarshal(text, &body) != nil:
		return errors.New("the server refuses: " + response.Status)
	case json.Unmarshal(body.Detail, &sentence) == nil && response.StatusCode == http.StatusNotFound:
		return access.ErrNotFound
	case json.Unmarshal(body.Detail, &sentence) == nil:
		return errors.New("the server refuses: " + lower(sentence))
	case json.Unmarshal(body.Detail, &problems) != nil || len(problems) == 0:
		return errors.New("the server refuses: " + response.Status)
	}
	switch problems[0].Type {
	case "taken":
		return access.ErrExists
	case "user_taken":
		return access.ErrUserTaken
	}
	var all []string
	for _, p := range problems {
		said, fromAccess := strings.CutPrefix(lower(p.Msg), access.ErrInput.Error()+": ")
		if !fromAccess && len(p.Loc) > 0 {
			said = p.Loc[len(p.Loc)-1] + ": " + lower(said)
		}
		all = append(all, said)
	}
	return fmt.Errorf("%w: %s", access.ErrInput, strings.Join(all, "; "))
}

// lower returns a sentence as the part of an error.
func lower(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}

// about adds to an error what it is about.
func about(what string, err error) error {
	if errors.Is(err, access.ErrNotFound) || errors.Is(err, access.ErrExists) || errors.Is(err, access.ErrUserTaken) {
		return fmt.Errorf("%s: %w", what, err)
	}
	return err
}
