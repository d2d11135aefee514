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

// attrs are what a field of a form has beside its kind: its names, what describes
// it, and whether it is wrong. The first that is gets the focus.
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

// RefusedResult is the answer to a form of these pages with something wrong; what is
// wrong with each field stands beside the field.
func RefusedResult(l Lang, form string, e FieldErrors) Result {
	return Result{Form: form, Title: l.texts().Access.CheckFields, Errors: e.elsewhere(form)}
}

// fieldSwap is how the fields of a form come again: empty when it was done.
func (r Result) fieldSwap() string {
	if r.OK {
		return "innerHTML"
	}
	return "innerMorph"
}

// LastAdminResult says why the last administrator stays one.
func LastAdminResult(l Lang, form string) Result {
	return Result{Form: form, Title: l.texts().Access.LastAdmin}
}

// TooManyTries says when the present password may be tried again, in seconds.
func TooManyTries(l Lang, seconds int) string {
	return l.texts().Login.TooManyTries.of(seconds)
}

// The attributes of fields of a kind, with the value they had.

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

// passwordAttrs has no value: passwords are never sent back.
func passwordAttrs(autocomplete string) templ.Attributes {
	return templ.Attributes{"type": "password", "required": true, "maxlength": "1024", "autocomplete": autocomplete}
}
