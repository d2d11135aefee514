package faults

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"latido/hub"
	"latido/hub/hubtest"
)

// page is a response of /sse/history.
type page struct {
	Events []struct {
		ID    string
		Event string
		Data  json.RawMessage
	}
	Next *string
	Gap  *json.RawMessage
}

// readBack reads everything that is stored in the channels, in order.
func readBack(ctx context.Context, url string, channels []string) (all []hubtest.Stored, err error) {
	for _, c := range channels {
		for after := ""; ; {
			p, err := readPage(ctx, fmt.Sprintf("%s/sse/history/%s?limit=1000%s", url, c, after))
			if err != nil {
				return nil, fmt.Errorf("read back what is stored in %s: %w", c, err)
			}
			for _, e := range p.Events {
				id, ok := hub.ParseID(e.ID)
				if !ok {
					return nil, fmt.Errorf("read back what is stored in %s: an event has the id %q", c, e.ID)
				}
				if e.Event == eventName {
					all = append(all, hubtest.Stored{ID: id, Topic: hub.ChannelTopic(c), Hash: eventHash(e.Data)})
				}
			}
			if p.Gap != nil {
				return nil, fmt.Errorf("read back what is stored in %s: a gap between two pages: %s", c, *p.Gap)
			}
			if p.Next == nil {
				break
			}
			after = "&after=" + *p.Next
		}
	}
	slices.SortFunc(all, func(a, b hubtest.Stored) int {
		return cmp.Or(cmp.Compare(a.ID.Epoch, b.ID.Epoch), cmp.Compare(a.ID.Seq, b.ID.Seq))
	})
	return all, nil
}

func readPage(ctx context.Context, url string) (p page, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return p, err
	}
	res, err := (&http.Client{Timeout: patience}).Do(r)
	if err != nil {
		return p, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return p, fmt.Errorf("the status is %s", res.Status)
	}
	if err := json.NewDecoder(res.Body).Decode(&p); err != nil {
		return p, fmt.Errorf("read a page: %w", err)
	}
	return p, nil
}
