package streams

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"latido/hub"
)

const (
	// firstNotification comes early: a demo whose inbox stays empty for its
	// first minute looks broken.
	firstNotification = 4 * time.Second
	notifyMin         = 30 * time.Second
	notifyMax         = 60 * time.Second
)

// NotificationsConfig configures DemoNotifications; the zero value works.
type NotificationsConfig struct {
	Users []int64 // who gets them; nil for user 1
	Seed  uint64  // the same seed gives the same texts; 0 for new ones each time
}

// DemoNotifications is the simulated producer "notifications": after 4 s, and
// then every 30–60 s, each of its users gets one event notification: {id
// "notif_…", type and level (the same: info, warning, success or error), title,
// message, action_url (a path, or null), timestamp, read: false, simulated:
// true}. It has no channel.
type DemoNotifications struct {
	users []int64
	rand  *rand.Rand
}

// NewDemoNotifications makes the producer.
func NewDemoNotifications(cfg NotificationsConfig) *DemoNotifications {
	users := slices.Clone(cfg.Users)
	if users == nil {
		users = []int64{1}
	}
	return &DemoNotifications{users: users, rand: newRand(cfg.Seed)}
}

// Name is "notifications".
func (n *DemoNotifications) Name() string { return "notifications" }

// Run implements Producer. It fails when a notification can't be published.
func (n *DemoNotifications) Run(ctx context.Context, p hub.Publisher) error {
	for pause := firstNotification; wait(ctx, pause); pause = between(n.rand, notifyMin, notifyMax) {
		for _, user := range n.users {
			draft := hub.Draft{Name: "notification", User: user, Sample: true}
			if err := publish(ctx, p, draft, n.next()); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

type notification struct {
	ID        string  `json:"id"`
	Type      string  `json:"type"`
	Level     string  `json:"level"`
	Title     string  `json:"title"`
	Message   string  `json:"message"`
	ActionURL *string `json:"action_url"`
	Timestamp string  `json:"timestamp"`
	Read      bool    `json:"read"`
	Simulated bool    `json:"simulated"`
}

type demoText struct{ level, title, message, action string }

func (n *DemoNotifications) next() notification {
	texts := demoTexts()
	text := texts[n.rand.IntN(len(texts))]
	out := notification{
		ID:        newID("notif_"),
		Type:      text.level,
		Level:     text.level,
		Title:     text.title,
		Message:   text.message,
		Timestamp: stamp(time.Now()),
		Simulated: true,
	}
	if text.action != "" {
		out.ActionURL = &text.action
	}
	return out
}

// demoTexts are the demo's notifications; their actions lead to pages that
// exist.
func demoTexts() []demoText {
	return []demoText{
		{"info", "Nueva actualización disponible", "La versión 2.4.1 está lista para instalarse", ""},
		{"info", "Mantenimiento programado", "El domingo de 02:00 a 03:00 habrá una ventana de mantenimiento", ""},
		{"info", "Nuevo comentario", "Lucía respondió en la incidencia 482", "/notifications"},
		{"info", "Resumen semanal", "Tu informe de actividad de la semana ya se puede consultar", "/notifications"},
		{"success", "Despliegue terminado", "El servicio api se desplegó en producción sin errores", "/monitoring"},
		{"success", "Copia de seguridad completada", "Se guardaron 12,4 GB en 3 minutos", ""},
		{"success", "Pago recibido", "La factura F-2031 quedó liquidada", ""},
		{"warning", "Uso de memoria elevado", "El nodo worker-2 supera el 85 % de memoria", "/monitoring"},
		{"warning", "Certificado por caducar", "El certificado TLS caduca en 7 días", ""},
		{"warning", "Inicio de sesión nuevo", "Se accedió a tu cuenta desde un equipo desconocido", "/notifications"},
		{"error", "Falló una tarea programada", "La importación nocturna terminó con 3 errores", "/monitoring"},
		{"error", "Servicio no disponible", "El servicio de correo no responde desde hace 2 minutos", "/monitoring"},
	}
}
