package pages

import (
	"slices"

	"github.com/a-h/templ"

	"latido/hub"
	"latido/streams/event"
	"latido/views"
)

// rendering is one of the ways in which pages are sent events. Each is a format of
// the hub, so that an event is rendered once for all pages that are alike.
type rendering struct {
	lang  views.Lang
	whole bool // for pages that do not see every price
	watch bool // tasks cannot be cancelled
	share bool // of a share link, which keeps its title; watch as well
}

func (r rendering) String() string {
	name := "html-"
	switch {
	case r.share:
		name += "share-"
	case r.watch:
		name += "watch-"
	}
	if r.whole {
		name += "whole-"
	}
	return name + string(r.lang)
}

// formats makes those of all renderings.
func (a *App) formats() map[rendering]*hub.Format {
	all := map[rendering]*hub.Format{}
	for _, lang := range []views.Lang{views.Spanish, views.English} {
		for _, whole := range []bool{false, true} {
			for _, r := range []rendering{{lang, whole, false, false}, {lang, whole, true, false}, {lang, whole, true, true}} {
				all[r] = hub.NewFormat(r.String(), func(e *hub.Event) []byte { return a.liveFrame(r, e) })
			}
		}
	}
	return all
}

// format is what a page is sent.
func (a *App) format(q liveQuery) *hub.Format {
	return a.html[rendering{q.lang, q.rates.any(), q.watch, q.share != ""}]
}

// liveFrame is an event as pages get it, nil when no card shows it. It runs once per
// event and rendering, however many pages are open.
func (a *App) liveFrame(r rendering, e *hub.Event) []byte {
	part := a.liveFragment(r, e)
	if part == nil {
		return nil
	}
	return a.htmlFrame(e.ID.String(), 0, part)
}

func (a *App) liveFragment(r rendering, e *hub.Event) templ.Component {
	switch {
	case e.Name == "notification" && e.User != 0:
		if n, ok := presentNotification(e); ok {
			if r.share {
				return views.ShareNotification(r.lang, n)
			}
			return views.LiveNotification(r.lang, n)
		}
	case e.Channel == "metrics" && e.Name == "system_metrics":
		if !a.ofThisNode(e) {
			return nil
		}
		return views.LiveMetrics(r.lang, presentMetrics(a.machineEvents(e.ID.Seq)))
	case e.Channel == "trading" && e.Name == "price_update":
		return a.livePrice(r, e)
	case e.Channel == "logs" && e.Name == "log_entry":
		if entry, ok := presentLog(e); ok {
			return views.LiveLog(r.lang, entry)
		}
	case e.Channel == tasksChannel && event.Task(e) != nil:
		if r.watch {
			return views.WatchTasks(r.lang, a.tasks(e.ID.Seq))
		}
		return views.LiveTasks(r.lang, a.tasks(e.ID.Seq))
	}
	return nil
}

// livePrice is the row of one price, or the whole table when it has no such row
// yet: every page that is sent this has been sent what came before. One that does
// not see every price gets the whole table for each that it sees.
func (a *App) livePrice(r rendering, e *hub.Event) templ.Component {
	if !r.whole {
		before := a.trading(e.ID.Seq - 1)
		if p := event.As[event.PriceUpdate](e); p != nil && slices.ContainsFunc(before.Prices, func(row views.Price) bool { return row.Symbol == p.Symbol }) {
			return views.LivePrice(r.lang, presentPrice(p, when(p.Timestamp, e)), before.HasSource)
		}
	}
	return views.LiveTrading(r.lang, a.trading(e.ID.Seq))
}
