package access

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"testing"

	"latido/hub/hubtest"
)

// FuzzIdentify (A2): no credential without a secret of the directory is accepted.
func FuzzIdentify(f *testing.F) {
	issuer, err := NewIssuer([]byte("a secret of more than 32 bytes, only for this test"), "latido")
	if err != nil {
		f.Fatal(err)
	}
	d := New(hubtest.NewRecords(), Options{Issuer: issuer, Tickets: hubtest.NewRecords()})
	for _, s := range [][3]string{
		{"Bearer latido_abc_def", "", ""}, {"Bearer eyJhbGciOiJub25lIn0.e30.", "a", "b"}, {"Basic YTpi", "", ""}, {"", "ticket", ""},
		{"bearer  latido__", "", "x"}, {"Bearer", "%00", ""}, {"", "", "a; b=\"c\""},
	} {
		f.Add(s[0], s[1], s[2])
	}
	f.Fuzz(func(t *testing.T, authorization, ticket, cookie string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		if authorization != "" {
			r.Header["Authorization"] = []string{authorization}
		}
		q := r.URL.Query()
		q.Set(TicketParam, ticket)
		r.URL.RawQuery = q.Encode()
		r.Header.Set("Cookie", CookieName(false)+"="+cookie)
		p, err := d.Identify(r)
		if (err == nil) != (p != nil) {
			t.Fatalf("%v and %v", p, err)
		}
		if p != nil && (p.Kind != Anyone || !p.Grant.IsZero()) {
			t.Fatalf("%q, %q, %q are identified as %v", authorization, ticket, cookie, p)
		}
	})
}

// FuzzClaims: whatever the claims of a signed token are, its grant is valid and never
// includes the management of access.
func FuzzClaims(f *testing.F) {
	secret := []byte("a secret of more than 32 bytes, only for this test")
	issuer, err := NewIssuer(secret, "latido")
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{
		`{"aud":"latido","exp":99999999999,"sub":"7","latido":{"subscribe":["a*"],"notify":"*"}}`,
		`{"aud":["x","latido"],"exp":99999999999,"sub":"-1","latido":{"read":[0]}}`, `{"exp":1}`, `[]`, `{"aud":"latido","exp":1e400}`,
		`{"aud":"latido","exp":99999999999,"latido":{"manage":true,"tasks":true,"subscribe":["**"]}}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, claims []byte) {
		enc := base64.RawURLEncoding
		text := enc.EncodeToString([]byte(`{"alg":"HS256"}`)) + "." + enc.EncodeToString(claims)
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(text))
		p, err := issuer.verify(text + "." + enc.EncodeToString(mac.Sum(nil)))
		if err != nil {
			return
		}
		if p.Kind != Token || p.Grant.Manage || p.Grant.check() != nil || p.User < 0 || p.Until.IsZero() {
			t.Fatalf("%q is %+v", claims, p)
		}
	})
}
