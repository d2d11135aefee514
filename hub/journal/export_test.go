package journal

import (
	"bytes"

	"github.com/nats-io/nats-server/v2/server"
)

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

// ForgeBackup is a backup file that says info of a snapshot and ends with the
// right sum, whatever they are.
func ForgeBackup(info BackupInfo, snapshot []byte) []byte {
	var out bytes.Buffer
	w, err := newBackupWriter(&out, info)
	if err == nil {
		_, err = w.Write(snapshot)
	}
	if err == nil {
		err = w.finish()
	}
	if err != nil {
		panic(err) // a buffer takes everything
	}
	return out.Bytes()
}

// ExchangeInSteps is what systems and file systems without an exchange get.
var ExchangeInSteps = exchangeInSteps
