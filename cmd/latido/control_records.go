package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"latido/hub/kv"
)

// recordPatience is how long whoever watches records may take nothing.
const recordPatience = 5 * time.Second

// recordMessage is a record, or what a watch says beside records, as JSON.
type recordMessage struct {
	Name     string `json:"name,omitempty"`
	Value    []byte `json:"value"` // null when it has been deleted
	Revision uint64 `json:"revision"`
	Ready    bool   `json:"ready,omitempty"` // all that is there has been said
}

// recordRoutes offer a store of records on the control socket, so that the commands
// that manage access do the same whether a server runs or not.
func recordRoutes(routes *http.ServeMux, records kv.Store, log *slog.Logger) {
	answer := func(do func(context.Context, recordMessage) (recordMessage, error)) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			var in recordMessage
			if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 2*kv.MaxValue)).Decode(&in); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			out, err := do(r.Context(), in)
			if err != nil {
				http.Error(w, err.Error(), recordStatus(err))
				return
			}
			_ = json.NewEncoder(w).Encode(out) // whoever asked has gone
		}
	}
	routes.HandleFunc("POST /records/put", answer(func(ctx context.Context, in recordMessage) (out recordMessage, err error) {
		out.Revision, err = records.Put(ctx, in.Name, in.Value, in.Revision)
		auditRecord(log, "stored", in.Name, err)
		return out, err
	}))
	routes.HandleFunc("POST /records/delete", answer(func(ctx context.Context, in recordMessage) (out recordMessage, err error) {
		err = records.Delete(ctx, in.Name, in.Revision)
		auditRecord(log, "deleted", in.Name, err)
		return out, err
	}))
	routes.HandleFunc("POST /records/get", answer(func(ctx context.Context, in recordMessage) (recordMessage, error) {
		r, err := records.Get(ctx, in.Name)
		return recordMessage{Name: r.Name, Value: r.Value, Revision: r.Revision}, err
	}))
	routes.HandleFunc("GET /records", func(w http.ResponseWriter, r *http.Request) { watchRecords(w, r, records) })
}

// auditRecord notes a change of who may do what. Of a link, whose name is the digest
// of its secret, the beginning tells which it is.
func auditRecord(log *slog.Logger, what, name string, err error) {
	kind, key, _ := strings.Cut(name, ".")
	if err == nil && slices.Contains([]string{"person", "key", "link"}, kind) {
		log.Info("audit", "action", kind+" "+what, "on", key[:min(len(key), maxAudited)], "who", madeBy, "from", controlName)
	}
}

const maxAudited = 32

// watchRecords answers one JSON text for each record and change, until the client
// goes, takes nothing for recordPatience, or the watch fails.
func watchRecords(w http.ResponseWriter, r *http.Request, records kv.Store) {
	ctx, end := context.WithCancel(r.Context())
	defer end()
	controller, out := http.NewResponseController(w), json.NewEncoder(w)
	say := func(m recordMessage) {
		if controller.SetWriteDeadline(time.Now().Add(recordPatience)) != nil || out.Encode(m) != nil || controller.Flush() != nil {
			end()
		}
	}
	// However it ends, the client takes the end of the answer for a failure.
	_ = records.Watch(ctx, func(r kv.Record) { say(recordMessage{r.Name, r.Value, r.Revision, false}) }, func() { say(recordMessage{Ready: true}) })
}

// What tells the errors of kv.Store apart on the socket.
var recordErrors = map[int]error{
	http.StatusConflict:           kv.ErrConflict,
	http.StatusNotFound:           kv.ErrNotFound,
	http.StatusServiceUnavailable: kv.ErrUnavailable,
}

func recordStatus(err error) int {
	for status, known := range recordErrors {
		if errors.Is(err, known) {
			return status
		}
	}
	return http.StatusBadRequest
}

// socketRecords are the records of the server that runs on a data folder.
type socketRecords struct{ client *http.Client }

// openSocketRecords finds the server. Errors wrap errNoServer.
func openSocketRecords(ctx context.Context, data string) (*socketRecords, error) {
	conn, err := dialControl(ctx, data)
	if err != nil {
		return nil, fmt.Errorf("%w on %s in %s: %w", errNoServer, controlName, data, err)
	}
	return &socketRecords{controlClient(data)}, conn.Close()
}

// Put stores a value; see kv.Store.
func (s *socketRecords) Put(ctx context.Context, name string, value []byte, revision uint64) (uint64, error) {
	out, err := s.ask(ctx, "put", recordMessage{Name: name, Value: value, Revision: revision})
	return out.Revision, err
}

// Delete deletes a record; see kv.Store.
func (s *socketRecords) Delete(ctx context.Context, name string, revision uint64) error {
	_, err := s.ask(ctx, "delete", recordMessage{Name: name, Revision: revision})
	return err
}

// Get answers the newest value; see kv.Store.
func (s *socketRecords) Get(ctx context.Context, name string) (kv.Record, error) {
	out, err := s.ask(ctx, "get", recordMessage{Name: name})
	return kv.Record{Name: name, Value: out.Value, Revision: out.Revision}, err
}

func (s *socketRecords) ask(ctx context.Context, what string, in recordMessage) (out recordMessage, err error) {
	failed := func(err error) (recordMessage, error) {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return recordMessage{}, fmt.Errorf("ask the server to %s a record: %w", what, err)
	}
	body, err := json.Marshal(in)
	if err != nil {
		return failed(err)
	}
	response, err := s.send(ctx, http.MethodPost, "/records/"+what, body)
	if err != nil {
		return failed(err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&out); err != nil {
		return failed(fmt.Errorf("%w: %w", kv.ErrUnavailable, err))
	}
	return out, nil
}

// Watch delivers what is there and what changes; see kv.Store.
func (s *socketRecords) Watch(ctx context.Context, deliver func(kv.Record), ready func()) error {
	response, err := s.send(ctx, http.MethodGet, "/records", nil)
	if err == nil {
		defer response.Body.Close()
		in := json.NewDecoder(response.Body)
		for err == nil {
			var m recordMessage
			switch err = in.Decode(&m); {
			case err != nil:
			case m.Ready:
				ready()
			default:
				deliver(kv.Record{Name: m.Name, Value: m.Value, Revision: m.Revision})
			}
		}
		err = fmt.Errorf("%w: %w", kv.ErrUnavailable, err)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fmt.Errorf("watch the server's records: %w", err)
}

// send answers a response of status 200, whose body is to be closed.
func (s *socketRecords) send(ctx context.Context, method, path string, body []byte) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, "http://latido"+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	response, err := s.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", kv.ErrUnavailable, err)
	}
	if response.StatusCode == http.StatusOK {
		return response, nil
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(response.Body, 1<<10)) // as much as there is
	if known := recordErrors[response.StatusCode]; known != nil {
		return nil, fmt.Errorf("%w: %s", known, firstLine(text))
	}
	return nil, errors.New(firstLine(text))
}
