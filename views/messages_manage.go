package views

// ManageMessages are the texts of the pages /access, /access/people/NAME and
// /account.
type ManageMessages struct {
	Title       string
	PeopleTitle string
	KeysTitle   string
	LinksTitle  string
	NoneFound   string
	KeysEmpty   string
	LinksEmpty  string
	Search      string
	SearchDo    string
	SearchAll   string
	Shown       string // with how many are shown, and of how many

	Role       string
	RoleViewer string
	RoleSender string
	RoleAdmin  string
	RoleHelp   string
	UserID     string
	Since      string
	You        string
	Back       string

	AddPerson    string
	NameHelp     string
	PasswordHelp string
	Again        string
	UserHelp     string

	ChangeRole   string
	SetPassword  string
	NewPassword  string
	SetHelp      string
	OwnPassword  string // a link to the account
	Remove       string
	RemoveText   string
	RemoveButton string // with the name
	LastAdmin    string

	AddKey        string
	LabelHelp     string
	Publish       string
	Subscribe     string
	PatternsHelp  string
	SubscribeHelp string
	Notify        string
	Read          string
	UsersHelp     string
	ReadHelp      string
	Tasks         string
	TasksHelp     string
	KeyUser       string
	KeyUserHelp   string
	Expires       string
	Never         string
	Days          string // with the number
	Over          string
	NotUsed       string
	LastUsed      string // with the time, to ten minutes
	Until         string
	MadeBy        string // with a name
	ForUser       string // with a user id

	MayPublish, MayPublishAll, MaySubscribe, MaySubscribeAll, MayNotify, MayNotifyAll, MayRead, MayReadAll, MayTasks, MayNothing string

	AddLink      string
	Cards        string
	CardsHelp    string
	CardMetrics  string
	CardMachine  string
	LinkUser     string
	LinkUserHelp string

	Revoke       string
	RevokeKey    string
	RevokeLink   string
	RevokeButton string // with the name
	OnceKey      string
	OnceLink     string
	TryIt        string

	AccountTitle  string
	AccountOf     string // with the name
	Present       string
	ChangeIt      string
	ChangeHelp    string
	Sessions      string
	CheckFields   string
	PersonAdded   string
	RoleChanged   string
	PasswordSet   string
	PersonRemoved string
	KeyRevoked    string
	LinkRevoked   string
	KeyMade       string
	LinkMade      string
}

var spanishManage = ManageMessages{
	Title: "Accesos", PeopleTitle: "Personas", KeysTitle: "Claves de API", LinksTitle: "Enlaces compartidos",
	NoneFound:  "Aquí no hay nada con ese nombre.",
	KeysEmpty:  "No hay claves. Un programa se identifica con una: así se sabe quién envía, y se le puede cortar el paso.",
	LinksEmpty: "No hay enlaces. Uno enseña las tarjetas que usted elija a quien lo tenga, sin iniciar sesión: para una pantalla en la pared.",
	Search:     "Buscar por nombre", SearchDo: "Buscar", SearchAll: "Ver todos", Shown: "Se ven %d de %d: busque por nombre para encontrar los demás.",
	Role: "Rol", RoleViewer: "Lectura", RoleSender: "Envío", RoleAdmin: "Administración",
	RoleHelp: "Lectura ve todos los canales y sus propias notificaciones. Envío, además, envía y maneja tareas. Administración, además, ve todas las notificaciones y esta página.",
	UserID:   "Usuario n.º", Since: "Desde", You: "usted", Back: "Volver a Accesos",
	AddPerson: "Añadir una persona", NameHelp: "De 1 a 32 caracteres: a-z, 0-9, _ y -. No se puede cambiar.",
	PasswordHelp: "10 caracteres como mínimo. Una frase larga vale más que signos raros.", Again: "Repita la contraseña",
	UserHelp:   "De quién son sus notificaciones. Vacío: el siguiente número libre.",
	ChangeRole: "Cambiar el rol", SetPassword: "Poner otra contraseña", NewPassword: "Contraseña nueva",
	SetHelp:     "Se cierran todas sus sesiones. Dígale usted la contraseña nueva.",
	OwnPassword: "Su propia contraseña se cambia en su cuenta",
	Remove:      "Eliminar a esta persona", RemoveText: "Se cierran sus sesiones y ya no podrá entrar. Los eventos que envió se quedan.", RemoveButton: "Eliminar a %s",
	LastAdmin: "Es la última persona que administra los accesos: dé antes ese rol a otra.",
	AddKey:    "Crear una clave", LabelHelp: "Para reconocerla en esta lista.",
	Publish: "Envía a los canales", Subscribe: "Lee los canales", PatternsHelp: "Separados por comas. shop-* vale para todos los que empiezan así; * para todos.",
	SubscribeHelp: "Escritos de la misma manera.",
	Notify:        "Notifica a los usuarios", Read: "Lee notificaciones de los usuarios", UsersHelp: "Números separados por comas, o * para todos.",
	ReadHelp: "Escritos de la misma manera.", Tasks: "Inicia y cancela tareas", TasksHelp: "Exportan canales enteros: hace falta que lea todos (*).",
	KeyUser: "Actúa como usuario n.º", KeyUserHelp: "Lee también sus notificaciones. Vacío: como ninguno.",
	Expires: "Caduca", Never: "Nunca", Days: "A los %s días", Over: "Caducada", NotUsed: "Nunca usada", LastUsed: "Usada hacia el %s", Until: "Hasta",
	MadeBy: "de %s", ForUser: "usuario %s",
	MayPublish: "Envía a %s", MayPublishAll: "Envía a todos los canales", MaySubscribe: "Lee %s", MaySubscribeAll: "Lee todos los canales",
	MayNotify: "Notifica a los usuarios %s", MayNotifyAll: "Notifica a todos los usuarios", MayRead: "Lee las notificaciones de %s", MayReadAll: "Lee las notificaciones de todos",
	MayTasks: "Maneja tareas", MayNothing: "Solo ve cuántas conexiones hay",
	AddLink: "Crear un enlace", Cards: "Tarjetas", CardsHelp: "Una por lo menos.", CardMetrics: "Máquina de un vistazo", CardMachine: "Máquina en detalle",
	LinkUser: "Notificaciones del usuario n.º", LinkUserHelp: "Solo hace falta para la tarjeta de notificaciones.",
	Revoke: "Revocar", RevokeKey: "Los programas que la usan dejan de entrar en el acto. No se puede deshacer.",
	RevokeLink: "Quien lo tenga deja de ver las tarjetas en el acto. No se puede deshacer.", RevokeButton: "Revocar %s",
	OnceKey: "Cópiela ahora: no se volverá a mostrar.", OnceLink: "Cópielo ahora: no se volverá a mostrar. Quien lo tenga ve las tarjetas.", TryIt: "Para probarla:",
	AccountTitle: "Su cuenta", AccountOf: "Cuenta de %s", Present: "Contraseña actual", ChangeIt: "Cambiar la contraseña",
	ChangeHelp: "Se cierran sus demás sesiones, en este y en otros navegadores. Esta sigue abierta.", Sessions: "Contraseña cambiada. Las demás sesiones se han cerrado.",
	CheckFields: "No se ha cambiado nada. Revise los campos señalados.",
	PersonAdded: "Persona añadida.", RoleChanged: "Rol cambiado.", PasswordSet: "Contraseña puesta. Sus sesiones se han cerrado.", PersonRemoved: "Persona eliminada.",
	KeyRevoked: "Clave revocada.", LinkRevoked: "Enlace revocado.", KeyMade: "Clave creada: %s.", LinkMade: "Enlace creado: %s.",
}

var englishManage = ManageMessages{
	Title: "Access", PeopleTitle: "People", KeysTitle: "API keys", LinksTitle: "Share links",
	NoneFound:  "There is nothing of that name here.",
	KeysEmpty:  "There are no keys. A program shows one to be known: so you see who sends, and can shut it out.",
	LinksEmpty: "There are no links. One shows cards of your choice to whoever has it, without a login: for a screen on the wall.",
	Search:     "Find by name", SearchDo: "Find", SearchAll: "Show all", Shown: "%d of %d are shown: find the others by name.",
	Role: "Role", RoleViewer: "Viewer", RoleSender: "Sender", RoleAdmin: "Admin",
	RoleHelp: "A viewer sees all channels and their own notifications. A sender also sends, and handles tasks. An admin also sees everybody's notifications, and this page.",
	UserID:   "User no.", Since: "Since", You: "you", Back: "Back to Access",
	AddPerson: "Add a person", NameHelp: "1 to 32 characters: a-z, 0-9, _ and -. It cannot be changed.",
	PasswordHelp: "At least 10 characters. A long phrase is worth more than odd signs.", Again: "Repeat the password",
	UserHelp:   "Whose notifications are theirs. Empty: the next free number.",
	ChangeRole: "Change the role", SetPassword: "Set another password", NewPassword: "New password",
	SetHelp:     "All their sessions end. It is for you to tell them the new password.",
	OwnPassword: "You change your own password in your account",
	Remove:      "Remove this person", RemoveText: "Their sessions end, and they cannot log in any more. Events they sent stay.", RemoveButton: "Remove %s",
	LastAdmin: "This is the last person who manages access: give somebody else that role first.",
	AddKey:    "Make a key", LabelHelp: "To know it by in this list.",
	Publish: "Sends to channels", Subscribe: "Reads channels", PatternsHelp: "With commas between them. shop-* is all that begin so; * is every channel.",
	SubscribeHelp: "Written in the same way.",
	Notify:        "Notifies users", Read: "Reads notifications of users", UsersHelp: "Numbers with commas between them, or * for all.",
	ReadHelp: "Written in the same way.", Tasks: "Starts and cancels tasks", TasksHelp: "They export whole channels: it has to read all (*).",
	KeyUser: "Acts as user no.", KeyUserHelp: "It reads their notifications, too. Empty: as nobody.",
	Expires: "Expires", Never: "Never", Days: "After %s days", Over: "Expired", NotUsed: "Never used", LastUsed: "Used about %s", Until: "Until",
	MadeBy: "by %s", ForUser: "user %s",
	MayPublish: "Sends to %s", MayPublishAll: "Sends to every channel", MaySubscribe: "Reads %s", MaySubscribeAll: "Reads every channel",
	MayNotify: "Notifies users %s", MayNotifyAll: "Notifies every user", MayRead: "Reads notifications of %s", MayReadAll: "Reads everybody's notifications",
	MayTasks: "Handles tasks", MayNothing: "Sees only how many streams there are",
	AddLink: "Make a link", Cards: "Cards", CardsHelp: "At least one.", CardMetrics: "Machine at a glance", CardMachine: "Machine in detail",
	LinkUser: "Notifications of user no.", LinkUserHelp: "Only needed for the card of notifications.",
	Revoke: "Revoke", RevokeKey: "Programs that use it are shut out at once. This cannot be undone.",
	RevokeLink: "Whoever has it stops seeing the cards at once. This cannot be undone.", RevokeButton: "Revoke %s",
	OnceKey: "Copy it now: it is not shown again.", OnceLink: "Copy it now: it is not shown again. Whoever has it sees the cards.", TryIt: "To try it:",
	AccountTitle: "Your account", AccountOf: "Account of %s", Present: "Present password", ChangeIt: "Change the password",
	ChangeHelp: "Your other sessions end, in this browser and in others. This one goes on.", Sessions: "Password changed. Your other sessions have ended.",
	CheckFields: "Nothing was changed. Check the marked fields.",
	PersonAdded: "Person added.", RoleChanged: "Role changed.", PasswordSet: "Password set. Their sessions have ended.", PersonRemoved: "Person removed.",
	KeyRevoked: "Key revoked.", LinkRevoked: "Link revoked.", KeyMade: "Key made: %s.", LinkMade: "Link made: %s.",
}
