//go:build unix

package main_test

import (
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// sevenCards are the names that /live?cards= had at commit 0185f84.
var sevenCards = []string{"metrics", "trading", "logs", "notifications", "tasks", "machine", "hub"}

// TestMigrationLinks: a share link shows the cards that it showed, and no other.
func TestMigrationLinks(t *testing.T) {
	t.Parallel()
	s, m := migrated(t)
	shared := m.Links["shared"]
	doc := s.client.page(shared, "Accept-Language", "es")
	var cards []string
	doc.Find("[id^=card-]").Each(func(_ int, card *goquery.Selection) {
		cards = append(cards, strings.TrimPrefix(card.AttrOr("id", ""), "card-"))
	})
	slices.Sort(cards)
	if want := []string{"logs", "notifications", "tasks"}; !slices.Equal(cards, want) {
		t.Errorf("the link shows the cards %v, want %v", cards, want)
	}
	if title := doc.Find("title").Text(); !strings.Contains(title, "Pared del taller") {
		t.Errorf("its page is called %q", title)
	}
	for selector, want := range map[string]string{"#log-list": "entrada WARNING", "#task-list": "Copiando", "#notif-list": "Aviso 3"} {
		if text := doc.Find(selector).Text(); !strings.Contains(text, want) {
			t.Errorf("%s lacks %q: %q", selector, want, text)
		}
	}
	if doc.Find("#main form, #main button").Length() > 0 {
		t.Error("the link's page has something to press")
	}
	// A screen that stayed on during the upgrade comes back with its old address.
	all := s.client.bearer(m.Keys["all"])
	stream := s.client.follow(shared + "/live?lang=es&view=OLD&after=" + m.First)
	receive(t, "the state of the page", stream.data)
	all.post("/sse/broadcast/trading?event=price_update", fields{"symbol": "NO/SE", "price": 1, "change": 0, "change_percent": 0, "volume": 1})
	all.post("/sse/notify/1", fields{"title": "De otra", "message": "m"})
	all.log("INFO", "tras la actualización")
	for data := ""; !strings.Contains(data, "tras la actualización"); {
		data = receive(t, "the log entry", stream.data)
		if strings.Contains(data, "NO/SE") || strings.Contains(data, "De otra") {
			t.Fatalf("the link's stream carries what is on none of its cards: %s", data)
		}
	}
	if status, _ := s.client.ask(http.MethodGet, m.Links["expired"], nil, "Accept", "text/html"); status != http.StatusNotFound {
		t.Errorf("the expired link: %d", status)
	}
	if list := succeeds(t, "link", "list", "--data", s.dir); !strings.Contains(list, "logs,tasks,notifications") {
		t.Errorf("the link is not listed with its cards:\n%s", list)
	}
}

// TestMigrationLive: the stream of a page takes the seven names, one by one and together,
// and the id of a page that was open during the upgrade.
func TestMigrationLive(t *testing.T) {
	t.Parallel()
	s, m := migrated(t)
	ana := s.client.with("Cookie", cookies(t, "cookies.txt"))
	for _, cards := range append(slices.Clone(sevenCards), strings.Join(sevenCards, ",")) {
		receive(t, "the first message of "+cards, ana.follow("/live?cards="+cards+"&lang=es&user=2").data)
	}
	open := ana.with("Last-Event-ID", m.First).follow("/live?cards=" + strings.Join(sevenCards, ",") + "&lang=es&user=2&view=OLD&after=" + m.First)
	open.until("Aviso 3")
	if status, _ := ana.ask(http.MethodGet, "/live?cards=none", nil); status != http.StatusUnprocessableEntity {
		t.Errorf("a card that there never was: %d", status)
	}
}

// TestMigrationPreferences: language, theme, user and levels of the old cookie hold.
func TestMigrationPreferences(t *testing.T) {
	t.Parallel()
	s, _ := migrated(t)
	ana := s.client.with("Cookie", cookies(t, "cookies.txt"), "Accept-Language", "es")
	doc := ana.page("/")
	html := doc.Find("html")
	if lang, theme := html.AttrOr("lang", ""), html.AttrOr("data-theme", ""); lang != "en" || theme != "dark" {
		t.Errorf("language %q and theme %q, want en and dark", lang, theme)
	}
	if inbox := doc.Find("#notif-list").Text(); !strings.Contains(inbox, "Aviso 3") || strings.Contains(inbox, "Para Ana") {
		t.Errorf("the notifications should be those of user 2: %q", inbox)
	}
	for level, want := range map[string]bool{"error": true, "warning": false, "info": true, "debug": false} {
		if _, ticked := doc.Find("#f-" + level).Attr("checked"); ticked != want {
			t.Errorf("the level %s is shown: %v, want %v", level, ticked, want)
		}
	}
}

// TestMigrationBackups: backups of both formats are restored.
func TestMigrationBackups(t *testing.T) {
	t.Parallel()
	m := readManifest(t)
	dir := filepath.Join(t.TempDir(), "restored")
	succeeds(t, "restore", filepath.Join(fixture, "format-2.backup"), "--data", dir)
	s := start(t, setup{dir: dir, args: retention})
	var old map[string][]historic
	readJSON(t, "history.json", &old)
	all := s.client.bearer(m.Keys["all"])
	sameEvents(t, "general", all.history("general", ""), old["general"], false)
	checkAccess(t, s, m)
	s.client.page(m.Links["shared"])
	if gap := all.follow("/sse/events?channel=general&last_event_id=" + m.First).until(`"gap"`); !strings.Contains(gap, `"reason":"reset"`) {
		t.Errorf("a client of the old journal gets %s", gap)
	}
	s.stop()

	// Format 1 has no records, so those of the folder stay.
	succeeds(t, "restore", filepath.Join(fixture, "format-1.backup"), "--data", dir, "--force")
	s = start(t, setup{dir: dir, args: retention})
	var first []historic
	readJSON(t, "format-1.json", &first)
	sameEvents(t, "general", s.client.bearer(m.Keys["all"]).history("general", ""), first, false)
	checkAccess(t, s, m)
}
