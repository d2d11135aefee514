package views

// HelpMessages say what the figures of the monitoring page mean.
type HelpMessages struct {
	Title string

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
	SignsName string
	Signs     string

	Open      string
	TakenOver string
	Parked    string
	Opened    string
	Refused   string

	Topics       string
	StoredRange  string
	StoredBytes  string
	MemoryEvents string
	MemoryBytes  string
	Heap         string
	Goroutines   string
	Epoch        string
}

var spanishHelp = HelpMessages{
	Title: "Qué significa cada cifra",

	Published: "Los que aceptó este proceso: de programas, de formularios y de sus propios productores.",
	Read:      "Los que el diario le dio para repartir. Si varios servidores comparten un diario, también los que aceptaron los demás.",
	Delivered: "Un evento que llega a diez conexiones cuenta diez veces.",
	Bytes:     "Todo lo escrito en las conexiones: eventos, latidos y cabeceras. 1\u00a0KiB son 1024\u00a0bytes.",
	Writes:    "Cuántas veces se entregaron esos bytes al sistema operativo.",
	PerWrite:  "En los últimos segundos. Por encima de 1, varios eventos salen juntos, como ocurre con mucha carga; por debajo, casi todo lo que se escribe son latidos.",
	Lag:       "Lo que más tardó, en los últimos 20\u00a0segundos, un evento ya listo en escribirse en todas las conexiones con escritor común que lo esperaban.",
	Gaps:      "Veces que se avisó a un lector de que le faltan eventos: pidió otros más antiguos que los guardados, o leía demasiado despacio.",
	Thinned:   "Valores que no se enviaron a quien pidió pocos por segundo (max_rate), porque ya había uno más nuevo de lo mismo.",
	Denied:    "Peticiones POST que no hicieron nada: demasiadas seguidas, demasiados intentos de entrar, o demasiados canales o bytes guardados.",
	SignsName: "– y M",
	Signs:     "–: no se sabe todavía, porque una media necesita dos lecturas separadas por 5\u00a0segundos, o no hubo nada. M: millones.",

	Open:      "Las que hay ahora. Cada página tiene una, y cada programa que escucha.",
	TakenOver: "Las que no ocupan una gorrutina: unos pocos escritores las atienden todas. Las demás, con HTTP/2, con max_rate o fuera de Linux, tienen una cada una.",
	Parked:    "Las de un cliente que aún no ha leído lo enviado. Nadie más espera por él.",
	Opened:    "Desde que arrancó el proceso, con las que siguen abiertas.",
	Refused:   "Las que no empezaron porque ya había tantas como se permiten (en total, desde una dirección o de un usuario) o porque se abrían demasiado seguidas.",

	Topics:       "Un tema es un canal, o las notificaciones de un usuario.",
	StoredRange:  "Números del más antiguo y del más reciente que el diario guarda y puede volver a entregar.",
	StoredBytes:  "Lo que ocupan en el diario.",
	MemoryEvents: "Los más recientes, ya listos para enviar.",
	MemoryBytes:  "Lo que cuestan, más o menos.",
	Heap:         "Lo que ocupan los datos de todo el proceso, con los restos que aún no se han recogido.",
	Goroutines:   "Hilos ligeros de Go: cada uno hace o espera algo.",
	Epoch:        "Primera parte del identificador de cada evento. Si cambia, el diario empezó de nuevo o se restauró.",
}

var englishHelp = HelpMessages{
	Title: "What these figures mean",

	Published: "Those this process accepted: from programs, from forms and from its own producers.",
	Read:      "Those the journal gave it to pass on. Where several servers share a journal, also those the others accepted.",
	Delivered: "An event that reaches ten streams counts ten times.",
	Bytes:     "All that was written to streams: events, heartbeats and headers. 1\u00a0KiB is 1024\u00a0bytes.",
	Writes:    "How often those bytes were handed to the operating system.",
	PerWrite:  "Over the last seconds. Above 1, several events leave together, as they do under load; below 1, most of what is written is heartbeats.",
	Lag:       "The longest time, within the last 20\u00a0seconds, that an event stood ready before it had been written to all streams by shared writers that were waiting for it.",
	Gaps:      "How often a reader was told that events are missing: it asked for older ones than are kept, or read too slowly.",
	Thinned:   "Values that were not sent to those who asked for few a second (max_rate), because there was a newer one of the same thing.",
	Denied:    "POST requests that did nothing: too many of them, too many tries to log in, or too many channels or bytes stored.",
	SignsName: "– and M",
	Signs:     "–: not known yet, because an average needs two looks 5\u00a0seconds apart, or there was nothing. M: million.",

	Open:      "Those there are now. Every page has one, and every program that listens.",
	TakenOver: "Those that cost no goroutine: a few writers serve them all. The others, over HTTP/2, with max_rate or on systems other than Linux, have one each.",
	Parked:    "Those whose client has not read yet what was sent. Nobody else waits for it.",
	Opened:    "Since the process began, with those that are still open.",
	Refused:   "Those that did not begin because there were already as many as allowed (in all, from one address or of one user), or because they were opened too often.",

	Topics:       "A topic is a channel, or the notifications of a user.",
	StoredRange:  "Numbers of the oldest and the newest that the journal keeps and can deliver again.",
	StoredBytes:  "What they take up in the journal.",
	MemoryEvents: "The most recent ones, ready to be sent.",
	MemoryBytes:  "What they cost, roughly.",
	Heap:         "What the data of the whole process takes up, with remains not yet cleared away.",
	Goroutines:   "Go's lightweight threads: each does something or waits for something.",
	Epoch:        "First part of every event's id. If it changes, the journal began anew or was restored.",
}

func (m *Messages) trafficTerms() []term {
	t, h := m.Traffic, m.Help
	return []term{
		{t.Published, h.Published}, {t.Read, h.Read}, {t.Delivered, h.Delivered}, {t.Bytes, h.Bytes}, {t.Writes, h.Writes},
		{t.PerWrite, h.PerWrite}, {t.Lag, h.Lag}, {t.Gaps, h.Gaps}, {t.Thinned, h.Thinned}, {t.Denied, h.Denied}, {h.SignsName, h.Signs},
	}
}

func (m *Messages) openTerms() []term {
	t, h := m.Traffic, m.Help
	return []term{{t.Open, h.Open}, {t.TakenOver, h.TakenOver}, {t.Parked, h.Parked}, {t.Opened, h.Opened}, {t.Refused, h.Refused}}
}

func (m *Messages) hubTerms() []term {
	h := m.Help
	return []term{
		{m.Topics, h.Topics}, {m.StoredRange, h.StoredRange}, {m.StoredBytes, h.StoredBytes}, {m.MemoryEvents, h.MemoryEvents},
		{m.MemoryBytes, h.MemoryBytes}, {m.Heap, h.Heap}, {m.Goroutines, h.Goroutines}, {m.Epoch, h.Epoch},
	}
}
