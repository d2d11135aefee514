package web

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"
)

// Input is a request's body, sent as a JSON object or as a form. Its methods read
// fields, and add to Problems what is wrong with them.
type Input struct {
	Object   Object
	Problems Problems
	form     bool // fields are all text, and an empty one counts as not given
}

// Read reads the body. Errors: 400 not JSON or not whole, 408, 413, 415, 422 not an
// object.
func (k *Kernel) Read(c *gin.Context) (*Input, error) {
	kind, err := bodyKind(c.Request)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, k.MaxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, fmt.Errorf("read the body: %w", err)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, &StatusError{Status: http.StatusRequestTimeout, Detail: fmt.Sprintf("The body did not arrive within %v: send the request again", bodyWait)}
	case err != nil:
		return nil, &StatusError{Status: http.StatusBadRequest, Detail: "The body is cut off or malformed: send the request again"}
	}
	if err := http.NewResponseController(c.Writer).SetReadDeadline(time.Time{}); err != nil {
		return nil, fmt.Errorf("end the body's time: %w", err)
	}
	if kind == "form" {
		return parseForm(body)
	}
	o, err := ParseObject(body)
	if err != nil {
		return nil, err
	}
	return &Input{Object: o}, nil
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
	return "", &StatusError{Status: http.StatusUnsupportedMediaType,
		Detail: "This type of body is not supported: send Content-Type: application/json or application/x-www-form-urlencoded"}
}

// parseForm turns a form into an object of strings. No browser sends a bare
// '{', but curl does when -d is used without a content type. That is refused, or the
// document would be stored as the name of an empty field.
func parseForm(body []byte) (*Input, error) {
	if len(body) > 0 && body[0] == '{' {
		return nil, &StatusError{Status: http.StatusUnsupportedMediaType,
			Detail: "The body looks like JSON but was sent as a form: add -H 'Content-Type: application/json'"}
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, &StatusError{Status: http.StatusBadRequest, Detail: fmt.Sprintf("The form is malformed (%v): percent-encode its fields", err)}
	}
	in := &Input{form: true}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !utf8.ValidString(name) || slices.ContainsFunc(values[name], func(v string) bool { return !utf8.ValidString(v) }) {
			return nil, &StatusError{Status: http.StatusBadRequest, Detail: "The form is not UTF-8: encode it as UTF-8"}
		}
		if len(values[name]) == 1 {
			in.Object.Set(name, values[name][0])
		} else {
			in.Object.Set(name, values[name])
		}
	}
	return in, nil
}
