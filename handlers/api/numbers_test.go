package api_test

import (
	"testing"

	"mauve/models"
)

// TestDigitsAreReadAsANumberThatExists is how a number without a plus sign is
// read: as one of the workspace's country if that is valid, else as one with its
// country code, and last as what the country might yet give out.
func TestDigitsAreReadAsANumberThatExists(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		for _, row := range [][3]string{
			{"ID", "491701234567", "+491701234567"},
			{"ID", "1 415 555 0123", "+14155550123"},
			{"ID", "(44) 7911 123456", "+447911123456"},
			{"ID", "5511987654321", "+5511987654321"},
			{"ID", "6281234567890", "+6281234567890"},
			{"ID", "81234567891", "+6281234567891"},
			{"ID", "0812-3456-7892", "+6281234567892"},
			{"ID", "6591234567", "+626591234567"}, // a number of both
			{"IN", "9198765432", "+919198765432"},
			{"FR", "612345678", "+33612345678"},
			{"FR", "33612345679", "+33612345679"},
			{"FR", "(0)6 12 34 56 80", "+33612345680"},
			{"DE", "0049 170 1234568", "+491701234568"},
			{"", "6281234567893", "+6281234567893"},
		} {
			if _, err := d.Acme.Scope.UpdateWorkspace(models.WorkspaceChange{DefaultCountry: &row[0]}); err != nil {
				t.Fatal(err)
			}
			if a := d.call(d.acme, "POST", "/contacts", `{"phone":"`+row[1]+`"}`).want(t, 201); a.at("phone") != row[2] {
				t.Errorf("%q in %q is %s, want %s", row[1], row[0], a.at("phone"), row[2])
			}
		}
	})
}

// TestAddressesThatDisagree is a message whose channel is named in two ways.
func TestAddressesThatDisagree(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		one := d.call(d.acme, "POST", "/channels", `{"kind":"sandbox","name":"One","sessionId":"one"}`).want(t, 201).at("id")
		two := d.call(d.acme, "POST", "/channels", `{"kind":"api","name":"Two","sessionId":"two"}`).want(t, 201).at("id")
		bare := d.call(d.acme, "POST", "/channels", `{"kind":"sandbox","name":"Bare"}`).want(t, 201).at("id")
		for _, row := range []struct{ channel, session, kind, on, field string }{
			{one, "one", "", one, ""}, {one, "one", "sandbox", one, ""}, {one, "", "sandbox", one, ""}, {"", "two", "api", two, ""}, {bare, "", "sandbox", bare, ""},
			{one, "two", "", "", "sessionId"}, {one, "nobody", "", "", "sessionId"}, {bare, "one", "", "", "sessionId"}, {one, "two", "api", "", "sessionId"},
			{one, "", "api", "", "channel"}, {one, "", "pigeon", "", "channel"}, {one, "one", "api", "", "channel"}, {"", "one", "api", "", "channel"}, {"", "one", "whatsapp", "", "channel"},
		} {
			body := `{"to":"+12025550100","body":"hi"`
			for name, v := range map[string]string{"channelId": row.channel, "sessionId": row.session, "channel": row.kind} {
				if v != "" {
					body += `,"` + name + `":"` + v + `"`
				}
			}
			before := d.call(d.acme, "GET", "/contacts", "").at("meta.total")
			a := d.call(d.acme, "POST", "/messages", body+`}`)
			if row.field == "" {
				if !a.want(t, 202).has(t, "channelId", row.on) {
					t.Log(body)
				}
				continue
			}
			if !a.want(t, 422).has(t, "errors.0.field", row.field) {
				t.Log(body)
			}
			if after := d.call(d.acme, "GET", "/contacts", "").at("meta.total"); after != before {
				t.Errorf("%s made a contact", body)
			}
		}
	})
}
