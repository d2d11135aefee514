package access

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
)

// newSecret answers 256 random bits that nobody can guess, as text for URLs.
func newSecret() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(b)
}

// digest is how a secret of ours is stored and looked up. There is no salt and no
// cost: who has the digest has to guess 256 bits. Looking up by it compares in a
// time that tells of the digest alone, from which nothing follows.
func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
