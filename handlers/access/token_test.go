package access_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"latido/handlers/access"
	"latido/hub/hubtest"
)

type jwtClaims map[string]any

// signed makes a token; extra goes into its header. It signs by itself with HS256, for
// which libraries refuse keys that attackers do not.
func signed(t *testing.T, alg jose.SignatureAlgorithm, key any, claims jwtClaims, extra map[jose.HeaderKey]any) string {
	t.Helper()
	payload := must[[]byte](t)(json.Marshal(claims))
	if secret, ok := key.([]byte); ok {
		header := map[jose.HeaderKey]any{"alg": alg}
		maps.Copy(header, extra)
		enc := base64.RawURLEncoding
		text := enc.EncodeToString(must[[]byte](t)(json.Marshal(header))) + "." + enc.EncodeToString(payload)
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(text))
		return text + "." + enc.EncodeToString(mac.Sum(nil))
	}
	signer := must[jose.Signer](t)(jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, &jose.SignerOptions{ExtraHeaders: extra}))
	return must[string](t)(must[*jose.JSONWebSignature](t)(signer.Sign(payload)).CompactSerialize())
}

func goodClaims() jwtClaims {
	return jwtClaims{"sub": "7", "aud": "latido", "exp": time.Now().Add(time.Hour).Unix(),
		"latido": map[string]any{"subscribe": []string{"orders", "shop-*"}, "notify": "*"}}
}

// TestTokens (A10): tokens are accepted that are signed by a key of the issuer with the
// algorithm of that key, for this audience, and have not expired; no others are.
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

	with := func(change func(jwtClaims)) jwtClaims {
		c := goodClaims()
		change(c)
		return c
	}
	for name, token := range map[string]string{
		"RS256": signed(t, jose.RS256, rsaKey, goodClaims(), nil),
		"ES256": signed(t, jose.ES256, ecKey, goodClaims(), map[jose.HeaderKey]any{"kid": "e"}),
		"EdDSA": signed(t, jose.EdDSA, edKey, goodClaims(), nil),
		"HS256": signed(t, jose.HS256, secret, goodClaims(), map[jose.HeaderKey]any{"kid": "h"}),
		"clocks that differ": signed(t, jose.EdDSA, edKey, with(func(c jwtClaims) {
			now := time.Now()
			c["exp"], c["nbf"], c["iat"] = now.Add(-20*time.Second).Unix(), now.Add(20*time.Second).Unix(), now.Add(time.Hour).Unix()
		}), nil),
		"several audiences": signed(t, jose.EdDSA, edKey, with(func(c jwtClaims) { c["aud"] = []string{"shop", "latido"} }), nil),
	} {
		p, err := identify(token)
		if err != nil || p.Kind != access.Token || p.User != 7 || !p.Grant.Read.Has(7) || p.Grant.Read.Has(8) || !p.Grant.Notify.Has(8) ||
			!p.Grant.Subscribe.Match("shop-1") || p.Grant.Subscribe.Match("other") || p.Until.IsZero() {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}

	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: must[[]byte](t)(x509.MarshalPKIXPublicKey(&rsaKey.PublicKey))})
	foreign := must[*rsa.PrivateKey](t)(rsa.GenerateKey(rand.Reader, 2048))
	good := signed(t, jose.RS256, rsaKey, goodClaims(), nil)
	parts := strings.Split(good, ".")
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + parts[1] + "."
	for name, token := range map[string]string{
		"none":                     none,
		"none with a signature":    none + parts[2],
		"the public key as secret": signed(t, jose.HS256, public, goodClaims(), nil),
		"another key":              signed(t, jose.RS256, foreign, goodClaims(), nil),
		"another algorithm":        signed(t, jose.RS384, rsaKey, goodClaims(), nil),
		"PS256":                    signed(t, jose.PS256, rsaKey, goodClaims(), nil),
		"the key of another kid":   signed(t, jose.RS256, rsaKey, goodClaims(), map[jose.HeaderKey]any{"kid": "nobody's"}),
		"a kid that is a path":     signed(t, jose.HS256, []byte{}, goodClaims(), map[jose.HeaderKey]any{"kid": "../../../dev/null"}),
		"a key of its own":         signed(t, jose.RS256, foreign, goodClaims(), map[jose.HeaderKey]any{"jku": "http://127.0.0.1:1/keys", "jwk": map[string]any{"kty": "oct"}}),
		"no exp":                   signed(t, jose.RS256, rsaKey, with(func(c jwtClaims) { delete(c, "exp") }), nil),
		"over":                     signed(t, jose.RS256, rsaKey, with(func(c jwtClaims) { c["exp"] = time.Now().Add(-time.Minute).Unix() }), nil),
		"an exp that is text":      signed(t, jose.RS256, rsaKey, with(func(c jwtClaims) { c["exp"] = "tomorrow" }), nil),
		"the secret for RS256":     signed(t, jose.HS256, secret, goodClaims(), map[jose.HeaderKey]any{"kid": "r"}),
		"not yet":                  signed(t, jose.RS256, rsaKey, with(func(c jwtClaims) { c["nbf"] = time.Now().Add(time.Hour).Unix() }), nil),
		"no aud":                   signed(t, jose.RS256, rsaKey, with(func(c jwtClaims) { delete(c, "aud") }), nil),
		"another aud":              signed(t, jose.RS256, rsaKey, with(func(c jwtClaims) { c["aud"] = "shop" }), nil),
		"a malformed grant":        signed(t, jose.RS256, rsaKey, with(func(c jwtClaims) { c["latido"] = map[string]any{"subscribe": "*"} }), nil),
		"a malformed pattern":      signed(t, jose.RS256, rsaKey, with(func(c jwtClaims) { c["latido"] = map[string]any{"subscribe": []string{"a*b"}} }), nil),
		"a MiB of claims":          signed(t, jose.RS256, rsaKey, with(func(c jwtClaims) { c["x"] = strings.Repeat("x", 1<<20) }), nil),
		"cut off":                  good[:len(good)-4],
		"nothing":                  "",
		"two dots":                 "..",
	} {
		if p, err := identify(token); !errors.Is(err, access.ErrUnknown) || err.Error() != access.ErrUnknown.Error() {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
}

// TestIssuerKeys: unusable keys are refused when they are read.
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
