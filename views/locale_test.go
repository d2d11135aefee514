package views_test

import (
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"latido/handlers/access"
	"latido/streams/board"
	"latido/views"
)

func TestTextsOfBothLanguages(t *testing.T) {
	es, en, err := views.LoadTexts(views.Files[views.Spanish], views.Files[views.English])
	if err != nil {
		t.Fatal(err)
	}
	if reflect.DeepEqual(es, en) {
		t.Error("both languages say the same")
	}
	for l, want := range map[views.Lang]*views.Texts{views.Spanish: es, views.English: en, "de": es} {
		if got := views.TextsIn(l); !reflect.DeepEqual(got, want) {
			t.Errorf("%s has the texts %q", l, got.Shell.Description)
		}
	}
}

// Every way in which a file can be wrong must keep the program from starting:
// otherwise a page has a hole in one language.
func TestIncompleteTextsAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		l         views.Lang
		old, new  string
		complaint string
	}{
		"a missing key":               {views.English, "skip = \"Skip to content\"\n", "", "Shell.Skip"},
		"an empty text":               {views.Spanish, `"Saltar al contenido"`, `""`, "Shell.Skip"},
		"an unknown key":              {views.English, "[shell]\n", "[shell]\nslogan = \"x\"\n", "slogan"},
		"an unknown table":            {views.Spanish, "[shell]\n", "[pages]\nx = \"y\"\n[shell]\n", "pages"},
		"a word in Spanish only":      {views.English, "405 = ", "# ", "Sentences.Statuses.405"},
		"a word in English only":      {views.Spanish, "405 = ", "# ", `"405" is in en only`},
		"a missing form of a plural":  {views.English, `{ one = "Too many tries: try again in {n} second", `, "{ ", "Login.TooManyTries.One"},
		"another placeholder":         {views.English, "Remove {name}", "Remove {nane}", "Access.RemoveButton"},
		"a missing placeholder":       {views.English, "Remove {name}", "Remove it", "Access.RemoveButton"},
		"an unwanted placeholder":     {views.English, `"Skip to content"`, `"Skip to {name}"`, "Shell.Skip"},
		"an unwanted one in Spanish":  {views.Spanish, `"Saltar al contenido"`, `"Saltar a {name}"`, "Shell.Skip"},
		"a placeholder left open":     {views.Spanish, "Eliminar a {name}", "Eliminar a {name", "Access.RemoveButton"},
		"eleven months":               {views.Spanish, `, "dic"]`, "]", "Date.Months[11]"},
		"a text that is not a string": {views.English, `"Skip to content"`, "7", "Skip"},
	} {
		t.Run(name, func(t *testing.T) {
			files := map[views.Lang][]byte{views.Spanish: views.Files[views.Spanish], views.English: views.Files[views.English]}
			before := string(files[c.l])
			if strings.Count(before, c.old) != 1 {
				t.Fatalf("%q is in the file %d times", c.old, strings.Count(before, c.old))
			}
			files[c.l] = []byte(strings.Replace(before, c.old, c.new, 1))
			_, _, err := views.LoadTexts(files[views.Spanish], files[views.English])
			if err == nil || !strings.Contains(err.Error(), c.complaint) {
				t.Errorf("the error is %v, want one about %q", err, c.complaint)
			}
		})
	}
}

// What the program looks up by a value has a word for every value.
func TestEveryValueHasAWord(t *testing.T) {
	m := views.TextsIn(views.Spanish)
	for name, c := range map[string]struct {
		words  views.Words
		values []string
	}{
		"states of producers":  {m.State.Producer, []string{"running", "retrying", "idle", "stopped", "elsewhere"}},
		"sources":              {m.State.Source, []string{"metrics", "trading", "logs", "notifications", "tasks", "logs-demo"}},
		"filters":              {m.Logs.Level, []string{"error", "warning", "info", "debug"}},
		"levels of entries":    {m.Logs.Word, []string{"error", "warning", "info", "debug"}},
		"levels":               {m.Notifications.Level, []string{"info", "success", "warning", "error"}},
		"states of tasks":      {m.Tasks.State, []string{"started", "running", "completed", "failed", "cancelled"}},
		"reasons of an end":    {m.Streams.Ended, []string{"peer_closed", "stalled", "client_sent", "too_slow", "replaced", "revoked", "drained", "failed"}},
		"roles":                {m.Access.Roles, access.Roles},
		"cards":                {m.Access.Card, board.Shareable()},
		"what forms have done": {m.Access.Done, slices.Collect(maps.Keys(views.DoneForms))},
	} {
		for _, value := range c.values {
			if c.words[value] == "" {
				t.Errorf("%s: no word for %q", name, value)
			}
		}
		if len(c.words) != len(c.values) {
			t.Errorf("%s: %d words for %d values", name, len(c.words), len(c.values))
		}
	}
}

func TestPlural(t *testing.T) {
	for l, want := range map[views.Lang][2]string{
		views.Spanish: {"dentro de 1 segundo", "dentro de 2 segundos"},
		views.English: {"in 1 second", "in 2 seconds"},
	} {
		one, two := views.TooManyTries(l, 1), views.TooManyTries(l, 2)
		if !strings.HasSuffix(one, want[0]) || !strings.HasSuffix(two, want[1]) {
			t.Errorf("%s: %q and %q", l, one, two)
		}
	}
}

// An old word that comes back is a mistake that somebody has reported before.
var wornOut = map[views.Lang]*regexp.Regexp{
	views.Spanish: regexp.MustCompile(`(?i)\b(usted|su cuenta|revise|use uno|pida|pruebe|vuelva|espere|elija|cópiel[oa]|repita|ponga|diga|distribuidor|depur|huecos|escritor común|diario)\b|(?i)se reintenta solo`),
	views.English: regexp.MustCompile(`(?i)\b(make a|whoever|hub|left out|opened in all|test one)\b`),
}

func TestTextsUseTheWordsOfTheGlossary(t *testing.T) {
	for l, worn := range wornOut {
		for i, line := range slices.Collect(strings.Lines(string(views.Files[l]))) {
			_, text, _ := strings.Cut(line, " = ")
			if found := worn.FindString(text); found != "" {
				t.Errorf("%s, line %d says %q: %s", l, i+1, found, line)
			}
		}
	}
}

// What people read after a request that failed is made of whole sentences.
func TestFailuresAreSentences(t *testing.T) {
	sentence := regexp.MustCompile(`^\p{Lu}.*\.$`)
	for _, l := range []views.Lang{views.Spanish, views.English} {
		m := views.SentencesIn(l)
		for _, words := range []views.Words{m.Problems, m.Statuses} {
			for key, text := range words {
				if !sentence.MatchString(text) {
					t.Errorf("%s: %s is %q", l, key, text)
				}
			}
		}
	}
}

// A template without any placeholder would drop the name it is given.
func TestTemplatesHavePlaceholders(t *testing.T) {
	es := strings.Replace(string(views.Files[views.Spanish]), "Eliminar a {name}", "Eliminar", 1)
	en := strings.Replace(string(views.Files[views.English]), "Remove {name}", "Remove", 1)
	if _, _, err := views.LoadTexts([]byte(es), []byte(en)); err == nil || !strings.Contains(err.Error(), "Access.RemoveButton") {
		t.Errorf("the error is %v", err)
	}
}

func TestKeysOfTheCommandLineSaySoInTheTextsLanguage(t *testing.T) {
	key := access.KeyInfo{APIKey: access.APIKey{ID: "1", Name: "ci", By: access.ConsoleName}}
	for l, want := range map[views.Lang]string{views.Spanish: "desde la línea de comandos", views.English: "from the command line"} {
		page := render(t, views.AccessPage(views.Page{Lang: l}, views.Access{Keys: []access.KeyInfo{key}}, nil))
		if !strings.Contains(page, want) || strings.Contains(page, "por command line") {
			t.Errorf("%s: the page does not say %q", l, want)
		}
	}
}
