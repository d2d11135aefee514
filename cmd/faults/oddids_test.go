package faults

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"latido/hub"
	"latido/hub/hubtest"
	"latido/hub/hubtest/eventsource"
)

// littleKept is as little as may be kept: the oldest events go soon.
var littleKept = []string{"--retain-bytes", "33554432"}

// oddIDs is T2: a reader with an id after which no stream can resume is sent the right
// gap before anything else. One with what is not an id is sent none.
func oddIDs(ctx context.Context, s *stage) (o outcome, err error) {
	c, err := s.runningChild(ctx, s.dir+"/data", littleKept...)
	if err != nil {
		return o, err
	}
	channels := channelNames(1)
	p := s.startPosters(ctx, c.url(), channels, posting{posters: 8, most: 230, size: 200_000})
	p.done()
	first, head := ackedBounds(p.posts)
	o = outcome{Faults: 1, Acked: int(p.acked.Load()), Breaches: p.breaches}
	for _, odd := range []struct {
		what, id string
		reason   hub.Reason
	}{
		{"an expired id", first.String(), hub.ReasonTooOld},
		{"an id of the future", hub.ID{Epoch: head.Epoch, Seq: head.Seq + 1_000_000}.String(), hub.ReasonReset},
		{"an id of another epoch", hub.ID{Epoch: "0nce", Seq: head.Seq}.String(), hub.ReasonReset},
		{"the largest id there is", head.Epoch + "-18446744073709551615", hub.ReasonReset},
		{"a sequence that is too large", head.Epoch + "-18446744073709551616", ""},
		{"garbage", "\xff\x00-'; drop table", ""},
		{"a number", "17", ""},
		{"the newest id", head.String(), ""},
	} {
		got, err := firstGap(ctx, c, channels[0], odd.id)
		if err != nil {
			return o, fmt.Errorf("come with %s: %w", odd.what, err)
		}
		if got != odd.reason {
			o.Breaches = append(o.Breaches, fmt.Sprintf("with %s, %q, a reader first gets the gap %q, want %q", odd.what, odd.id, got, odd.reason))
		}
	}
	return o, nil
}

// ackedBounds returns the first and the last id that were acknowledged.
func ackedBounds(posts []hubtest.Post) (first, last hub.ID) {
	for _, p := range posts {
		if !p.ID.IsZero() && (first.IsZero() || p.ID.Seq < first.Seq) {
			first = p.ID
		}
		if p.ID.Seq > last.Seq {
			last = p.ID
		}
	}
	return first, last
}

// firstGap opens a stream after an id and returns the reason of the gap that is
// the first thing on it, "" when something else is. The id goes into the query,
// because not all of them would fit into a header.
func firstGap(ctx context.Context, c *child, channel, id string) (hub.Reason, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url()+"/sse/events?channel="+channel+"&last_event_id="+url.QueryEscape(id), nil)
	if err != nil {
		return "", err
	}
	res, err := probe.Transport.RoundTrip(r) // probe's time would end the stream
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return "", fmt.Errorf("the status is %s", res.Status)
	}
	b, err := eventsource.NewParser(res.Body, id).Event()
	if err != nil {
		return "", err
	}
	item, _, err := readItem(b)
	if err != nil || item.Gap == nil {
		return "", err
	}
	return item.Gap.Reason, nil
}
