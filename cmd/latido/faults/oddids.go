package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/url"

	"latido/hub"
)

// oddIDs is T2: whoever comes with an id that cannot be gone on after is told the
// right gap before anything else, and with what is no id at all, none.
func oddIDs(ctx context.Context, s *stage) (o outcome, err error) {
	c, err := s.child(s.dir + "/data")
	if err != nil {
		return o, err
	}
	if _, err := c.start(ctx); err != nil {
		return o, err
	}
	t := &traffic{channels: channelNames(1)}
	if t.audience, err = s.startAudience(ctx, c.addr, t.channels, 1, 1); err != nil {
		return o, err
	}
	start := t.all[0].status().last
	// So many that the first ones are kept in memory no longer.
	t.posters = s.startPosters(ctx, c.url(), t.channels, posting{posters: 8, most: 3000})
	t.posters.done()
	if err := t.finish(ctx); err != nil {
		return o, err
	}
	head := t.ends[hub.ChannelTopic(t.channels[0])]
	var breaches []string
	for _, odd := range []struct {
		what, id string
		reason   hub.Reason
	}{
		{"an expired id", hub.ID{Epoch: start.Epoch, Seq: start.Seq + 1}.String(), hub.ReasonTooOld},
		{"an id of the future", hub.ID{Epoch: head.Epoch, Seq: head.Seq + 1_000_000}.String(), hub.ReasonReset},
		{"an id of another epoch", hub.ID{Epoch: "0nce", Seq: head.Seq}.String(), hub.ReasonReset},
		{"the largest id there is", head.Epoch + "-18446744073709551615", hub.ReasonReset},
		{"a sequence that is too large", head.Epoch + "-18446744073709551616", ""},
		{"garbage", "\xff\x00-'; drop table", ""},
		{"a number", "17", ""},
	} {
		got, err := firstGap(ctx, c, t.channels[0], odd.id)
		if err != nil {
			return o, fmt.Errorf("come with %s: %w", odd.what, err)
		}
		if got != odd.reason {
			breaches = append(breaches, fmt.Sprintf("with %s, %q, a reader is first told the gap %q, want %q", odd.what, odd.id, got, odd.reason))
		}
	}
	o, err = t.judge(ctx, c)
	o.Breaches = append(breaches, o.Breaches...)
	return o, err
}

// firstGap opens a stream after an id and answers the reason of the gap that is
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
		return "", fmt.Errorf("it was answered %s", res.Status)
	}
	for lines := bufio.NewReader(res.Body); ; {
		b, err := readBlock(lines)
		if err != nil {
			return "", err
		}
		if b.data == nil {
			continue
		}
		item, _, err := readItem(b)
		if err != nil || item.Gap == nil {
			return "", err
		}
		return item.Gap.Reason, nil
	}
}
