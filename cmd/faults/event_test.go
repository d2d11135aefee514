package faults

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
)

// eventName is the name of the events of a run: a named event carries its body
// as it was posted, byte for byte.
const eventName = "fault"

// eventBody makes the body of an event: its poster, its number,
// and random bytes, so that no two are alike.
func eventBody(publisher, n, size int, rnd *rand.Rand) []byte {
	b := make([]byte, size/2)
	for i := range b {
		b[i] = byte(rnd.Uint32())
	}
	return fmt.Appendf(nil, `{"p":%d,"n":%d,"body":"%x%x"}`, publisher, n, rnd.Uint64(), b)
}

// eventHash is the SHA-256 of an event's body.
func eventHash(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}
