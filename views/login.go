package views

import "time"

// LoginPath is the login page's.
const LoginPath = "/login"

// Login is what the login page shows beside its form.
type Login struct {
	Next  string        // path to go to afterwards
	Name  string        // as it was typed, after a try
	Wrong bool          // the last try failed
	After time.Duration // after too many tries: how long to wait; 0 otherwise
}

func (l Login) failed() bool { return l.Wrong || l.After > 0 }

// result says why an attempt failed.
func (l Login) result(lang Lang) Result {
	m := lang.texts().Login
	if l.After > 0 {
		return Result{Form: FormLogin, Title: m.TooManyTries.of(int((l.After + time.Second - 1) / time.Second))}
	}
	return Result{Form: FormLogin, Title: m.Wrong}
}
