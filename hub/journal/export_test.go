package journal

import "github.com/nats-io/nats-server/v2/server"

// What a fuzz test must reach without a journal around it.
var (
	SubjectOf    = subjectOf
	ParseSubject = parseSubject
	DedupeID     = dedupeID
)

// DropReaders cuts the connection of everyone who follows.
func (j *Journal) DropReaders() error {
	srv := j.now.Load().backend.(*local).srv
	conns, err := srv.Connz(&server.ConnzOptions{})
	if err != nil {
		return err
	}
	for _, c := range conns.Conns {
		if c.Name == readerName {
			_ = srv.DisconnectClientByID(c.Cid) // it may be gone by now
		}
	}
	return nil
}
