package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"latido/handlers/access"
)

// controlWait is how long a running server may take to begin a response.
const controlWait = 30 * time.Second

// errNoServer is wrapped where a data folder is in use and no server listens.
var errNoServer = errors.New("no server takes commands there: a server is starting or stopping, or another command is running. Try again in a moment")

// controlClient sends requests to the server that runs on a data folder.
type controlClient struct {
	data string
	dial func(ctx context.Context, data string) (net.Conn, string, error)
}

// do sends a request and returns a response of status 200 or 204, whose body has to be
// closed. Errors wrap errNoServer, or are an *apiError.
func (c controlClient) do(ctx context.Context, method, path string, body any) (*http.Response, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	conn, token, err := c.dial(ctx, c.data)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return nil, errNoServer
	case err != nil:
		return nil, fmt.Errorf("the server cannot be reached: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, method, "http://latido"+path, bytes.NewReader(text))
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	request.Header = http.Header{"Accept": {"application/json"}, "Content-Type": {"application/json"}, "Authorization": {"Bearer " + token}}
	// One connection for one request: the server may stop at any time.
	response, err := (&http.Transport{
		DialContext:       func(context.Context, string, string) (net.Conn, error) { return conn, nil },
		DisableKeepAlives: true, ResponseHeaderTimeout: controlWait,
	}).RoundTrip(request)
	switch {
	case ctx.Err() != nil:
		return nil, errors.New("interrupted")
	case err != nil:
		return nil, noResponse(method, err)
	case response.StatusCode == http.StatusOK, response.StatusCode == http.StatusNoContent:
		return response, nil
	}
	defer response.Body.Close()
	return nil, readError(response)
}

// noResponse says what to do about a request whose response did not come, because the
// server has stopped or hangs.
func noResponse(method string, err error) error {
	if method == http.MethodGet {
		return fmt.Errorf("the server has stopped or does not respond. Try again in a moment (%w)", err)
	}
	return fmt.Errorf("the server has stopped or does not respond, and may have made the change. See latido user list, key list or link list, and try again (%w)", err)
}

// apiError is an error of the API: its text, and the error of package access that it
// stands for, nil for none.
type apiError struct {
	text string
	is   error
}

func (e *apiError) Error() string { return e.text }
func (e *apiError) Unwrap() error { return e.is }

// problem is a member of the detail of a 422.
type problem struct {
	Loc       []string
	Msg, Type string
}

// readError reads {"detail": "a sentence"} or {"detail": [a problem, …]}.
func readError(response *http.Response) error {
	text, _ := io.ReadAll(io.LimitReader(response.Body, 64<<10)) // as much as there is
	var body struct{ Detail json.RawMessage }
	var detail string
	var problems []problem
	switch {
	case json.Unmarshal(text, &body) != nil:
		return &apiError{text: "the server refuses: " + response.Status}
	case json.Unmarshal(body.Detail, &detail) == nil && response.StatusCode == http.StatusNotFound:
		return &apiError{access.ErrNotFound.Error(), access.ErrNotFound}
	case json.Unmarshal(body.Detail, &detail) == nil:
		return &apiError{text: "the server refuses: " + lower(detail)}
	case json.Unmarshal(body.Detail, &problems) != nil || len(problems) == 0:
		return &apiError{text: "the server refuses: " + response.Status}
	}
	switch problems[0].Type {
	case "taken":
		return access.ErrExists
	case "user_taken":
		return access.ErrUserTaken
	}
	var all []string
	for _, p := range problems {
		said, fromAccess := strings.CutPrefix(p.Msg, access.ErrInput.Error()+": ")
		if !fromAccess && len(p.Loc) > 0 {
			said = p.Loc[len(p.Loc)-1] + ": " + lower(said)
		}
		all = append(all, said)
	}
	return &apiError{access.ErrInput.Error() + ": " + strings.Join(all, "; "), access.ErrInput}
}

// lower returns a sentence as the part of an error.
func lower(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}

// fetchBackup has the server that runs on a data folder write its backup to w.
func fetchBackup(ctx context.Context, data string, w io.Writer) error {
	response, err := controlClient{data, dialControl}.do(ctx, http.MethodGet, "/backup", nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err = io.Copy(w, response.Body); err != nil {
		return fmt.Errorf("fetch the server's backup: %w", err)
	}
	return nil
}

// remote is the directory of a running server, through its API. The lists are those of
// the time when it was opened.
type remote struct {
	client controlClient
	listed struct {
		People []access.PersonInfo
		Keys   []access.KeyInfo
		Links  []access.ShareLink
	}
}

// openRemote finds the server and reads the lists. Errors wrap errNoServer.
func openRemote(ctx context.Context, data string) (*remote, error) {
	r := &remote{client: controlClient{data, dialControl}}
	return r, r.ask(ctx, http.MethodGet, "/access", nil, &r.listed)
}

// fields are those of a form.
type fields map[string]any

// ask sends a request, and decodes the response into out unless it is nil.
func (r *remote) ask(ctx context.Context, method, path string, in fields, out any) error {
	response, err := r.client.do(ctx, method, path, in)
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
	return r.ask(ctx, http.MethodPost, "/access/"+kind+"/"+url.PathEscape(name)+"/"+verb, in, nil)
}

// about adds to an error what it is about.
func about(what string, err error) error {
	if err != nil && (errors.Is(err, access.ErrNotFound) || errors.Is(err, access.ErrExists) || errors.Is(err, access.ErrUserTaken)) {
		return fmt.Errorf("%s: %w", what, err)
	}
	return err
}

func (r *remote) People() []access.PersonInfo { return r.listed.People }
func (r *remote) Keys() []access.KeyInfo      { return r.listed.Keys }
func (r *remote) Links() []access.ShareLink   { return r.listed.Links }

func (r *remote) AddPerson(ctx context.Context, name, password string, role access.Role, user int64) (p access.PersonInfo, err error) {
	in := fields{"name": name, "password": password, "again": password, "role": role}
	if user != 0 {
		in["user"] = user
	}
	err = about("the person "+name, r.ask(ctx, http.MethodPost, "/access/people", in, &p))
	return p, err
}

func (r *remote) SetPassword(ctx context.Context, name, password string) error {
	return about("the person "+name, r.change(ctx, "people", name, "password", fields{"password": password, "again": password}))
}

func (r *remote) SetRole(ctx context.Context, name string, role access.Role) error {
	return about("the person "+name, r.change(ctx, "people", name, "role", fields{"role": role}))
}

func (r *remote) RemovePerson(ctx context.Context, name string) error {
	return about("the person "+name, r.change(ctx, "people", name, "remove", fields{}))
}

func (r *remote) AddKey(ctx context.Context, k access.APIKey) (string, access.APIKey, error) {
	in := fields{
		"name": k.Name, "publish": list(k.Grant.Publish), "subscribe": list(k.Grant.Subscribe), "tasks": k.Grant.Tasks,
		"notify": k.Grant.Notify.String(), "read": k.Grant.Read.String(), "expires": expires(k.Expires),
	}
	if k.User != 0 {
		in["user"] = k.User
	}
	var made struct {
		access.APIKey
		Key string
	}
	err := r.ask(ctx, http.MethodPost, "/access/keys", in, &made)
	return made.Key, made.APIKey, err
}

func (r *remote) RemoveKey(ctx context.Context, id string) error {
	return about("the key "+id, r.change(ctx, "keys", id, "revoke", fields{}))
}

func (r *remote) AddLink(ctx context.Context, l access.ShareLink) (string, access.ShareLink, error) {
	in := fields{"name": l.Name, "cards": l.Cards, "expires": expires(l.Expires)}
	if l.User != 0 {
		in["user"] = l.User
	}
	var made struct {
		access.ShareLink
		Secret string
	}
	err := r.ask(ctx, http.MethodPost, "/access/links", in, &made)
	return made.Secret, made.ShareLink, err
}

func (r *remote) RemoveLink(ctx context.Context, id string) error {
	return about("the link "+id, r.change(ctx, "links", id, "revoke", fields{}))
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
