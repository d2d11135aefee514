package journal

import (
	"errors"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
)

// TestReadAck: an event counts as stored when an acknowledgement of this stream gives it a
// sequence, and in no other case.
func TestReadAck(t *testing.T) {
	for name, c := range map[string]struct {
		header    nats.Header
		data      string
		seq       uint64
		duplicate bool
		is        error
		says      string
	}{
		"stored":            {data: `{"stream":"latido-events","seq":7}`, seq: 7},
		"stored before":     {data: `{"stream":"latido-events","seq":7,"duplicate":true}`, seq: 7, duplicate: true},
		"on its way":        {data: `{"error":{"code":409,"err_code":10158,"description":"x"}}`, is: errInProcess},
		"refused":           {data: `{"error":{"code":503,"err_code":10077,"description":"no room"},"stream":"latido-events","seq":7}`, says: "503 no room"},
		"of another stream": {data: `{"stream":"other","seq":7}`, says: "names no event"},
		"without a number":  {data: `{"stream":"latido-events"}`, says: "names no event"},
		"no JSON":           {data: `+OK`, says: "read an acknowledgement"},
		"nobody is there":   {header: nats.Header{"Status": {"503"}}, is: nats.ErrNoResponders},
		"another status":    {header: nats.Header{"Status": {"400"}, "Description": {"Bad"}}, data: `{"stream":"latido-events","seq":7}`, says: "400 Bad"},
	} {
		seq, duplicate, err := readAck(&nats.Msg{Header: c.header, Data: []byte(c.data)})
		if seq != c.seq || duplicate != c.duplicate || (err == nil) != (c.seq > 0) || !errors.Is(err, c.is) && c.is != nil || c.says != "" && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %d, %v, %v", name, seq, duplicate, err)
		}
	}
}
