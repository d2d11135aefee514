package access

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// The cost of a password's hash: the least that OWASP recommends for argon2id, 19 MiB and
// two passes. A hash contains its own cost, so a later version may raise it.
const (
	argonTime    = 2
	argonMemory  = 19 << 10 // KiB
	argonThreads = 1
	saltBytes    = 16
	hashBytes    = 32
)

// The bounds of a password. No classes of characters are required (NIST SP 800-63B,
// section 3.1.1).
const (
	minPassword = 10   // characters
	maxPassword = 1024 // bytes
)

// CheckPassword returns an error that wraps ErrInput unless a new password is valid.
func CheckPassword(password string) error {
	switch {
	case !utf8.ValidString(password):
		return fmt.Errorf("%w: a password is text", ErrInput)
	case utf8.RuneCountInString(password) < minPassword:
		return fmt.Errorf("%w: a password has at least %d characters", ErrInput, minPassword)
	case len(password) > maxPassword:
		return fmt.Errorf("%w: a password has at most %d bytes", ErrInput, maxPassword)
	}
	return nil
}

// hashPassword returns the stored form of a password:
// $argon2id$v=19$m=KIB,t=PASSES,p=THREADS$SALT$HASH.
func hashPassword(password string) string {
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // never fails (crypto/rand)
	return formatHash(salt, argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonThreads, hashBytes))
}

func formatHash(salt, hash []byte) string {
	enc := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s",
		argon2.Version, argonMemory, argonTime, argonThreads, enc.EncodeToString(salt), enc.EncodeToString(hash))
}

// noPassword is a hash of no password, with the cost of today: a login with an unknown
// name takes as long as any other.
var noPassword = formatHash(make([]byte, saltBytes), make([]byte, hashBytes))

// passwords hashes and compares passwords, two at a time: each takes 19 MiB and a processor
// for some time.
type passwords struct{ slots chan struct{} }

func newPasswords() *passwords { return &passwords{make(chan struct{}, 2)} }

// passwordWait is how long a caller waits for a slot.
const passwordWait = 2 * time.Second

// enter waits for a slot; leave gives it back. Errors: ErrBusy.
func (p *passwords) enter(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, passwordWait)
	defer cancel()
	select {
	case p.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ErrBusy
	}
}

func (p *passwords) leave() { <-p.slots }

// hash returns the stored form of a password. Errors: ErrBusy.
func (p *passwords) hash(ctx context.Context, password string) (string, error) {
	if err := p.enter(ctx); err != nil {
		return "", err
	}
	defer p.leave()
	return hashPassword(password), nil
}

// match reports whether a password has a hash. The time it takes depends on the cost of the
// hash, not on the password. Errors: ErrBusy, or another one for a malformed hash.
func (p *passwords) match(ctx context.Context, hash, password string) (bool, error) {
	if err := p.enter(ctx); err != nil {
		return false, err
	}
	defer p.leave()
	var version, memory, passes, threads int
	var rest string
	n, _ := fmt.Sscanf(hash, "$argon2id$v=%d$m=%d,t=%d,p=%d$%s", &version, &memory, &passes, &threads, &rest)
	salt64, hash64, _ := strings.Cut(rest, "$")
	salt, saltErr := base64.RawStdEncoding.DecodeString(salt64)
	want, hashErr := base64.RawStdEncoding.DecodeString(hash64)
	if n != 5 || version != argon2.Version || saltErr != nil || hashErr != nil || len(want) < 16 ||
		passes < 1 || passes > 100 || memory < 8 || memory > 1<<20 || threads < 1 || threads > 64 {
		return false, errors.New("a stored password hash is malformed")
	}
	got := argon2.IDKey([]byte(password), salt, uint32(passes), uint32(memory), uint8(threads), uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}
