package views

// AccessMessages are the texts about who somebody is.
type AccessMessages struct {
	LoginTitle   string
	Name         string
	Password     string
	LogIn        string
	LogOut       string
	LoggedInAs   string
	WrongLogin   string
	TooManyTries string // with the seconds to wait
	NothingYet   string // on a card of a share link
	LinkOver     string // in place of a share link's page
}

var spanishAccess = AccessMessages{
	LoginTitle:   "Iniciar sesión",
	Name:         "Nombre",
	Password:     "Contraseña",
	LogIn:        "Entrar",
	LogOut:       "Salir",
	LoggedInAs:   "Sesión de",
	WrongLogin:   "El nombre o la contraseña no son correctos",
	TooManyTries: "Demasiados intentos: pruebe otra vez dentro de %d s",
	NothingYet:   "Todavía no hay nada.",
	LinkOver:     "Este enlace no muestra nada: ha caducado, se ha retirado o nunca existió. Pida otro a quien se lo dio.",
}

var englishAccess = AccessMessages{
	LoginTitle:   "Log in",
	Name:         "Name",
	Password:     "Password",
	LogIn:        "Log in",
	LogOut:       "Log out",
	LoggedInAs:   "Logged in as",
	WrongLogin:   "Name or password is wrong",
	TooManyTries: "Too many tries: try again in %d s",
	NothingYet:   "Nothing yet.",
	LinkOver:     "This link shows nothing: it is over, was revoked, or never was. Ask for another one where you got it.",
}
