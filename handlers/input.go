package handlers

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"mime"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"latido/hub"
)

// input is a request's body, sent as a JSON object or as a form.
type input struct {
	object object
	form   bool // fields are all text, and an empty one counts as not given
	bad    problems
}

// bodyWait bounds how long a body may take to arrive.
const bodyWait = 5 * time.Second

// boundBody gives a request's body its time, also where no handler wants it:
// net/http reads on to a body's end before it answers, and one that never ends
// would hold its connection for ever, because streams forbid a ReadTimeout for
// the whole server.
func boundBody(c *gin.Context) error {
	if c.Request.Body == http.NoBody {
		return nil
	}
	if err := http.NewResponseController(c.Writer).SetReadDeadline(time.Now().Add(bodyWait)); err != nil {
		return fmt.Errorf("bound the body's time: %w", err)
	}
	return nil
}

// read takes the body in. Errors: 400 not JSON or not whole, 408, 413, 415, 422
// not an object.
func (a *api) read(c *gin.Context) (*input, error) {
	kind, err := bodyKind(c.Request)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, a.MaxBody))
	var tooBig *http.MaxBytesError
	switch {
	case errors.As(err, &tooBig):
		return nil, fmt.Errorf("read the body: %w", err)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, &statusError{status: http.StatusRequestTimeout, detail: "The body did not arrive in time"}
	case err != nil:
		return nil, &statusError{status: http.StatusBadRequest, detail: "The body is cut off or malformed"}
	}
	if err := http.NewResponseController(c.Writer).SetReadDeadline(time.Time{}); err != nil {
		return nil, fmt.Errorf("end the body's time: %w", err)
	}
	if kind == "form" {
		return parseForm(body)
	}
	o, err := parseObject(body)
	if err != nil {
		return nil, err
	}
	return &input{object: o}, nil
}

func bodyKind(r *http.Request) (string, error) {
	header := r.Header.Get("Content-Type")
	if header == "" {
		return "json", nil
	}
	kind, _, err := mime.ParseMediaType(header)
	switch {
	case err == nil && (kind == "application/json" || strings.HasPrefix(kind, "application/") && strings.HasSuffix(kind, "+json")):
		return "json", nil
	case err == nil && kind == "application/x-www-form-urlencoded":
		return "form", nil
	}
	return "", &statusError{status: http.StatusUnsupportedMediaType,
		detail: "Send Content-Type: application/json or application/x-www-form-urlencoded"}
}

// parseForm turns a form into an object of strings. No browser sends a bare
// '{', but curl does when -d is used without a content type: better to say so
// than to store the document as the name of an empty field.
func parseForm(body []byte) (*input, error) {
	if len(body) > 0 && body[0] == '{' {
		return nil, &statusError{status: http.StatusUnsupportedMediaType,
			detail: "The body looks like JSON but was sent as a form: add -H 'Content-Type: application/json'"}
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, &statusError{status: http.StatusBadRequest, detail: "The form is malformed: " + err.Error()}
	}
	in := &input{form: true}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !utf8.ValidString(name) {
			return nil, &statusError{status: http.StatusBadRequest, detail: "The form is not UTF-8"}
		}
		for _, v := range values[name] {
			if !utf8.ValidString(v) {
				return nil, &statusError{status: http.StatusBadRequest, detail: "The form is not UTF-8"}
			}
		}
		if len(values[name]) == 1 {
			in.object.set(name, values[name][0])
		} else {
			in.object.set(name, values[name])
		}
	}
	return in, nil
}

// value answers a field's raw JSON; ok is false when it was not given.
func (in *input) value(name string) (raw json.RawMessage, ok bool) {
	raw, ok = in.object.get(name)
	if ok && in.form && string(raw) == `""` {
		return nil, false
	}
	return raw, ok
}

func (in *input) missing(name string) { in.bad.add("missing", "Field required", "body", name) }

// text reads a required string.
func (in *input) text(name string) (s string) {
	raw, ok := in.value(name)
	if !ok {
		in.missing(name)
		return ""
	}
	if json.Unmarshal(raw, &s) != nil || string(raw) == "null" {
		in.bad.add("string_type", "Input should be a valid string", "body", name)
	}
	return s
}

// optional reads a string that may be missing or null.
func (in *input) optional(name string) (s string, ok bool) {
	raw, given := in.value(name)
	if !given || string(raw) == "null" {
		return "", false
	}
	return in.text(name), true
}

// choice reads an optional string that is one of a few.
func (in *input) choice(name, fallback string, choices ...string) string {
	if _, given := in.value(name); !given {
		return fallback
	}
	before := len(in.bad)
	s := in.text(name)
	if len(in.bad) == before && !slices.Contains(choices, s) {
		last := len(choices) - 1
		in.bad.add("literal_error", "Input should be '"+strings.Join(choices[:last], "', '")+"' or '"+choices[last]+"'", "body", name)
	}
	return s
}

// number reads a required number within bounds and answers it as it was sent;
// a form's text is read as one.
func (in *input) number(name string, low, high float64) json.Number {
	raw, ok := in.value(name)
	if !ok {
		in.missing(name)
		return "0"
	}
	text := strings.Trim(string(raw), `"`)
	if !in.form && len(text) != len(raw) {
		text = "" // a string is not a number in JSON
	}
	n, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil || math.IsNaN(n) || math.IsInf(n, 0) || !json.Valid([]byte(text)):
		in.bad.add("float_parsing", "Input should be a valid number", "body", name)
		return "0"
	case n < low:
		in.bad.add("greater_than_equal", fmt.Sprintf("Input should be greater than or equal to %g", low), "body", name)
	case n > high:
		in.bad.add("less_than_equal", fmt.Sprintf("Input should be less than or equal to %g", high), "body", name)
	}
	return json.Number(text)
}

// actionURL reads an optional link: http, https, or a path of this server.
func (in *input) actionURL(name string) *string {
	s, ok := in.optional(name)
	if !ok {
		return nil
	}
	if !safeLink(s) {
		in.bad.add("url_scheme", "Input should be an http or https URL, or a path that begins with one '/'", "body", name)
		return nil
	}
	return &s
}

// safeLink reports whether s may become a link: anything a browser could read
// as another scheme, or as another host in disguise, may not.
func safeLink(s string) bool {
	if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\\' }) || strings.TrimSpace(s) != s {
		return false
	}
	u, err := url.Parse(s)
	if err != nil {
		return false
	}
	if u.Scheme == "" {
		return strings.HasPrefix(s, "/") && !strings.HasPrefix(s, "//")
	}
	return (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// channel checks a channel's name that came from loc.
func (ps *problems) channel(name string, loc ...string) {
	if err := hub.CheckChannel(name); err != nil {
		ps.add("channel_name", "A channel is 1 to 128 bytes of printable UTF-8 without '*', '>' or white space at its ends ("+
			strings.TrimPrefix(err.Error(), hub.ErrChannel.Error()+": ")+")", loc...)
	}
}

// userID reads a positive integer that came from loc.
func (ps *problems) userID(text string, loc ...string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil:
		ps.add("int_parsing", "Input should be a valid integer, unable to parse string as an integer", loc...)
	case n < 1:
		ps.add("greater_than_equal", "Input should be greater than or equal to 1", loc...)
	}
	return n
}

// queryUser reads ?user_id=, 0 when it is not given.
func (ps *problems) queryUser(c *gin.Context) int64 {
	text, given := c.GetQuery("user_id")
	if !given {
		return 0
	}
	return ps.userID(text, "query", "user_id")
}

// pathParam answers a path parameter decoded. gin would read '+' as a space.
func pathParam(c *gin.Context, name string) string {
	v, err := url.PathUnescape(c.Param(name))
	if err != nil {
		return c.Param(name) // net/http has refused such paths before
	}
	return v
}

func tooLargeSentence(limit int64) string {
	return fmt.Sprintf("The body is larger than %d bytes", limit)
}
