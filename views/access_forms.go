package views

import (
	"slices"

	"github.com/a-h/templ"
)

func (e FieldErrors) at(field string) string {
	for _, one := range e {
		if one.Field == field {
			return one.Message
		}
	}
	return ""
}

// first is the first field of a form, in the form's order, with something wrong.
func (e FieldErrors) first(form string) string {
	for _, field := range fields[form] {
		if e.at(field) != "" {
			return field
		}
	}
	return ""
}

// attrs are the attributes of a field: its names, what describes it, and whether it
// is wrong. The first wrong field gets the focus.
func (e FieldErrors) attrs(form, field string) templ.Attributes {
	id := form + "-" + field
	a := templ.Attributes{"id": id, "name": field, "aria-describedby": id + "-help"}
	if e.at(field) != "" {
		a["aria-invalid"] = "true"
		a["autofocus"] = field == e.first(form)
	}
	return a
}

// elsewhere are the errors of fields that the form does not have.
func (e FieldErrors) elsewhere(form string) (rest []FieldError) {
	for _, one := range e {
		if !slices.Contains(fields[form], one.Field) {
			rest = append(rest, one)
		}
	}
	return rest
}

// RefusedResult is the result of a form of these pages with wrong fields. The errors
// of fields that the form has are shown beside them.
func RefusedResult(l Lang, form string, e FieldErrors) Result {
	return Result{Form: form, Title: l.texts().Access.CheckFields, Errors: e.elsewhere(form)}
}

// fieldSwap is how the fields of a form are replaced: by empty ones after a success,
// by a morph after a refusal.
func (r Result) fieldSwap() string {
	if r.OK {
		return "innerHTML"
	}
	return "innerMorph"
}

// LastAdminResult says why the last administrator cannot be removed.
func LastAdminResult(l Lang, form string) Result {
	return Result{Form: form, Title: l.texts().Access.LastAdmin}
}

// TooManyTries says in how many seconds the current password may be tried again.
func TooManyTries(l Lang, seconds int) string {
	return l.texts().Login.TooManyTries.of(seconds)
}

// The attributes of kinds of fields, with the value they had.

func nameAttrs(value string) templ.Attributes {
	return templ.Attributes{"value": text(value), "required": true, "maxlength": "32", "autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
}

func labelAttrs(value string) templ.Attributes {
	return templ.Attributes{"value": text(value), "required": true, "maxlength": "64", "autocomplete": "off", "dir": "auto"}
}

func listAttrs(value string) templ.Attributes {
	return templ.Attributes{"value": text(value), "autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
}

func userAttrs(value string) templ.Attributes {
	return templ.Attributes{"value": text(value), "class": "num", "type": "number", "min": "1", "max": "9007199254740991", "step": "1",
		"inputmode": "numeric", "autocomplete": "off"}
}

// passwordAttrs has no value: passwords are not sent back.
func passwordAttrs(autocomplete string) templ.Attributes {
	return templ.Attributes{"type": "password", "required": true, "maxlength": "1024", "autocomplete": autocomplete}
}
