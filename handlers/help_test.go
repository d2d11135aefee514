package handlers_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"latido/handlers/access"
)

// words splits a line as a shell does, as far as single quotes go.
func words(line string) (all []string) {
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			all[len(all)-1] += part
			continue
		}
		fields := strings.Fields(part)
		if len(all) > 0 && len(fields) > 0 && !strings.HasPrefix(part, " ") {
			all[len(all)-1] += fields[0]
			fields = fields[1:]
		}
		all = append(all, fields...)
		if strings.HasSuffix(part, " ") {
			all = append(all, "") // the quotes begin a word
		}
	}
	return all
}

// TestHelpManagesAccess: the lines for curl in the section on /access do what they say,
// in both languages. curl is played here.
func TestHelpManagesAccess(t *testing.T) {
	for lang, password := range map[string]string{"en": "a long phrase", "es": "una frase larga"} {
		r := newClosedRig(t)
		if _, err := r.access.AddPerson(t.Context(), "ana", password, access.Admin, 0); err != nil {
			t.Fatal(err)
		}
		console := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			r.handler.ServeHTTP(w, req.WithContext(access.WithConsole(req.Context())))
		}))
		t.Cleanup(console.Close)
		var cookie string
		var bodies []string
		lines := document(t, r.do("GET", "/help", "", "Accept-Language", lang).body).Find("pre").FilterFunction(func(_ int, s *goquery.Selection) bool {
			return strings.Contains(s.Text(), "/access/keys")
		}).Text()
		for line := range strings.SplitSeq(lines, "\n") {
			if !strings.HasPrefix(line, "curl ") {
				continue
			}
			server, method, body := *r.rig, "GET", []string{}
			var headers []string
			args := words(line)[1:]
			for ; len(args) > 1; args = args[2:] {
				switch args[0] {
				case "-b":
					headers = append(headers, "Cookie", cookie)
				case "-c":
				case "-d":
					method, body = "POST", append(body, args[1])
				case "--json":
					method, body, headers = "POST", append(body, args[1]), append(headers, "Accept", "application/json", "Content-Type", "application/json")
				case "-H":
					name, value, _ := strings.Cut(args[1], ": ")
					headers = append(headers, name, value)
				case "--unix-socket":
					server.url = console.URL
				default:
					t.Fatalf("%s: this test knows no %s", line, args[0])
				}
			}
			if len(body) > 1 {
				headers = append(headers, "Content-Type", "application/x-www-form-urlencoded")
			}
			path := strings.TrimPrefix(strings.TrimPrefix(args[0], r.url), "http://latido")
			a := server.do(method, path, strings.Join(body, "&"), headers...)
			if a.status >= 400 {
				t.Errorf("%s: %s: %d %s", lang, line, a.status, a.body)
			}
			if set := a.header.Get("Set-Cookie"); set != "" {
				cookie, _, _ = strings.Cut(set, ";")
			}
			bodies = append(bodies, a.body)
		}
		if len(bodies) != 4 || !strings.Contains(bodies[1], `"key":"latido_`) || !strings.Contains(bodies[2], `"name":"ci"`) || !strings.Contains(bodies[3], `"name":"ci"`) {
			t.Errorf("%s: the lines print %q", lang, bodies)
		}
	}
}
