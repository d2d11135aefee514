package access_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"

	"latido/handlers/access"
	"latido/hub/hubtest"
	"latido/hub/kv"
)

// TestBounds: one more than the bound of people, keys and links is refused, and one fewer is
// room for one.
func TestBounds(t *testing.T) {
	records := hubtest.NewRecords()
	put := func(name, value string) {
		must[uint64](t)(records.Put(t.Context(), name, []byte(value), 0))
	}
	for i := range 10_000 {
		put(fmt.Sprint("person.p", i), fmt.Sprintf(`{"name":"p%d","user":%d,"role":"admin"}`, i, i+1))
		put(fmt.Sprint("key.", i), fmt.Sprintf(`{"id":"%d"}`, i))
		if i < 1_000 {
			put(fmt.Sprint("link.", i), fmt.Sprintf(`{"id":"%d"}`, i))
		}
	}
	d := directory(t, records, hubtest.NewRecords(), access.Closed, nil)
	for what, c := range map[string]struct {
		add    func() error
		remove func() error
	}{
		"people": {
			func() error { return second(d.AddPerson(t.Context(), "ana", goodPassword, access.Viewer, 0)) },
			func() error { return d.RemovePerson(t.Context(), "p7") },
		},
		"keys": {
			func() error { return third(d.AddKey(t.Context(), access.APIKey{Name: "k"})) },
			func() error { return d.RemoveKey(t.Context(), "7") },
		},
		"links": {
			func() error {
				return third(d.AddLink(t.Context(), access.ShareLink{Name: "l", Cards: []string{"logs"}}))
			},
			func() error { return d.RemoveLink(t.Context(), "7") },
		},
	} {
		if err := c.add(); !errors.Is(err, access.ErrMany) {
			t.Errorf("one of the %s too many: %v", what, err)
		}
		if err := errors.Join(c.remove(), c.add()); err != nil {
			t.Errorf("one of the %s after one was removed: %v", what, err)
		}
	}
}

// TestOldestSessionsEnd: a login beyond twenty ends the oldest sessions of that person.
func TestOldestSessionsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		records := hubtest.NewRecords()
		first := time.Now()
		for i := range 22 { // more than the bound: two nodes can make them at the same time
			s := access.Session{Person: "ana", Created: first.Add(time.Duration(i) * time.Second), Expires: first.Add(time.Hour)}
			must[uint64](t)(records.Put(t.Context(), fmt.Sprintf("session.s%d", i), must[[]byte](t)(json.Marshal(s)), 0))
		}
		d := directory(t, records, hubtest.NewRecords(), access.Closed, nil)
		must[access.PersonInfo](t)(d.AddPerson(t.Context(), "ana", goodPassword, access.Admin, 0))
		time.Sleep(30 * time.Second)
		if _, _, err := d.Login(t.Context(), "ana", goodPassword, "192.0.2.1"); err != nil {
			t.Fatal(err)
		}
		if n := kinds(t, records)["session"]; n != 20 {
			t.Errorf("%d sessions are stored, want 20", n)
		}
		for i := range 4 {
			_, err := records.Get(t.Context(), fmt.Sprintf("session.s%d", i))
			if gone := errors.Is(err, kv.ErrNotFound); gone != (i < 3) {
				t.Errorf("session %d is gone: %v, want the three oldest to be", i, gone)
			}
		}
	})
}

// TestAddAfterRemove: a person whose deletion has not been delivered yet counts as gone.
func TestAddAfterRemove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		records := hubtest.NewRecords()
		d := directory(t, records, hubtest.NewRecords(), access.Closed, nil)
		must[access.PersonInfo](t)(d.AddPerson(t.Context(), "ana", goodPassword, access.Admin, 0))
		must[access.PersonInfo](t)(d.AddPerson(t.Context(), "bea", goodPassword, access.Admin, 7))
		settled()
		records.FailWatch(errors.New("away"))
		settled()
		if err := d.RemovePerson(t.Context(), "bea"); err != nil {
			t.Fatal(err)
		}
		if p, err := d.AddPerson(t.Context(), "cid", goodPassword, access.Viewer, 7); err != nil || p.User != 7 {
			t.Errorf("the user id of a removed person: %+v, %v", p, err)
		}
		records.FailWatch(nil)
	})
}

// TestGrantIsZero: a grant of any one thing is not empty.
func TestGrantIsZero(t *testing.T) {
	if !(access.Grant{}).IsZero() {
		t.Error("the zero value is not empty")
	}
	for _, g := range []access.Grant{
		{Subscribe: access.Patterns{"a"}}, {Publish: access.Patterns{"a"}}, {Read: access.Users{All: true}}, {Read: access.Users{IDs: []int64{1}}},
		{Notify: access.Users{All: true}}, {Tasks: true}, {Manage: true},
	} {
		if g.IsZero() {
			t.Errorf("%+v is empty", g)
		}
	}
}

// TestIssuerReadsPEM: public keys in PEM, several in one file, verify tokens.
func TestIssuerReadsPEM(t *testing.T) {
	var file []byte
	var keys []*rsa.PrivateKey
	for range 2 {
		key := must[*rsa.PrivateKey](t)(rsa.GenerateKey(rand.Reader, 2048))
		keys = append(keys, key)
		der := must[[]byte](t)(x509.MarshalPKIXPublicKey(&key.PublicKey))
		file = append(file, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})...)
	}
	d := access.New(hubtest.NewRecords(), access.Options{Issuer: must[*access.Issuer](t)(access.NewIssuer(file, "latido"))})
	for i, key := range keys {
		token := signed(t, jose.RS256, key, goodClaims(), nil)
		if p, err := d.Identify(request("Authorization", "Bearer "+token)); err != nil || p.User != 7 {
			t.Errorf("key %d: %+v, %v", i, p, err)
		}
	}
	damaged := append(file, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"...)
	if _, err := access.NewIssuer(damaged, "latido"); !errors.Is(err, access.ErrInput) {
		t.Errorf("a block that is damaged: %v", err)
	}
}

// TestKeyOfAUser: a key that acts for a user may read that user's notifications.
func TestKeyOfAUser(t *testing.T) {
	d := closed(t)
	text, _, err := d.AddKey(t.Context(), access.APIKey{Name: "k", User: 7})
	if err != nil {
		t.Fatal(err)
	}
	if p := must[*access.Principal](t)(d.Identify(request("Authorization", "Bearer "+text))); !p.Grant.Read.Has(7) || p.Grant.Read.Has(8) {
		t.Errorf("its grant is %+v", p.Grant)
	}
}

// TestMalformedHash: an account with a damaged password hash cannot be logged in to.
func TestMalformedHash(t *testing.T) {
	records := hubtest.NewRecords()
	must[uint64](t)(records.Put(t.Context(), "person.ana", []byte(`{"name":"ana","password":"$argon2id$","role":"admin","user":1}`), 0))
	d := directory(t, records, hubtest.NewRecords(), access.Closed, nil)
	if secret, _, err := d.Login(t.Context(), "ana", goodPassword, "192.0.2.1"); err == nil || secret != "" {
		t.Errorf("a session was made: %v", err)
	}
}

// TestIssuerIgnoresEncryptionKeys: a JWK for encryption verifies no signatures.
func TestIssuerIgnoresEncryptionKeys(t *testing.T) {
	key := must[*rsa.PrivateKey](t)(rsa.GenerateKey(rand.Reader, 2048))
	text := must[[]byte](t)(json.Marshal(jose.JSONWebKey{Key: &key.PublicKey, Use: "enc"}))
	if _, err := access.NewIssuer(text, "latido"); !errors.Is(err, access.ErrInput) {
		t.Errorf("a key for encryption alone: %v", err)
	}
}
