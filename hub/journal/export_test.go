package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"

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

// ForgeBackup is a backup file that says info of records and a snapshot and ends
// with the right sum, whatever they are. Each of records is a name, a line break and
// a value.
func ForgeBackup(info BackupInfo, snapshot []byte, records ...string) []byte {
	var out bytes.Buffer
	w, err := newBackupWriter(&out, info)
	for _, r := range records {
		if err == nil {
			err = errors.Join(w.length(len(r)), add(w.w, r))
		}
	}
	if err == nil {
		err = w.length(0)
	}
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

func add(w io.Writer, text string) error {
	_, err := io.WriteString(w, text)
	return err
}

// OldBackup is a backup as version 1 of the format had it, which knew no records.
func OldBackup(file []byte) []byte {
	info, r, err := openBackup(bytes.NewReader(file), nil)
	if err != nil {
		panic(err)
	}
	snapshot, err := io.ReadAll(r)
	if err != nil {
		panic(err)
	}
	info.Records = 0
	text, err := json.Marshal(info)
	if err != nil {
		panic(err)
	}
	text = bytes.Replace(text, []byte(`"records":0,`), nil, 1)
	var out bytes.Buffer
	w := &backupWriter{out: &out, sum: sha256.New()}
	w.w = io.MultiWriter(&out, w.sum)
	_, err = fmt.Fprintf(w.w, "%s1\n%s\n", backupMagic, text)
	if err == nil {
		_, err = w.Write(snapshot)
	}
	if err = errors.Join(err, w.finish()); err != nil {
		panic(err) // a buffer takes everything
	}
	return out.Bytes()
}

// ExchangeInSteps is what systems and file systems without an exchange get.
var ExchangeInSteps = exchangeInSteps
