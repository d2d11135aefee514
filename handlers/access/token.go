package access

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"
)

// maxToken bounds a JWT, in bytes: longer ones are refused unread.
const maxToken = 8 << 10

// tokenLeeway is by how much clocks may differ.
const tokenLeeway = 30 * time.Second

// Issuer verifies the JWTs (RFC 7519) of one other issuer. A token must carry
// exp and the issuer's audience in aud, and its signature must be of one of the
// keys, by the one algorithm that goes with that key: HS256, RS256, ES256 or
// EdDSA. Whatever a token says of where keys are is not read.
//
// sub is the user id when it is a positive integer. What the bearer may is in the
// claim latido:
//
//	"latido": {"subscribe": ["orders", "shop-*"], "publish": [], "read": [7], "notify": "*"}
//
// read is sub alone when it is not given, notify nobody, and subscribe and publish
// no channel.
type Issuer struct {
	keys     []verifyKey
	audience string
}

// verifyKey is a key and the only algorithm it is used with.
type verifyKey struct {
	id     string
	method string
	key    any
}

// minHMAC is the least length of a secret for HS256, in bytes (RFC 7518, section
// 3.2); minRSA is of a modulus, in bits (section 3.3).
const (
	minHMAC = 32
	minRSA  = 2048
)

// NewIssuer reads keys: a JWK Set or a JWK (RFC 7517), PEM public keys, or
// otherwise the bytes of an HS256 secret. Errors wrap ErrInput.
func NewIssuer(keys []byte, audience string) (*Issuer, error) {
	if audience == "" {
		return nil, fmt.Errorf("%w: tokens need an audience, such as latido", ErrInput)
	}
	i := &Issuer{audience: audience}
	var err error
	switch block, _ := pem.Decode(keys); {
	case json.Valid(keys) && len(keys) > 0 && keys[0] == '{':
		err = i.readJWK(keys)
	case block != nil:
		err = i.readPEM(keys)
	default:
		err = i.add("", trimEOL(keys))
	}
	if err == nil && len(i.keys) == 0 {
		err = errors.New("there is none in it that verifies signatures")
	}
	if err != nil {
		return nil, fmt.Errorf("%w: keys of tokens: %w", ErrInput, err)
	}
	return i, nil
}

// trimEOL takes off one line's end, which editors add.
func trimEOL(b []byte) []byte {
	if n := len(b); n > 0 && b[n-1] == '\n' {
		b = b[:n-1]
	}
	return b
}

func (i *Issuer) readJWK(text []byte) error {
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(text, &set); err != nil {
		return err
	}
	if len(set.Keys) == 0 {
		var one jose.JSONWebKey
		if err := json.Unmarshal(text, &one); err != nil {
			return err
		}
		set.Keys = []jose.JSONWebKey{one}
	}
	for _, k := range set.Keys {
		if k.Use != "" && k.Use != "sig" {
			continue // for other work
		}
		key := k.Key
		if _, secret := key.([]byte); !secret {
			key = k.Public().Key
		}
		if err := i.add(k.KeyID, key); err != nil {
			return err
		}
		if added := &i.keys[len(i.keys)-1]; k.Algorithm != "" && k.Algorithm != added.method {
			return fmt.Errorf("key %q is for %.20s, this kind of key is used with %s", k.KeyID, k.Algorithm, added.method)
		}
	}
	return nil
}

func (i *Issuer) readPEM(text []byte) error {
	for {
		block, rest := pem.Decode(text)
		if block == nil {
			return nil
		}
		key, err := x509.ParsePKIXPublicKey(block.Bytes)
		if err != nil {
			return fmt.Errorf("a PEM block is no public key: %w", err)
		}
		if err := i.add("", key); err != nil {
			return err
		}
		text = rest
	}
}

// add binds a key to its algorithm.
func (i *Issuer) add(id string, key any) error {
	method := ""
	switch k := key.(type) {
	case []byte:
		if len(k) < minHMAC {
			return fmt.Errorf("a secret has %d bytes, HS256 needs %d at least", len(k), minHMAC)
		}
		method = "HS256"
	case *rsa.PublicKey:
		if k.N.BitLen() < minRSA {
			return fmt.Errorf("an RSA key has %d bits, %d are the least", k.N.BitLen(), minRSA)
		}
		method = "RS256"
	case *ecdsa.PublicKey:
		if k.Curve != elliptic.P256() {
			return errors.New("an elliptic key is not on P-256, which ES256 needs")
		}
		method = "ES256"
	case ed25519.PublicKey:
		method = "EdDSA"
	default:
		return fmt.Errorf("a key is a %T; usable are RSA, P-256, Ed25519 and secrets", key)
	}
	i.keys = append(i.keys, verifyKey{id, method, key})
	return nil
}

// claims are what is read of a token.
type claims struct {
	jwt.RegisteredClaims
	Latido *tokenGrant `json:"latido"`
}

// tokenGrant is the claim latido.
type tokenGrant struct {
	Subscribe Patterns `json:"subscribe"`
	Publish   Patterns `json:"publish"`
	Read      *ids     `json:"read"`
	Notify    *ids     `json:"notify"`
}

// ids is a list of user ids, or "*".
type ids Users

// UnmarshalJSON reads [1,2] or "*".
func (u *ids) UnmarshalJSON(text []byte) error {
	if string(text) == `"*"` {
		u.All = true
		return nil
	}
	return json.Unmarshal(text, &u.IDs)
}

// verify answers who a token makes known. Errors wrap ErrUnknown, and hold no
// part of the token.
func (i *Issuer) verify(text string) (*Principal, error) {
	if i == nil || len(text) > maxToken {
		return nil, ErrUnknown
	}
	var c claims
	parser := jwt.NewParser(
		jwt.WithValidMethods([]string{"HS256", "RS256", "ES256", "EdDSA"}),
		jwt.WithAudience(i.audience), jwt.WithExpirationRequired(), jwt.WithLeeway(tokenLeeway),
	)
	if _, err := parser.ParseWithClaims(text, &c, i.keysFor); err != nil {
		return nil, ErrUnknown
	}
	return c.principal()
}

// keysFor answers the keys that a token may be signed by: those of its algorithm,
// and of these the one it names.
func (i *Issuer) keysFor(t *jwt.Token) (any, error) {
	id, named := t.Header["kid"].(string)
	var set jwt.VerificationKeySet
	for _, k := range i.keys {
		if k.method == t.Method.Alg() && (!named || k.id == "" || k.id == id) {
			set.Keys = append(set.Keys, k.key)
		}
	}
	if len(set.Keys) == 0 {
		return nil, ErrUnknown
	}
	return set, nil
}

func (c *claims) principal() (*Principal, error) {
	p := &Principal{Kind: Token, Name: c.Subject, Until: c.ExpiresAt.Add(tokenLeeway)}
	if id, err := strconv.ParseInt(c.Subject, 10, 64); err == nil && id > 0 {
		p.User = id
		p.Grant.Read = Users{IDs: []int64{id}}
	}
	if g := c.Latido; g != nil {
		p.Grant.Subscribe, p.Grant.Publish = g.Subscribe, g.Publish
		if g.Read != nil {
			p.Grant.Read = Users(*g.Read)
		}
		if g.Notify != nil {
			p.Grant.Notify = Users(*g.Notify)
		}
	}
	if len(c.Subject) > 255 || p.Grant.check() != nil {
		return nil, ErrUnknown
	}
	return p, nil
}
