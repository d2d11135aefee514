package sse_test

import (
	"io"
	"regexp"
	"slices"
	"sync/atomic"
	"testing"

	"latido/handlers/sse"
	"latido/handlers/sse/ssetest"
	"latido/hub"
)

// TestEndAllBeforeAStreamBegins: a stream that has been counted in, and that no
// transport has yet when EndAll does its work, ends as well, with a
// reconnection delay. It gets nothing of a replay.
func TestEndAllBeforeAStreamBegins(t *testing.T) {
	ended := regexp.MustCompile(`^data: preamble\n\nretry: \d+\n\n$`)
	ssetest.BothWays(t, func(t *testing.T, ways ...sse.NewTransport) {
		const others = 8 // one in each shard at least
		var s *ssetest.Site
		var during atomic.Bool
		revoked := func(n uint64) func() bool {
			return func() bool { return s.Server.Stats().Ended[sse.Revoked] == n }
		}
		ways = slices.Clone(ways)
		for i, way := range ways {
			ways[i] = func(server *sse.Server) sse.Transport {
				return accepting{way(server), func() {
					if during.Swap(false) {
						server.EndAll()
						ssetest.Eventually(t, "the others have ended", revoked(others))
					}
				}}
			}
		}
		for what, query := range map[string]string{"live": "channel=a", "replay": "channel=a&after="} {
			t.Run(what, func(t *testing.T) {
				s = ssetest.New(t, sse.Options{}, hub.Retention{TopicEvents: 5}, sse.Kind{Gap: ssetest.Gap}, ways...)
				first := s.Publish("a", `{"n":0}`)
				for range 200 {
					s.Publish("a", `{"n":1}`)
				}
				if err := s.Hub.Sync(t.Context()); err != nil {
					t.Fatal(err)
				}
				for range others {
					ssetest.Block(t, s.Dial("channel=b").Events)
				}
				during.Store(true)
				if what == "replay" {
					query += first.String()
				}
				b, err := io.ReadAll(s.Dial(query).R)
				if err != nil || !ended.Match(b) {
					t.Errorf("it got %.200q, %v, want the end", b, err)
				}
				ssetest.Eventually(t, "it has ended as revoked", revoked(others+1))
			})
		}
	})
}
