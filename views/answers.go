package views

import (
	"net/http"
	"strconv"
	"strings"
)

// Answers are the sentences that handlers say to people after a form, in one
// language. JSON clients never see them: what those read is fixed.
type Answers struct {
	TestTitle   string // of the test notification
	TestMessage string // followed by the user's number
	CheckInput  string // above the list of refused fields
	Foreign     string // to what a page of another site made a browser send

	// What a limit forbade, and what helps.
	ChannelsFull    string // as many channels as may be
	OwnChannelsFull string // as many as one sender may begin
	ChannelFull     string // as many bytes as a channel may hold
	UserFull        string // as a user's notifications may

	tooOften                                      string // with %s where the seconds go
	broadcast, notification, task, export, cancel string // with %s where the name goes
	problems                                      map[string]string
	statuses                                      map[int]string
}

// AnswersIn gives the sentences in a language, Spanish for an unknown one.
func AnswersIn(l Lang) Answers {
	if l == English {
		return englishAnswers
	}
	return spanishAnswers
}

// BroadcastSent says that a message went to a channel.
func (a Answers) BroadcastSent(channel string) string { return fill(a.broadcast, channel) }

// NotificationSent says that a notification went to a user.
func (a Answers) NotificationSent(user int64) string {
	return fill(a.notification, strconv.FormatInt(user, 10))
}

// TaskUpdated says that a task's progress was broadcast.
func (a Answers) TaskUpdated(id string) string { return fill(a.task, id) }

// ExportStarted says that the export of a channel runs.
func (a Answers) ExportStarted(channel string) string { return fill(a.export, channel) }

// TaskCancelled says that a task was told to stop.
func (a Answers) TaskCancelled(id string) string { return fill(a.cancel, id) }

// TooOften says that something was tried too often, and when to try again.
func (a Answers) TooOften(seconds int) string { return fill(a.tooOften, strconv.Itoa(seconds)) }

// Problem says what is wrong with a field: a sentence for the problem's type,
// or the API's own message when there is none.
func (a Answers) Problem(kind, msg string) string {
	if s, ok := a.problems[kind]; ok {
		return s
	}
	return msg
}

// Status says what an HTTP status means to a person, or the API's own detail
// when there is nothing better to say.
func (a Answers) Status(status int, detail string) string {
	if s, ok := a.statuses[status]; ok {
		return s
	}
	return detail
}

func fill(sentence, name string) string { return strings.Replace(sentence, "%s", name, 1) }

var spanishAnswers = Answers{
	TestTitle: "Notificación de prueba", TestMessage: "Así se ve una notificación para el usuario",
	CheckInput: "No se ha enviado nada. Revise estos campos:", Foreign: "La petición viene de otro sitio web y se ha rechazado.",
	broadcast: "Mensaje enviado al canal %s.", notification: "Notificación enviada al usuario %s.",
	task: "Avance de la tarea %s enviado.", export: "Exportando el canal %s.", cancel: "Se está cancelando la tarea %s.",
	tooOften:        "No se ha hecho nada: demasiadas peticiones seguidas. Vuelva a intentarlo dentro de %s s.",
	ChannelsFull:    "No se ha enviado nada: ya hay tantos canales en uso como se permiten. Use uno de ellos.",
	OwnChannelsFull: "No se ha enviado nada: ya ha abierto tantos canales como se le permiten. Use uno que ya exista.",
	ChannelFull:     "No se ha enviado nada: el canal ya guarda todo lo que puede. Espere a que caduque lo más antiguo o use otro canal.",
	UserFull:        "No se ha enviado nada: ese usuario ya guarda todas las notificaciones que puede. Espere a que caduquen las más antiguas.",
	problems: map[string]string{
		"missing": "falta este dato", "string_type": "debe ser un texto", "float_parsing": "debe ser un número",
		"int_parsing": "debe ser un número entero", "greater_than_equal": "el valor es demasiado bajo",
		"less_than_equal": "el valor es demasiado alto", "literal_error": "no es una de las opciones",
		"url_scheme":   "debe empezar por http://, https:// o una sola /",
		"channel_name": "de 1 a 128 bytes de texto, sin *, > ni espacios en los extremos",
		"person_name":  "de 1 a 32 caracteres a-z, 0-9, _ y -, con una letra o una cifra al principio y al final",
		"taken":        "ya hay una persona con este nombre", "user_taken": "este número ya es de otra persona",
		"password":       "de 10 caracteres a 1024 bytes",
		"password_again": "no es igual que la otra", "wrong_password": "no es la contraseña actual",
		"label":          "de 1 a 64 bytes de texto visible, en una sola línea",
		"patterns":       "cada uno es un canal, el principio de varios con * detrás, o *; 64 como mucho",
		"user_ids":       "números desde el 1 con comas entre ellos, o un solo *; 64 como mucho",
		"tasks_need_all": "las tareas exportan canales enteros: ponga * en los canales que lee",
		"key_nothing":    "así no puede hacer nada: diga a dónde envía, qué lee o a quién notifica",
		"card_user":      "la tarjeta de notificaciones necesita un usuario",
	},
	statuses: map[int]string{
		http.StatusBadRequest:            "La petición no se entiende.",
		http.StatusForbidden:             "Con este acceso no se permite.",
		http.StatusNotFound:              "Aquí no hay nada.",
		http.StatusMethodNotAllowed:      "Esta dirección no admite ese método.",
		http.StatusConflict:              "Alguien ha cambiado lo mismo mientras tanto, o ya hay tantos como caben: mire otra vez.",
		http.StatusRequestEntityTooLarge: "El contenido es demasiado grande.",
		http.StatusUnsupportedMediaType:  "El contenido debe ser JSON o un formulario.",
		http.StatusTooManyRequests:       "Ya hay demasiadas tareas en marcha: espere a que termine una o cancele otra.",
		http.StatusInternalServerError:   "Algo ha fallado en el servidor. Queda anotado en su registro.",
		http.StatusServiceUnavailable:    "Ahora no se puede. Vuelva a intentarlo en un momento.",
		http.StatusInsufficientStorage:   "No se ha guardado nada: el disco del servidor está lleno.",
	},
}

var englishAnswers = Answers{
	TestTitle: "Test notification", TestMessage: "This is what a notification looks like for user",
	CheckInput: "Nothing was sent. Check these fields:", Foreign: "The request came from another web site and was refused.",
	broadcast: "Message sent to channel %s.", notification: "Notification sent to user %s.",
	task: "Progress of task %s sent.", export: "Exporting channel %s.", cancel: "Cancelling task %s.",
	tooOften:        "Nothing was done: too many requests. Try again in %s s.",
	ChannelsFull:    "Nothing was sent: as many channels are in use as may be. Use one of them.",
	OwnChannelsFull: "Nothing was sent: you have begun as many channels as you may. Use one that exists.",
	ChannelFull:     "Nothing was sent: the channel holds as much as it may. Wait for its oldest events to expire, or use another channel.",
	UserFull:        "Nothing was sent: this user's notifications hold as much as they may. Wait for the oldest to expire.",
	problems: map[string]string{
		"missing": "this is missing", "string_type": "must be text", "float_parsing": "must be a number",
		"int_parsing": "must be a whole number", "greater_than_equal": "the value is too low",
		"less_than_equal": "the value is too high", "literal_error": "is none of the choices",
		"url_scheme":   "must begin with http://, https:// or a single /",
		"channel_name": "1 to 128 bytes of text without *, > or white space at its ends",
		"person_name":  "1 to 32 characters a-z, 0-9, _ and -, with a letter or a digit at both ends",
		"taken":        "there is a person of this name", "user_taken": "this number is another person's",
		"password":       "10 characters to 1024 bytes",
		"password_again": "is not the same as the other one", "wrong_password": "is not the present password",
		"label":          "1 to 64 bytes of visible text in one line",
		"patterns":       "each is a channel, the beginning of several with a * after it, or *; 64 at most",
		"user_ids":       "numbers from 1 with commas between them, or a single *; 64 at most",
		"tasks_need_all": "tasks export whole channels: write * into the channels it reads",
		"key_nothing":    "it could do nothing: say where it sends, what it reads or whom it notifies",
		"card_user":      "the card of notifications needs a user",
	},
	statuses: map[int]string{
		http.StatusBadRequest:            "The request makes no sense.",
		http.StatusForbidden:             "This access does not allow it.",
		http.StatusNotFound:              "There is nothing here.",
		http.StatusMethodNotAllowed:      "This address does not take that method.",
		http.StatusConflict:              "Somebody has changed the same thing meanwhile, or there are as many as there may be: look again.",
		http.StatusRequestEntityTooLarge: "The content is too large.",
		http.StatusUnsupportedMediaType:  "The content must be JSON or a form.",
		http.StatusTooManyRequests:       "Too many tasks are running: wait for one to end, or cancel one.",
		http.StatusInternalServerError:   "Something failed in the server. Its log says what.",
		http.StatusServiceUnavailable:    "Not possible right now. Try again in a moment.",
		http.StatusInsufficientStorage:   "Nothing was stored: the server's disk is full.",
	},
}
