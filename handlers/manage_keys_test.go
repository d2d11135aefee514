package handlers_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"latido/handlers/access"
)

// TestKeysPage: a key is shown once, works as it says, and is over when it is
// revoked; its text is nowhere else.
func TestKeysPage(t *testing.T) {
	r := newClosedRig(t)
	fields := url.Values{"name": {"CI <of> invoices"}, "publish": {"build-*, own"}, "notify": {"3"}, "expires": {"30"}, "user": {"3"}}
	for _, htmx := range []string{"false", "true"} {
		a := r.asAdmin("/access/keys", fields, "HX-Request", htmx)
		d := document(t, a.body)
		text := d.Find(".made .secret").First().Text()
		if a.status != http.StatusOK || a.header.Get("Cache-Control") != "no-store" || a.header.Get("Set-Cookie") != "" || !strings.HasPrefix(text, "latido_") ||
			strings.Contains(a.body, "<html") == (htmx == "true") {
			t.Fatalf("htmx %s: %d %v %s", htmx, a.status, a.header, a.body)
		}
		line := d.Find(".made .secret").Last().Text()
		if want := "curl -H 'Authorization: Bearer " + text + `' --json '{"message":"From the terminal"}' '` + r.url + "/sse/broadcast/build-1'"; line != want {
			t.Errorf("the line is %q, want %q", line, want)
		}
		if b := r.post("/sse/broadcast/build-1", `{"n":1}`, "Authorization", "Bearer "+text); b.status != http.StatusOK {
			t.Errorf("the key at work: %d", b.status)
		}
		if b := r.post("/sse/broadcast/other", `{"n":1}`, "Authorization", "Bearer "+text); b.status != http.StatusForbidden {
			t.Errorf("the key elsewhere: %d", b.status)
		}
		id := strings.Split(text, "_")[1]
		row := r.adminPage("/access?q=ci+%3Cof").Find("#keys-list li:has(form[action='/access/keys/" + id + "/revoke'])")
		words := strings.Join(strings.Fields(row.Text()), " ")
		for _, want := range []string{"CI <of> invoices", id, "Sends to build-*, own", "Notifies users 3", "Reads notifications of 3", "user 3", "by admin", "Until ", "Revoke CI <of> invoices"} {
			if !strings.Contains(words, want) {
				t.Errorf("the row says %q, without %q", words, want)
			}
		}
		if row.Find("details.confirm > summary").Length() != 1 || row.Find("details.confirm[open]").Length() != 0 {
			t.Error("nothing asks before it revokes")
		}
		if body := r.do("GET", "/access", "", append([]string{"Accept", "text/html"}, r.as["admin"]...)...).body; strings.Contains(body, text) || strings.Contains(r.log.String(), strings.SplitN(text, "_", 3)[2]) {
			t.Error("the key is shown again, or in the log")
		}
		b := r.asAdmin("/access/keys/"+id+"/revoke", url.Values{"q": {"ci <of"}}, "HX-Request", htmx)
		if htmx == "true" {
			if b.status != 200 || !strings.Contains(b.body, "Key revoked.") || strings.Contains(b.body, id) || !strings.Contains(b.body, `id="keys-list"`) || strings.Contains(b.body, "key-fields") {
				t.Errorf("revoked with htmx: %d %s", b.status, b.body)
			}
		} else {
			b.goesTo(t, "/access?done=key-revoked&q=ci+%3Cof")
		}
		if b := r.do("GET", "/sse/stats", "", "Authorization", "Bearer "+text); b.status != http.StatusUnauthorized {
			t.Errorf("a revoked key: %d", b.status)
		}
		for _, what := range []string{`action="key made" on="CI <of> invoices ` + id + `"`, `action="key revoked" on=` + id} {
			if !strings.Contains(r.log.String(), "msg=audit "+what+" who=admin from=127.0.0.1") {
				t.Errorf("no record %s in %s", what, r.log)
			}
		}
	}
	if a := r.asAdmin("/access/keys/none/revoke", url.Values{}); a.status != http.StatusNotFound {
		t.Errorf("a key that is not there: %d", a.status)
	}
}

// TestKeysExpire: in the days that were chosen, or never.
func TestKeysExpire(t *testing.T) {
	r := newClosedRig(t)
	for choice, days := range map[string]int{"30": 30, "90": 90, "365": 365, "never": 0} {
		if a := r.asAdmin("/access/keys", url.Values{"name": {"over in " + choice}, "subscribe": {"*"}, "tasks": {"1"}, "expires": {choice}}); a.status != http.StatusOK {
			t.Fatalf("%s: %d", choice, a.status)
		}
		for _, k := range r.access.Keys() {
			if k.Name != "over in "+choice {
				continue
			}
			if late := time.Until(k.Expires) - time.Duration(days)*24*time.Hour; k.Expires.IsZero() != (days == 0) || days > 0 && (late > time.Hour || late < -2*time.Hour) {
				t.Errorf("%s: %v", choice, k.Expires)
			}
			if !k.Grant.Tasks || !k.Grant.Subscribe.All() || len(k.Grant.Publish) > 0 || k.By != "admin" {
				t.Errorf("%s: %+v", choice, k)
			}
		}
	}
}

// TestKeysAreRefused: with a sentence beside the field, and what was typed.
func TestKeysAreRefused(t *testing.T) {
	r := newClosedRig(t)
	before := len(r.access.Keys())
	for name, c := range map[string]struct{ field, value, at, sentence string }{
		"name":    {"name", "", "key-name", "This field is required."},
		"long":    {"name", strings.Repeat("x", 65), "key-name", "Use 1 to 64 bytes of visible text in one line."},
		"publish": {"publish", "a*b", "key-publish", "Each entry is a channel, a beginning followed by *, or * alone; 64 at most."},
		"nothing": {"publish", "", "key-publish", "The key could do nothing: say where it sends, what it reads or whom it notifies."},
		"many":    {"subscribe", manyPatterns(), "key-subscribe", "Each entry is a channel, a beginning followed by *, or * alone; 64 at most."},
		"notify":  {"notify", "everybody", "key-notify", "Enter numbers from 1, separated by commas, or a single *; 64 at most."},
		"read":    {"read", "0", "key-read", "Enter numbers from 1, separated by commas, or a single *; 64 at most."},
		"user":    {"user", "-1", "key-user", "The value is too low. Enter a higher one."},
		"tasks":   {"tasks", "1", "key-tasks", "Tasks export whole channels: enter * for the channels it reads."},
		"expires": {"expires", "10", "key-expires", "Choose one of the options."},
		"never":   {"expires", "", "key-expires", "This field is required."},
	} {
		fields := url.Values{"name": {"ci"}, "publish": {"own"}, "expires": {"90"}}
		fields.Set(c.field, c.value)
		d := r.asAdmin("/access/keys", fields).refuses(t, c.at, c.sentence)
		if in := d.Find("#" + c.at); in.Is("input[type=checkbox]") {
			if _, on := in.Attr("checked"); !on {
				t.Errorf("%s: the box is not ticked any more", name)
			}
		} else if in.Is("input") && in.AttrOr("value", "") != c.value {
			t.Errorf("%s: the field holds %q", name, in.AttrOr("value", ""))
		}
	}
	if n := len(r.access.Keys()); n != before {
		t.Errorf("%d keys, %d before", n, before)
	}
}

func manyPatterns() string {
	var all []string
	for i := range 65 {
		all = append(all, "c"+strings.Repeat("x", i))
	}
	return strings.Join(all, ",")
}

// TestLinksPage: a link's URL is shown once and its secret makes known what it shows,
// until it is revoked.
func TestLinksPage(t *testing.T) {
	r := newClosedRig(t)
	fields := url.Values{"name": {"the wall"}, "cards": {"tasks", "metrics", "notifications"}, "user": {"3"}, "expires": {"365"}}
	a := r.asAdmin("/access/links", fields)
	address := document(t, a.body).Find(".made .secret").Text()
	secret, ok := strings.CutPrefix(address, r.url+"/share/")
	if a.status != http.StatusOK || a.header.Get("Cache-Control") != "no-store" || !ok {
		t.Fatalf("%d %q", a.status, address)
	}
	if p, err := r.access.Link(secret); err != nil || strings.Join(p.Cards, " ") != "metrics notifications tasks" || p.User != 3 {
		t.Errorf("%+v, %v", p, err)
	}
	d := r.adminPage("/access")
	words := strings.Join(strings.Fields(d.Find("#links-list li").Text()), " ")
	if !strings.Contains(words, "the wall") || !strings.Contains(words, "Machine at a glance, Notifications, Tasks") || !strings.Contains(words, "user 3") || strings.Contains(d.Text(), secret) {
		t.Errorf("the list says %q", words)
	}
	r.asAdmin(d.Find("#links-list form").AttrOr("action", ""), url.Values{}).goesTo(t, "/access?done=link-revoked")
	if _, err := r.access.Link(secret); !errors.Is(err, access.ErrUnknown) {
		t.Errorf("a revoked link: %v", err)
	}
	if log := r.log.String(); strings.Contains(log, secret) || !strings.Contains(log, `action="link made" on="the wall `) || !strings.Contains(log, `action="link revoked"`) {
		t.Errorf("the log: %s", log)
	}
	for name, c := range map[string]struct {
		field     string
		values    []string
		at, wrong string
	}{
		"no card":     {"cards", nil, "link-cards", "This field is required."},
		"no such":     {"cards", []string{"metrics", "secrets"}, "link-cards", "Choose one of the options."},
		"for nobody":  {"user", []string{""}, "link-user", "The card of notifications needs a user: enter a number."},
		"for no user": {"user", []string{"0"}, "link-user", "The value is too low. Enter a higher one."},
	} {
		fields := url.Values{"name": {"the wall"}, "cards": {"notifications"}, "user": {"3"}, "expires": {"365"}}
		fields[c.field] = c.values
		d := r.asAdmin("/access/links", fields).refuses(t, c.at, c.wrong)
		if _, on := d.Find("#link-cards input[value=notifications]").Attr("checked"); on != (c.field != "cards") {
			t.Errorf("%s: the card is ticked: %v", name, on)
		}
	}
	if len(r.access.Links()) != 0 {
		t.Error("a link was made")
	}
}
