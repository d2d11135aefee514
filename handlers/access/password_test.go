package access_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/crypto/argon2"

	"latido/handlers/access"
)

// TestStoredHashes: a hash of any allowed cost is compared, and one that is malformed, or
// so costly that a login could stop the server, is an error and not a wrong password.
func TestStoredHashes(t *testing.T) {
	salt := []byte("salt salt salt s")
	enc := base64.RawStdEncoding.EncodeToString
	hash := func(memory uint32, passes, threads, length int) string {
		h := argon2.IDKey([]byte(goodPassword), salt, uint32(passes), memory, uint8(threads), uint32(length))
		return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", memory, passes, threads, enc(salt), enc(h))
	}
	good := hash(8, 1, 1, 16)
	for _, h := range []string{good, hash(8, 100, 1, 16), hash(512, 1, 64, 32)} {
		if same := must[bool](t)(access.MatchPassword(t.Context(), h, goodPassword)); !same {
			t.Errorf("the password of %s does not match", h)
		}
		if same := must[bool](t)(access.MatchPassword(t.Context(), h, goodPassword+"x")); same {
			t.Errorf("another password matches %s", h)
		}
	}
	for what, h := range map[string]string{
		"nothing":          "",
		"another function": strings.Replace(good, "argon2id", "argon2i", 1),
		"another version":  strings.Replace(good, "v=19", "v=18", 1),
		"little memory":    strings.Replace(good, "m=8", "m=7", 1),
		"much memory":      strings.Replace(good, "m=8", "m=1048577", 1),
		"no pass":          strings.Replace(good, "t=1", "t=0", 1),
		"many passes":      strings.Replace(good, "t=1", "t=101", 1),
		"no thread":        strings.Replace(good, "p=1", "p=0", 1),
		"many threads":     strings.Replace(good, "p=1", "p=65", 1),
		"a salt of what":   strings.Replace(good, enc(salt), "?", 1),
		"a hash of what":   good + "?",
		"a short hash":     hash(8, 1, 1, 15),
	} {
		if same, err := access.MatchPassword(t.Context(), h, goodPassword); err == nil || same {
			t.Errorf("%s: %v, %v", what, same, err)
		}
	}
}
