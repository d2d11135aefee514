package backup_test

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"latido/hub"
	"latido/hub/backup"
)

// fixture is a file in testdata. format1.backup and format2.backup were written by the
// versions that had these formats: five events and, in format 2, three records.
func fixture(t testing.TB, name string) []byte {
	t.Helper()
	file, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// TestOldFormatsAreRestored, with everything that is in them.
func TestOldFormatsAreRestored(t *testing.T) {
	for name, records := range map[string]map[string]string{
		"format1.backup": {},
		"format2.backup": {"user.1": "a", "session.1": "", "key.z": "\x00\n\xff"},
	} {
		t.Run(name, func(t *testing.T) {
			j, r := restore(t, fixture(t, name))
			if r.Events != 5 || r.First != 1 || r.Last != 5 || r.Records != len(records) || r.Version != "test" {
				t.Errorf("restored %+v", r)
			}
			var got []string
			for _, e := range read(t, j, 1, 5) {
				got = append(got, fmt.Sprintf("%s %q %d %s", e.Name, e.Channel, e.User, e.Data))
			}
			want := []string{`broadcast "general" 0 {"n":1}`, `broadcast "ñandú/ * >" 0 {"n":2}`, `notice "" 7 {"n":3}`,
				`metric "metrics" 0 {"n":4}`, `broadcast "general" 7 {"n":5}`}
			// The ephemeral event's hour is over: it is left out.
			if sample := slices.Index(want, `metric "metrics" 0 {"n":4}`); len(got) == 4 {
				want = slices.Delete(want, sample, sample+1)
			}
			if !slices.Equal(got, want) {
				t.Errorf("events %q, want %q", got, want)
			}
			if b := bounds(t, j); !slices.Equal(b.EphemeralTopics, []hub.Topic{hub.ChannelTopic("metrics")}) {
				t.Errorf("ephemeral events are of %v", b.EphemeralTopics)
			}
			wantRecords(t, j.Records(), records)
		})
	}
}

// TestOldFormatsAreChecked: wherever such a file is cut off or changed, it is refused.
func TestOldFormatsAreChecked(t *testing.T) {
	for _, name := range []string{"format1.backup", "format2.backup"} {
		good := fixture(t, name)
		if _, err := backup.Check(bytes.NewReader(good)); err != nil {
			t.Fatal(err)
		}
		for i := range good {
			bad := bytes.Clone(good)
			bad[i] ^= 0x20
			for what, file := range map[string][]byte{"cut off": good[:i], "changed": bad} {
				if _, err := backup.Check(bytes.NewReader(file)); !errors.Is(err, backup.ErrBackup) {
					t.Errorf("%s %s at byte %d: %v, want ErrBackup", name, what, i, err)
				}
			}
		}
		if _, err := backup.Check(bytes.NewReader(append(bytes.Clone(good), 0))); !errors.Is(err, backup.ErrBackup) {
			t.Errorf("%s with a byte more: %v", name, err)
		}
	}
}

// TestBackupIsATarArchive, which other programs can list, and compare with its sum.
func TestBackupIsATarArchive(t *testing.T) {
	file := smallBackup(t)
	r := tar.NewReader(bytes.NewReader(file))
	var names []string
	var info backup.Info
	sum := ""
	for {
		head, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		switch names = append(names, head.Name); head.Name {
		case "backup.json":
			if err := json.Unmarshal(content, &info); err != nil {
				t.Error(err)
			}
		case "SHA256":
			sum = string(content)
		}
	}
	if want := "backup.json records/session.1 records/user.1 events/00000001 SHA256"; strings.Join(names, " ") != want {
		t.Errorf("its entries are %v, want %s", names, want)
	}
	if info.Format != 3 || info.Last != 3 || info.Records != 2 {
		t.Errorf("it says %+v", info)
	}
	const end = 512 + 2*512 // the block of the sum, and two of zeros
	if want := fmt.Sprintf("%x", sha256.Sum256(file[:len(file)-end])); sum != want {
		t.Errorf("its sum is %s, want %s", sum, want)
	}
}
