package main_test

import "encoding/json"

// What the tests ask of a page is JavaScript; these write it.

// quote writes a string as JavaScript does.
func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// one is the expression of the first element that matches.
func one(selector string) string { return "document.querySelector(" + quote(selector) + ")" }

// count is the expression of how many elements match.
func count(selector string) string {
	return "document.querySelectorAll(" + quote(selector) + ").length"
}

// shown is the expression of whether an element can be seen.
func shown(selector string) string {
	return one(selector) + "?.checkVisibility({visibilityProperty: true, opacityProperty: true})"
}

// has is the expression of whether an element's text contains another.
func has(selector, text string) string {
	return "[...document.querySelectorAll(" + quote(selector) + ")].some(e => e.textContent.includes(" + quote(text) + "))"
}

// textOf is the expression of an element's text, with white space as it shows.
func textOf(selector string) string {
	return one(selector) + ".innerText.replace(/\\s+/g, ' ').trim()"
}
