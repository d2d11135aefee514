// Package event declares the payloads of Latido's own events: one struct for
// each, used to make the event and to read it. It also declares what producers
// report beside their events: Machine and Producer.
//
// # What it promises
//
// A payload's Draft method returns a complete hub.Draft: name, channel or user,
// data, and whether the event is ephemeral. The data is a JSON object in UTF-8
// for any field values, so hub.Draft.Check refuses no draft to a valid user. The
// data of a Broadcast is the caller's.
//
// Decode returns the payload of an event by the event's name, decoding an event
// once however often it is asked. It takes what clients have sent: a field that
// is missing, null or of another type is left out, and the other fields are
// kept. A Number that was left out is not 0: Number.Has reports false. Numbers
// do not wrap; Number.Int clamps to the range of int64.
//
// # The wire
//
// Times are RFC 3339 in UTC; Timestamp and TimestampMillis differ in their
// decimals. An id is a prefix such as "notif_" and 16 hexadecimal digits. Text
// is written without HTML escapes.
//
// The payloads of producers and tasks are cut to the lengths named here. Events
// that clients publish themselves are as long as the hub allows, and have
// whatever level, status or task id the client chose; LogLevel and
// NotificationLevel map unknown levels.
//
// # What it does not promise
//
// A decoded payload is not validated. Text may be empty and may hold control
// characters, and links may lead anywhere.
//
// # Starting and stopping
//
// There is nothing to start. All functions may be called concurrently.
//
// # What it does not know, on purpose
//
// Who produces or displays an event, HTTP, HTML, the language of the page, and
// the journal.
//
// # Testing
//
// Fuzz targets decode arbitrary bytes under every event name, and encode and
// decode arbitrary field values.
package event
