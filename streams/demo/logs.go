package streams

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"latido/hub"
)

const (
	demoLogMin = time.Second
	demoLogMax = 5 * time.Second
)

// DemoLogsConfig configures DemoLogs; the zero value works.
type DemoLogsConfig struct {
	Seed uint64 // the same seed gives the same messages; 0 for new ones each time
}

// DemoLogs is the simulated producer "logs-demo": every 1–5 s it publishes a
// log_entry of an imagined service (api, database, auth, cache or worker) to
// the channel logs: {level, service, message, timestamp, request_id,
// simulated: true}. About 65 of 100 are INFO, 15 DEBUG, 14 WARNING, 6 ERROR.
type DemoLogs struct {
	rand *rand.Rand
}

// NewDemoLogs makes the producer.
func NewDemoLogs(cfg DemoLogsConfig) *DemoLogs {
	return &DemoLogs{rand: newRand(cfg.Seed)}
}

// Name is "logs-demo": the producer "logs" carries the server's own records to
// the same channel.
func (d *DemoLogs) Name() string { return "logs-demo" }

// Run implements Producer. It fails when an entry can't be published.
func (d *DemoLogs) Run(ctx context.Context, p hub.Publisher) error {
	for wait(ctx, between(d.rand, demoLogMin, demoLogMax)) {
		draft := hub.Draft{Name: "log_entry", Channel: "logs", Sample: true}
		if err := publish(ctx, p, draft, d.next()); err != nil {
			return err
		}
	}
	return ctx.Err()
}

type demoLine struct{ service, message string }

func (d *DemoLogs) next() logEntry {
	level := d.level()
	lines := demoLines(level)
	line := lines[d.rand.IntN(len(lines))]
	return logEntry{
		Level:     level,
		Service:   line.service,
		Message:   d.fill(line.message),
		Timestamp: stamp(time.Now()),
		RequestID: newID("req_"),
		Simulated: true,
	}
}

func (d *DemoLogs) level() string {
	switch n := d.rand.IntN(100); {
	case n < 65:
		return levelInfo
	case n < 80:
		return levelDebug
	case n < 94:
		return levelWarning
	}
	return levelError
}

// fill replaces the blanks of a message by plausible values.
func (d *DemoLogs) fill(message string) string {
	pick := func(words ...string) string { return words[d.rand.IntN(len(words))] }
	number := func(low, high int) string { return strconv.Itoa(low + d.rand.IntN(high-low)) }
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

// demoLines are the messages of a level.
func demoLines(level string) []demoLine {
	switch level {
	case levelDebug:
		return []demoLine{
			{"api", "Cabeceras validadas para {route}"},
			{"database", "Plan de consulta: índice usado en {table}, {n} filas"},
			{"auth", "Token verificado para el usuario {user}"},
			{"cache", "Fallo de caché para la clave {key}"},
			{"worker", "Cola consultada: {n} trabajos pendientes"},
		}
	case levelWarning:
		return []demoLine{
			{"api", "Respuesta lenta de {route}: {slow} ms"},
			{"api", "Límite de peticiones casi alcanzado por {ip}"},
			{"database", "Consulta lenta en {table}: {slow} ms"},
			{"database", "Conexiones en uso al {pct} % del máximo"},
			{"auth", "Contraseña incorrecta para el usuario {user}, intento {few}"},
			{"cache", "Memoria de la caché al {pct} %, se expulsan claves"},
			{"worker", "El trabajo {job} se reintenta ({few} de 6)"},
		}
	case levelError:
		return []demoLine{
			{"api", "Error 500 en {route}: tiempo de espera agotado tras {slow} ms"},
			{"database", "Interbloqueo detectado en {table}, transacción revertida"},
			{"auth", "El proveedor de identidad no responde tras {slow} ms"},
			{"cache", "Conexión perdida con el nodo {ip}"},
			{"worker", "El trabajo {job} falló después de {few} intentos"},
		}
	}
	return []demoLine{
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
