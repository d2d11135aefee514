package access_test

import (
	"testing"

	"latido/handlers/access"
)

// TestPrincipalIDs: an ID is the same for every request of a principal, and differs between
// principals, also between keys and people of one name.
func TestPrincipalIDs(t *testing.T) {
	d := closed(t)
	ids := map[string]string{}
	for _, name := range []string{"ana", "ben", "ben"} {
		text, k, err := d.AddKey(t.Context(), access.APIKey{Name: name})
		if err != nil {
			t.Fatal(err)
		}
		p := must[*access.Principal](t)(d.Identify(request("Authorization", "Bearer "+text)))
		ids[p.ID()] = "key " + k.ID
		ticket := must[string](t)(d.NewTicket(t.Context(), p))
		r := request()
		r.URL.RawQuery = access.TicketParam + "=" + ticket
		if q := must[*access.Principal](t)(d.Identify(r)); q.ID() != p.ID() {
			t.Errorf("%q is %q by its ticket", p.ID(), q.ID())
		}
	}
	must[access.PersonInfo](t)(d.AddPerson(t.Context(), "ana", goodPassword, access.Admin, 0))
	person := map[string]bool{}
	for range 2 {
		secret, _, err := d.Login(t.Context(), "ana", goodPassword, "192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		person[must[*access.Principal](t)(d.Identify(request("Cookie", access.CookieName(false)+"="+secret))).ID()] = true
	}
	if len(person) != 1 {
		t.Errorf("two sessions of one person are %v", person)
	}
	for id := range person {
		ids[id] = "person"
	}
	ids[(&access.Principal{Kind: access.Token, Name: "ana"}).ID()] = "token"
	ids[must[*access.Principal](t)(access.New(nil, access.Options{Mode: access.Open}).Identify(request())).ID()] = "anyone"
	if len(ids) != 6 || ids[""] != "anyone" {
		t.Errorf("%v", ids)
	}
}
