package demo

import (
	"context"
	"math/rand/v2"
	"time"

	"latido/hub"
	"latido/streams"
	"latido/streams/event"
)

const (
	// firstNotification comes early: a demo whose inbox stays empty for its
	// first minute looks broken.
	firstNotification = 4 * time.Second
	notifyMin         = 30 * time.Second
	notifyMax         = 60 * time.Second
)

// demoUser gets the notifications: a page shows those of user 1 unless another is
// chosen.
const demoUser = 1

// Notifications is the simulated producer "notifications": after 4 s, and then
// every 30–60 s, it publishes a notification to user 1. Its action_url is a path or
// null.
type Notifications struct{ rand *rand.Rand }

// NewNotifications returns the producer. The same seed gives the same texts; 0 stands
// for new ones each time.
func NewNotifications(seed uint64) *Notifications { return &Notifications{newRand(seed)} }

// Name returns "notifications".
func (n *Notifications) Name() string { return "notifications" }

// Run implements streams.Producer. It fails when a notification cannot be
// published.
func (n *Notifications) Run(ctx context.Context, p hub.Publisher) error {
	for pause := firstNotification; streams.Wait(ctx, pause); pause = between(n.rand, notifyMin, notifyMax) {
		if err := streams.Publish(ctx, p, n.next().Draft(demoUser, time.Now())); err != nil {
			return err
		}
	}
	return ctx.Err()
}

type text struct {
	level, title, message string
	action                event.Link
}

func (n *Notifications) next() event.Notification {
	all := texts()
	next := all[n.rand.IntN(len(all))]
	return event.Notification{
		Level: next.level, Title: next.title, Message: next.message, ActionURL: next.action, Simulated: true,
	}
}

// texts returns the demo's notifications; their actions lead to pages that exist.
func texts() []text {
	return []text{
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
