package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"latido/hub"
	"latido/streams"
	"latido/streams/event"
)

const (
	logMin = time.Second
	logMax = 5 * time.Second
)

// Logs is the simulated producer "logs-demo": every 1–5 s it publishes a log_entry
// of an imagined service (api, database, auth, cache or worker) to the channel
// logs. About 65 of 100 are INFO, 15 DEBUG, 14 WARNING, 6 ERROR.
type Logs struct {
	rand *rand.Rand
}

// NewLogs returns the producer. The same seed gives the same messages; 0 stands for
// new ones each time.
func NewLogs(seed uint64) *Logs {
	return &Logs{rand: newRand(seed)}
}

// Name returns "logs-demo": the producer "logs" publishes the server's own records
// to the same channel.
func (l *Logs) Name() string { return "logs-demo" }

// Run implements streams.Producer. It fails when an entry cannot be published.
func (l *Logs) Run(ctx context.Context, p hub.Publisher) error {
	for streams.Wait(ctx, between(l.rand, logMin, logMax)) {
		if err := streams.Publish(ctx, p, l.next().Draft(time.Now())); err != nil {
			return err
		}
	}
	return ctx.Err()
}

type line struct{ service, message string }

func (l *Logs) next() event.LogEntry {
	level := l.level()
	lines := linesOf(level)
	next := lines[l.rand.IntN(len(lines))]
	return event.LogEntry{Level: level, Service: next.service, Message: l.fill(next.message), Simulated: true}
}

func (l *Logs) level() string {
	switch n := l.rand.IntN(100); {
	case n < 65:
		return event.LogInfo
	case n < 80:
		return event.LogDebug
	case n < 94:
		return event.LogWarning
	}
	return event.LogError
}

// fill replaces the blanks of a message with plausible values.
func (l *Logs) fill(message string) string {
	pick := func(words ...string) string { return words[l.rand.IntN(len(words))] }
	number := func(low, high int) string { return strconv.Itoa(low + l.rand.IntN(high-low)) }
	return strings.NewReplacer(
		"{ms}", number(2, 180),
		"{slow}", number(900, 8000),
		"{n}", number(2, 400),
		"{few}", number(2, 6),
		"{user}", number(100, 9999),
		"{pct}", number(80, 98),
		"{ip}", fmt.Sprintf("10.0.%s.%s", number(0, 8), number(2, 250)),
		"{table}", pick("pedidos", "usuarios", "facturas", "sesiones"),
		"{route}", pick("/api/pedidos", "/api/usuarios", "/api/facturas", "/api/sesion"),
		"{job}", pick("enviar_correo", "generar_informe", "sincronizar_stock", "limpiar_sesiones"),
		"{key}", "usuario:"+number(100, 9999),
	).Replace(message)
}

// linesOf returns the messages of a level.
func linesOf(level string) []line {
	switch level {
	case event.LogDebug:
		return []line{
			{"api", "Cabeceras validadas para {route}"},
			{"database", "Plan de consulta: índice usado en {table}, {n} filas"},
			{"auth", "Token verificado para el usuario {user}"},
			{"cache", "Fallo de caché para la clave {key}"},
			{"worker", "Cola consultada: {n} trabajos pendientes"},
		}
	case event.LogWarning:
		return []line{
			{"api", "Respuesta lenta de {route}: {slow} ms"},
			{"api", "Límite de peticiones casi alcanzado por {ip}"},
			{"database", "Consulta lenta en {table}: {slow} ms"},
			{"database", "Conexiones en uso al {pct} % del máximo"},
			{"auth", "Contraseña incorrecta para el usuario {user}, intento {few}"},
			{"cache", "Memoria de la caché al {pct} %, se expulsan claves"},
			{"worker", "El trabajo {job} se reintenta ({few} de 6)"},
		}
	case event.LogError:
		return []line{
			{"api", "Error 500 en {route}: tiempo de espera agotado tras {slow} ms"},
			{"database", "Interbloqueo detectado en {table}, transacción revertida"},
			{"auth", "El proveedor de identidad no responde tras {slow} ms"},
			{"cache", "Conexión perdida con el nodo {ip}"},
			{"worker", "El trabajo {job} falló después de {few} intentos"},
		}
	}
	return []line{
		{"api", "GET {route} 200 en {ms} ms"},
		{"api", "POST {route} 201 en {ms} ms"},
		{"api", "Nueva conexión desde {ip}"},
		{"database", "Consulta completada en {table}: {n} filas en {ms} ms"},
		{"database", "Copia incremental terminada: {n} páginas"},
		{"auth", "El usuario {user} inició sesión desde {ip}"},
		{"auth", "El usuario {user} cerró sesión"},
		{"cache", "{n} claves caducadas eliminadas"},
		{"cache", "Clave {key} actualizada en {ms} ms"},
		{"worker", "Trabajo {job} terminado en {slow} ms"},
		{"worker", "Trabajo {job} encolado, {n} pendientes"},
	}
}
