package views

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// Words are texts for the values of a field of events or of the API, by value.
type Words map[string]string

// of returns the word for a value, and the value itself for an unknown one.
func (w Words) of(value string) string {
	if word, ok := w[value]; ok {
		return word
	}
	return label(value)
}

// Template is a text with {placeholders}.
type Template struct{ text string }

// UnmarshalText reads a template from a locale file.
func (t *Template) UnmarshalText(text []byte) error {
	t.text = string(text)
	return nil
}

// with returns the text with its placeholders filled in. pairs are names and
// values in turn.
func (t Template) with(pairs ...string) string {
	for i := 0; i < len(pairs); i += 2 {
		pairs[i] = "{" + pairs[i] + "}"
	}
	return strings.NewReplacer(pairs...).Replace(t.text)
}

// placeholders returns the names between braces, sorted, each once.
func (t Template) placeholders() []string {
	names := placeholder.FindAllString(t.text, -1)
	slices.Sort(names)
	return slices.Compact(names)
}

// Plural is a text that depends on a number, {n} in it. Spanish and English both
// have a form for 1 and one for all other numbers.
type Plural struct{ One, Other Template }

// of returns the form for n with n filled in.
func (p Plural) of(n int) string {
	form := p.Other
	if n == 1 {
		form = p.One
	}
	return form.with("n", strconv.Itoa(n))
}

//go:embed locales/es.toml
var spanishTOML []byte

//go:embed locales/en.toml
var englishTOML []byte

var spanish, english = mustLoadTexts()

// texts returns the texts of the language; Spanish for an unknown one.
func (l Lang) texts() *Texts {
	if l == English {
		return english
	}
	return spanish
}

// mustLoadTexts loads the embedded files. The tests load them too, so a panic
// here means a program that was built without running them.
func mustLoadTexts() (es, en *Texts) {
	es, en, err := loadTexts(spanishTOML, englishTOML)
	if err != nil {
		panic("views: loading the texts of the interface: " + err.Error())
	}
	return es, en
}

// loadTexts reads both languages and checks that they have the same keys, a text
// for each, and the same placeholders in it.
func loadTexts(es, en []byte) (*Texts, *Texts, error) {
	spanish, err := parseTexts(es)
	if err != nil {
		return nil, nil, fmt.Errorf("es: %w", err)
	}
	english, err := parseTexts(en)
	if err != nil {
		return nil, nil, fmt.Errorf("en: %w", err)
	}
	var bad []error
	compareTexts("", reflect.ValueOf(*spanish), reflect.ValueOf(*english), &bad)
	return spanish, english, errors.Join(bad...)
}

func parseTexts(file []byte) (*Texts, error) {
	t := &Texts{}
	err := toml.NewDecoder(bytes.NewReader(file)).DisallowUnknownFields().Decode(t)
	if strict := (*toml.StrictMissingError)(nil); errors.As(err, &strict) {
		return nil, fmt.Errorf("unknown key:\n%s", strict.String())
	}
	return t, err
}

// placeholder is what a template is filled in at, and anything like it.
var placeholder = regexp.MustCompile(`\{[a-z]*\}?|\}`)

// compareTexts adds to bad what is missing or different at and below a key.
func compareTexts(key string, es, en reflect.Value, bad *[]error) {
	complain := func(format string, args ...any) {
		*bad = append(*bad, fmt.Errorf(strings.TrimPrefix(key, ".")+": "+format, args...))
	}
	switch v := es.Interface().(type) {
	case Template:
		other := en.Interface().(Template)
		if a, b := v.placeholders(), other.placeholders(); len(a) == 0 || !slices.Equal(a, b) {
			complain("placeholders %q in es, %q in en", a, b)
		}
	case Words:
		other := en.Interface().(Words)
		for _, value := range slices.Sorted(maps.Keys(v)) {
			compareTexts(key+"."+value, reflect.ValueOf(v[value]), reflect.ValueOf(other[value]), bad)
		}
		for value := range other {
			if _, ok := v[value]; !ok {
				complain("%q is in en only", value)
			}
		}
	case string:
		other := en.String()
		if v == "" || other == "" {
			complain("missing in es or en")
		} else if placeholder.MatchString(v) || placeholder.MatchString(other) {
			complain("a placeholder in a text that has none")
		}
	case [12]string:
		for i, month := range v {
			compareTexts(fmt.Sprintf("%s[%d]", key, i), reflect.ValueOf(month), en.Index(i), bad)
		}
	default: // a struct: anything else would panic at the start of every test
		for i := range es.NumField() {
			compareTexts(key+"."+es.Type().Field(i).Name, es.Field(i), en.Field(i), bad)
		}
	}
}
