package views

// TrafficMessages are the texts about what goes in and out.
type TrafficMessages struct {
	Title     string
	Caption   string
	What      string
	PerSecond string
	Total     string
	Published string
	Read      string
	Delivered string
	Bytes     string
	Writes    string
	PerWrite  string
	Lag       string
	Gaps      string
	Thinned   string
	Denied    string

	OpenTitle    string
	Open         string
	TakenOver    string
	Parked       string
	Opened       string
	Refused      string
	EndedCaption string
	Reason       string

	// Why a stream ended.
	Gone     string
	Stalled  string
	Spoke    string
	Behind   string
	Replaced string
	Revoked  string
	Drained  string
	Failed   string
}

var spanishTraffic = TrafficMessages{
	Title:     "Tráfico",
	Caption:   "Media de los últimos segundos, y total desde el arranque",
	What:      "Magnitud",
	PerSecond: "Por segundo",
	Total:     "Total",
	Published: "Eventos publicados",
	Read:      "Eventos leídos del diario",
	Delivered: "Eventos entregados",
	Bytes:     "Bytes enviados",
	Writes:    "Escrituras",
	PerWrite:  "Eventos por escritura",
	Lag:       "Mayor espera reciente",
	Gaps:      "Huecos avisados",
	Thinned:   "Omitidos por un valor más nuevo",
	Denied:    "Envíos rechazados por límite",

	OpenTitle:    "Conexiones",
	Open:         "Abiertas",
	TakenOver:    "Con escritor común",
	Parked:       "Con cliente lento",
	Opened:       "Abiertas en total",
	Refused:      "Rechazadas por límite",
	EndedCaption: "Terminadas desde el arranque, por motivo",
	Reason:       "Motivo",

	Gone:     "El cliente la cerró, o se cortó",
	Stalled:  "El cliente no leyó nada durante demasiado tiempo",
	Spoke:    "El cliente envió datos después de su petición",
	Behind:   "Se quedó tan atrás que debía empezar de nuevo",
	Replaced: "La misma página abrió otra más nueva",
	Revoked:  "Quien la abrió ya no puede verla",
	Drained:  "El servidor se detuvo",
	Failed:   "Falló este servidor: su registro dice por qué",
}

var englishTraffic = TrafficMessages{
	Title:     "Traffic",
	Caption:   "Average of the last seconds, and total since the start",
	What:      "Quantity",
	PerSecond: "Per second",
	Total:     "Total",
	Published: "Events published",
	Read:      "Events read from the journal",
	Delivered: "Events delivered",
	Bytes:     "Bytes sent",
	Writes:    "Writes",
	PerWrite:  "Events per write",
	Lag:       "Longest recent wait",
	Gaps:      "Gaps announced",
	Thinned:   "Left out for a newer value",
	Denied:    "Requests refused by a limit",

	OpenTitle:    "Live streams",
	Open:         "Open",
	TakenOver:    "By shared writers",
	Parked:       "With a slow client",
	Opened:       "Opened in all",
	Refused:      "Refused by a limit",
	EndedCaption: "Ended since the start, by reason",
	Reason:       "Reason",

	Gone:     "The client closed it, or it broke",
	Stalled:  "The client read nothing for too long",
	Spoke:    "The client sent data after its request",
	Behind:   "It fell so far behind that it had to start over",
	Replaced: "The same page opened a newer one",
	Revoked:  "Whoever opened it may no longer see it",
	Drained:  "The server stopped",
	Failed:   "This server failed: its log says why",
}
