// Package manage is logging in and out, the own account, and the pages on which
// people, API keys and share links are managed.
//
// # What it promises
//
// The pages and forms of /access and /account serve no page of another site, not even
// of web.Config.Origins. A secret is in the response to the caller that made it, under
// no-store, and in no other response. Each change, and each try to log in, leaves one
// record in the audit log: who did what, to whom or what, and from where. No record
// holds a password or a secret.
//
// Programs that send Accept: application/json get JSON from the same routes, with the
// fields of the forms as a JSON object or a form. GET /access is everything:
//
//	{"people": [{"name", "role", "user", "created"}], "keys": [{"id", "name", "grant",
//	"user", "created", "expires", "by", "last_used"}], "links": [{"id", "name", "cards",
//	"user", "created", "expires", "by"}]}
//
// A change of a person, and GET /access/people/NAME, respond with that person. A new key
// also has "key", its text, and a new link "url" and "secret". A grant is as package
// access documents it, times are in RFC 3339, and what is missing is zero or never. In a
// request publish and subscribe may be lists, user a number, tasks a boolean, and expires
// also a time. Removing and revoking respond 204. Errors are {"detail": …}, as everywhere.
//
// GET /backup streams a backup to the program's own commands, and not to administrators:
// it contains every password's hash. One runs at a time; one that fails after its first
// byte is cut off, which the file itself tells.
//
// A form that is refused is shown again with what was filled in, but for passwords,
// and says at each field what is wrong; programs get the same as JSON.
//
// # What it does not promise
//
// Sessions and passwords are package access's: this package checks neither.
//
// # Bounds
//
// A list shows 100 entries; the others are found by name.
//
// # Starting and stopping
//
// Register starts no goroutine. It registers nothing where the directory of access
// keeps no records.
//
// # What it does not know, on purpose
//
// What is on a page around its content: Config.Frame returns it.
//
// # Testing
//
// Over real HTTP, in package handlers.
package manage
