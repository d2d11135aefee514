package access_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"latido/handlers/access"
	"latido/hub/hubtest"
)

// TestIssuerReadsOneJWK: a JWK that is in no set verifies tokens, and one that is damaged is
// refused.
func TestIssuerReadsOneJWK(t *testing.T) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	text := must[[]byte](t)(json.Marshal(jose.JSONWebKey{Key: public}))
	issuer := must[*access.Issuer](t)(access.NewIssuer(text, "latido"))
	d := access.New(hubtest.NewRecords(), access.Options{Issuer: issuer})
	for sub, user := range map[string]int64{"7": 7, "12": 12, "1a": 0, "0": 0, "-3": 0, "ana": 0} {
		claims := goodClaims()
		claims["sub"] = sub
		p, err := d.Identify(request("Authorization", "Bearer "+signed(t, jose.EdDSA, private, claims, nil)))
		if err != nil || p.Name != sub || p.User != user {
			t.Errorf("sub %q: %+v, %v, want user %d", sub, p, err, user)
		}
	}
	if _, err := access.NewIssuer([]byte(`{"kty":"OKP","crv":"Ed25519","x":"?"}`), "latido"); !errors.Is(err, access.ErrInput) {
		t.Errorf("a damaged one: %v", err)
	}
}
