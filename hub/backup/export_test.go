package backup

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// ExchangeInSteps is what systems and file systems without an exchange get.
var ExchangeInSteps = exchangeInSteps

// Forge is a backup file that says info of records and a snapshot and ends with the
// right sum, whatever they are. Each of records is a name, a line break and a value.
func Forge(info Info, snapshot []byte, records ...string) []byte {
	var out bytes.Buffer
	w, err := newWriter(&out, info)
	for _, r := range records {
		name, value, _ := strings.Cut(r, "\n")
		if err == nil {
			err = w.entry(recordEntries+name, []byte(value))
		}
	}
	if err == nil {
		_, err = w.Write(snapshot)
	}
	if err == nil {
		err = w.finish()
	}
	_ = err // of what no archive can have; the file ends there
	return out.Bytes()
}

// ForgeOld is Forge in format 1, which has no records, or 2.
func ForgeOld(format int, info Info, snapshot []byte, records ...string) []byte {
	text, err := json.Marshal(info)
	if err != nil {
		panic(err)
	}
	out := fmt.Appendf(nil, "%s%d\n%s\n", oldMagic, format, text)
	piece := func(p string) { out = append(binary.BigEndian.AppendUint32(out, uint32(len(p))), p...) }
	if format > 1 {
		for _, r := range records {
			piece(r)
		}
		piece("")
	}
	if len(snapshot) > 0 {
		piece(string(snapshot))
	}
	piece("")
	sum := sha256.Sum256(out)
	return append(out, sum[:]...)
}

// Old is the events of a backup in format 1.
func Old(file []byte) []byte {
	info, r, err := open(bytes.NewReader(file), nil)
	if err != nil {
		panic(err)
	}
	snapshot, err := io.ReadAll(r)
	if err != nil {
		panic(err)
	}
	info.Format, info.Records = 0, 0
	return ForgeOld(1, info, snapshot)
}
