package access_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"

	"latido/handlers/access"
	"latido/hub/hubtest"
)

// signed makes a token; extra changes its header.
func signed(t *testing.T, method jwt.SigningMethod, key any, claims jwt.MapClaims, extra map[string]any) string {
	t.Helper()
	token := jwt.NewWithClaims(method, claims)
	for name, value := range extra {
		token.Header[name] = value
	}
	return must[string](t)(token.SignedString(key))
}

func goodClaims() jwt.MapClaims {
	return jwt.MapClaims{"sub": "7", "aud": "latido", "exp": time.Now().Add(time.Hour).Unix(),
		"latido": map[string]any{"subscribe": []string{"orders", "shop-*"}, "notify": "*"}}
}

// TestTokens (A10): what is signed by a key of the issuer with the algorithm of
// that key, for this audience and not over, is known; nothing else is.
func TestTokens(t *testing.T) {
	rsaKey := must[*rsa.PrivateKey](t)(rsa.GenerateKey(rand.Reader, 2048))
	ecKey := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	edPublic, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	secret := []byte(strings.Repeat("s", 32))
	set := must[[]byte](t)(json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{
		{Key: &rsaKey.PublicKey, KeyID: "r", Algorithm: "RS256", Use: "sig"}, {Key: &ecKey.PublicKey, KeyID: "e"},
		{Key: edPublic, KeyID: "d"}, {Key: secret, KeyID: "h"},
	}}))
	issuer := must[*access.Issuer](t)(access.NewIssuer(set, "latido"))
	d := directory(t, hubtest.NewRecords(), hubtest.NewRecords(), access.Closed, issuer)
	identify := func(token string) (*access.Principal, error) {
		return d.Identify(request("Authorization", "Bearer "+token))
	}

	for name, token := range map[string]string{
		"RS256": signed(t, jwt.SigningMethodRS256, rsaKey, goodClaims(), nil),
		"ES256": signed(t, jwt.SigningMethodES256, ecKey, goodClaims(), map[string]any{"kid": "e"}),
		"EdDSA": signed(t, jwt.SigningMethodEdDSA, edKey, goodClaims(), nil),
		"HS256": signed(t, jwt.SigningMethodHS256, secret, goodClaims(), map[string]any{"kid": "h"}),
	} {
		p, err := identify(token)
		if err != nil || p.Kind != access.Token || p.User != 7 || !p.Grant.Read.Has(7) || p.Grant.Read.Has(8) || !p.Grant.Notify.Has(8) ||
			!p.Grant.Subscribe.Match("shop-1") || p.Grant.Subscribe.Match("other") || p.Until.IsZero() {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}

	with := func(change func(jwt.MapClaims)) jwt.MapClaims {
		c := goodClaims()
		change(c)
		return c
	}
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: must[[]byte](t)(x509.MarshalPKIXPublicKey(&rsaKey.PublicKey))})
	foreign := must[*rsa.PrivateKey](t)(rsa.GenerateKey(rand.Reader, 2048))
	good := signed(t, jwt.SigningMethodRS256, rsaKey, goodClaims(), nil)
	parts := strings.Split(good, ".")
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + parts[1] + "."
	for name, token := range map[string]string{
		"none":                     none,
		"none with a signature":    none + parts[2],
		"the public key as secret": signed(t, jwt.SigningMethodHS256, public, goodClaims(), nil),
		"another key":              signed(t, jwt.SigningMethodRS256, foreign, goodClaims(), nil),
		"another algorithm":        signed(t, jwt.SigningMethodRS384, rsaKey, goodClaims(), nil),
		"PS256":                    signed(t, jwt.SigningMethodPS256, rsaKey, goodClaims(), nil),
		"the key of another kid":   signed(t, jwt.SigningMethodRS256, rsaKey, goodClaims(), map[string]any{"kid": "nobody's"}),
		"a kid that is a path":     signed(t, jwt.SigningMethodHS256, []byte{}, goodClaims(), map[string]any{"kid": "../../../dev/null"}),
		"a key of its own":         signed(t, jwt.SigningMethodRS256, foreign, goodClaims(), map[string]any{"jku": "http://127.0.0.1:1/keys", "jwk": map[string]any{"kty": "oct"}}),
		"no exp":                   signed(t, jwt.SigningMethodRS256, rsaKey, with(func(c jwt.MapClaims) { delete(c, "exp") }), nil),
		"over":                     signed(t, jwt.SigningMethodRS256, rsaKey, with(func(c jwt.MapClaims) { c["exp"] = time.Now().Add(-time.Minute).Unix() }), nil),
		"not yet":                  signed(t, jwt.SigningMethodRS256, rsaKey, with(func(c jwt.MapClaims) { c["nbf"] = time.Now().Add(time.Hour).Unix() }), nil),
		"no aud":                   signed(t, jwt.SigningMethodRS256, rsaKey, with(func(c jwt.MapClaims) { delete(c, "aud") }), nil),
		"another aud":              signed(t, jwt.SigningMethodRS256, rsaKey, with(func(c jwt.MapClaims) { c["aud"] = "shop" }), nil),
		"a grant that is none":     signed(t, jwt.SigningMethodRS256, rsaKey, with(func(c jwt.MapClaims) { c["latido"] = map[string]any{"subscribe": "*"} }), nil),
		"a pattern that is none":   signed(t, jwt.SigningMethodRS256, rsaKey, with(func(c jwt.MapClaims) { c["latido"] = map[string]any{"subscribe": []string{"a*b"}} }), nil),
		"a MiB of claims":          signed(t, jwt.SigningMethodRS256, rsaKey, with(func(c jwt.MapClaims) { c["x"] = strings.Repeat("x", 1<<20) }), nil),
		"cut off":                  good[:len(good)-4],
		"nothing":                  "",
		"two dots":                 "..",
	} {
		if p, err := identify(token); !errors.Is(err, access.ErrUnknown) || err.Error() != access.ErrUnknown.Error() {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
}

// TestIssuerKeys: what is no key for signatures is refused when it is read.
func TestIssuerKeys(t *testing.T) {
	small := must[*rsa.PrivateKey](t)(rsa.GenerateKey(rand.Reader, 1024))
	p384 := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	jwk := func(k jose.JSONWebKey) string { return string(must[[]byte](t)(json.Marshal(k))) }
	for name, text := range map[string]string{
		"nothing": "", "a short secret": strings.Repeat("s", 31), "an empty set": `{"keys":[]}`, "no set": `{`,
		"a small RSA key":       jwk(jose.JSONWebKey{Key: &small.PublicKey}),
		"P-384":                 jwk(jose.JSONWebKey{Key: &p384.PublicKey}),
		"an algorithm not ours": jwk(jose.JSONWebKey{Key: []byte(strings.Repeat("s", 32)), Algorithm: "HS512"}),
		"a PEM certificate":     "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
	} {
		if _, err := access.NewIssuer([]byte(text), "latido"); !errors.Is(err, access.ErrInput) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := access.NewIssuer([]byte(strings.Repeat("s", 32)+"\n"), ""); !errors.Is(err, access.ErrInput) {
		t.Errorf("no audience: %v", err)
	}
}
