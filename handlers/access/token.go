package access

import (
	"bytes"
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
	"github.com/go-jose/go-jose/v4/jwt"
)

// maxToken bounds a JWT, in bytes: longer ones are refused unread.
const maxToken = 8 << 10

// tokenLeeway is by how much clocks may differ.
const tokenLeeway = 30 * time.Second

// Issuer verifies the JWTs (RFC 7519) of one other issuer. A token must carry
// exp and the issuer's audience in aud. One of the keys must have signed it, with the
// one algorithm of that key: HS256, RS256, ES256 or EdDSA. Keys, and addresses of
// keys, in a token's header are ignored.
//
// sub is the user id when it is a positive integer. The claim latido is the bearer's
// grant:
//
//	"latido": {"subscribe": ["orders", "shop-*"], "publish": [], "read": [7], "notify": "*"}
//
// Without it, or without one of its members, a bearer may read the user sub, and
// subscribe, publish and notify nothing.
type Issuer struct {
	keys     []verifyKey
	audience string
}

// verifyKey is a key and the one algorithm it is used with.
type verifyKey struct {
	id        string
	algorithm jose.SignatureAlgorithm
	key       any
}

// minHMAC is the least length of a secret for HS256, in bytes (RFC 7518, section
// 3.2). minRSA is that of a modulus for RS256, in bits (section 3.3).
const (
	minHMAC = 32
	minRSA  = 2048
)

// NewIssuer reads keys: a JWK Set or a JWK (RFC 7517), PEM public keys, or
// otherwise the bytes of an HS256 secret, without a line break at their end. Errors
// wrap ErrInput.
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
		err = i.add("", bytes.TrimSuffix(keys, []byte("\n"))) // which editors add
	}
	if err == nil && len(i.keys) == 0 {
		err = errors.New("none of them verifies signatures")
	}
	if err != nil {
		return nil, fmt.Errorf("%w: keys of tokens: %w", ErrInput, err)
	}
	return i, nil
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
			continue // for encryption
		}
		key := k.Key
		if _, secret := key.([]byte); !secret {
			key = k.Public().Key
		}
		if err := i.add(k.KeyID, key); err != nil {
			return err
		}
		if added := &i.keys[len(i.keys)-1]; k.Algorithm != "" && k.Algorithm != string(added.algorithm) {
			return fmt.Errorf("key %q is for %.20s, this kind of key is used with %s", k.KeyID, k.Algorithm, added.algorithm)
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
			return fmt.Errorf("parse a PEM block as a public key: %w", err)
		}
		if err := i.add("", key); err != nil {
			return err
		}
		text = rest
	}
}

// add adds a key with the algorithm of its kind.
func (i *Issuer) add(id string, key any) error {
	var algorithm jose.SignatureAlgorithm
	switch k := key.(type) {
	case []byte:
		if len(k) < minHMAC {
			return fmt.Errorf("a secret has %d bytes, HS256 needs at least %d", len(k), minHMAC)
		}
		algorithm = jose.HS256
	case *rsa.PublicKey:
		if k.N.BitLen() < minRSA {
			return fmt.Errorf("an RSA key has %d bits, RS256 needs at least %d", k.N.BitLen(), minRSA)
		}
		algorithm = jose.RS256
	case *ecdsa.PublicKey:
		if k.Curve != elliptic.P256() {
			return errors.New("an elliptic curve key is not on P-256, which ES256 needs")
		}
		algorithm = jose.ES256
	case ed25519.PublicKey:
		algorithm = jose.EdDSA
	default:
		return fmt.Errorf("a key is a %T, supported are RSA, P-256, Ed25519 and secrets", key)
	}
	i.keys = append(i.keys, verifyKey{id, algorithm, key})
	return nil
}

// claims are the claims that count.
type claims struct {
	jwt.Claims
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

// algorithms are all that a key may have. A token of another one is refused before its
// signature is looked at.
var algorithms = []jose.SignatureAlgorithm{jose.HS256, jose.RS256, jose.ES256, jose.EdDSA}

// verify returns the principal of a token. Errors wrap ErrUnknown, and hold no part of
// the token.
func (i *Issuer) verify(text string) (*Principal, error) {
	if i == nil || len(text) > maxToken {
		return nil, ErrUnknown
	}
	token, err := jwt.ParseSigned(text, algorithms)
	if err != nil {
		return nil, ErrUnknown
	}
	c := i.claimsOf(token)
	if c == nil || c.Expiry == nil {
		return nil, ErrUnknown
	}
	c.IssuedAt = nil // it may be ahead of this clock: RFC 7519 lets it decide nothing
	if c.ValidateWithLeeway(jwt.Expected{AnyAudience: jwt.Audience{i.audience}}, tokenLeeway) != nil {
		return nil, ErrUnknown
	}
	return c.principal()
}

// claimsOf returns the claims of a token, nil for one that none of the keys has signed.
// The key must be of the algorithm that the token names, and of its kid if it has one.
func (i *Issuer) claimsOf(token *jwt.JSONWebToken) *claims {
	header := token.Headers[0] // the compact form has one
	for _, k := range i.keys {
		if string(k.algorithm) != header.Algorithm || header.KeyID != "" && k.id != "" && k.id != header.KeyID {
			continue
		}
		var c claims
		if token.Claims(k.key, &c) == nil {
			return &c
		}
	}
	return nil
}

func (c *claims) principal() (*Principal, error) {
	p := &Principal{Kind: Token, Name: c.Subject, Until: c.Expiry.Time().Add(tokenLeeway)}
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
