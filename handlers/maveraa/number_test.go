package maveraa_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models"
)

// people is how many contacts and chats Acme has, to tell whether a call met a stranger.
func (c *client) people() string {
	c.t.Helper()
	chats := c.ask(c.key, "GET", "/api/public/inbox/conversations", "").want(c.t, 200).body["conversations"].([]any)
	return fmt.Sprint(c.ask(c.key, "GET", "/api/public/contacts", "").want(c.t, 200).body["total"], " people, ", len(chats), " chats")
}

func (c *client) home(country string) {
	c.t.Helper()
	if _, err := c.Acme.Scope.UpdateWorkspace(models.WorkspaceChange{DefaultCountry: &country}); err != nil {
		c.t.Fatal(err)
	}
}

// TestANumberCarriesItsCountryCode is that whoever wrote can be answered, whatever
// the workspace's default country reads their digits as.
func TestANumberCarriesItsCountryCode(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		s := c.session("sandbox", "s")
		for i, row := range [][2]string{
			{"ID", "6591234567"}, {"ID", "491701234567"}, {"ID", "14155550123"}, {"ID", "551187654321"}, {"DE", "6281234567890"}, {"DE", "33612345678"}, {"", "819012345678"},
		} {
			c.Clock.Pass(time.Second) // the list has the newest first
			c.home(row[0])
			c.wrote(s, row[1], "A", "hi")
			before := c.people()
			if want := fmt.Sprintf("%d people, %d chats", i+1, i+1); before != want {
				t.Fatalf("%s: %s, want %s", row, before, want)
			}
			address := c.ask(c.key, "GET", "/api/public/inbox/conversations?limit=1", "").body["conversations"].([]any)[0].(map[string]any)["remoteJid"]
			for _, number := range []string{fmt.Sprint(address), row[1], row[1] + "@c.us", "+" + row[1]} {
				c.ask(c.key, "POST", "/api/public/inbox/send", `{"sessionId":"s","targetNumber":"`+number+`","message":"to `+number+`"}`).want(t, 200)
				if after := c.people(); after != before {
					t.Errorf("%s in %q went to a stranger: %s", number, row[0], after)
				}
				l := c.ask(c.key, "GET", "/api/public/inbox/conversations?limit=1", "")
				assert.Check(t, is.Contains(l.text, fmt.Sprint(address)), "%s in %q: %s", number, row[0], l.text)
				assert.Check(t, is.Contains(l.text, "to "+number), "%s in %q: %s", number, row[0], l.text)
			}
			if a := c.ask(c.key, "POST", "/api/public/contacts", `{"name":"A","phone":"`+row[1]+`"}`).want(t, 409); !strings.Contains(a.text, "phone") {
				t.Errorf("%s in %q: %s", row[1], row[0], a.text)
			}
		}
		c.home("ID") // a number of the country as people write it there is still one
		a := c.ask(c.key, "POST", "/api/public/contacts", `{"name":"B","phone":"0812-3456-7891"}`).want(t, 201)
		assert.Check(t, is.Equal(a.body["phone"], "6281234567891"), a.text)
	})
}

// TestWhoHidesTheirNumberIsAnswered is that every address of the list can be
// answered, and that what is none reaches nobody.
func TestWhoHidesTheirNumberIsAnswered(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		s := c.session("sandbox", "s")
		c.home("ID")
		for _, from := range []models.Sender{{LID: "998877665544@lid", Name: "Lid"}, {ScopedID: "ID.998877665544", Name: "Scoped"}, {Group: "120363041234567891@g.us", Name: "Group"}} {
			in := models.Incoming{From: from, ExternalID: "wamid." + from.Name, At: c.Clock.Now(), Type: models.TypeText, Body: "hi"}
			if _, err := c.Acme.System.Receive(s.ID, in); err != nil {
				t.Fatal(err)
			}
		}
		send := func(key, to string) answer {
			return c.ask(key, "POST", "/api/public/inbox/send", `{"sessionId":"s","targetNumber":"`+to+`","message":"to `+to+`"}`)
		}
		before := c.people()
		for address, name := range map[string]string{"998877665544@lid": "Lid", "ID.998877665544@lid": "Scoped", "998877665544@LID": "Lid", "120363041234567891@g.us": "Group"} {
			c.Clock.Pass(time.Second)
			send(c.key, address).want(t, 200)
			want := fmt.Sprintf(`"remoteJid":"%s","pushName":"%s","lastMessage":"to %s"`, address, name, address)
			if l := c.ask(c.key, "GET", "/api/public/inbox/conversations?limit=1", ""); !strings.Contains(strings.ToLower(l.text), strings.ToLower(want)) {
				t.Errorf("%s is not in %s", want, l.text)
			}
		}
		for _, nobody := range []string{"112233445566@lid", "6281234567890@lid", "@lid", "120363041234567890@g.us", "6281234567890@g.us", "status@broadcast", "6281234567890@newsletter",
			"6281234567890@", "6281234567890@example.com", "6281234567890@s.whatsapp.net@lid", "@s.whatsapp.net", "081234567890@s.whatsapp.net", "6281234567890:2@c.us"} {
			assert.Check(t, is.Contains(send(c.key, nobody).want(t, 422).text, "targetNumber"), nobody)
		}
		if after := c.people(); after != before {
			t.Errorf("%s, there were %s", after, before)
		}
		if _, err := c.Globex.Scope.CreateChannel(models.ChannelDraft{Kind: models.ChannelSandbox, Name: "s", SessionID: "s"}); err != nil {
			t.Fatal(err)
		}
		send(c.glob, "998877665544@lid").want(t, 422)
	})
}

// TestTheListHasWhatCanBeAnswered is that chats of removed sessions, and of people
// whom WhatsApp knows by nothing, are in no page of it.
func TestTheListHasWhatCanBeAnswered(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		gone, s := c.session("sandbox", "gone"), c.session("sandbox", "s")
		c.wrote(gone, "6281234567890", "Gone", "hi")
		c.wrote(s, "6281234567891", "Older", "hi")
		c.Clock.Pass(time.Second)
		c.wrote(gone, "6281234567892", "Gone too", "hi")
		for name, change := range map[string]models.ContactChange{"Nameless": {}, "By mail": {Email: new("a@b.example")}, "By number": {Phone: new("+6281234567893")}} {
			change.Name = &name
			if _, err := c.Acme.Scope.OpenConversation(models.ConversationStart{Contact: &change, ChannelID: s.ID}); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.Acme.Scope.DeleteChannel(gone.ID); err != nil {
			t.Fatal(err)
		}
		c.Clock.Pass(time.Second)
		c.wrote(s, "6281234567894", "Newest", "hi")
		for query, want := range map[string]string{
			"": "Newest 6281234567894@s.whatsapp.net, By number 6281234567893@s.whatsapp.net, Older 6281234567891@s.whatsapp.net", "?limit=1": "Newest 6281234567894@s.whatsapp.net",
			"?limit=1&page=2": "By number 6281234567893@s.whatsapp.net", "?limit=2&page=2&sessionId=s": "Older 6281234567891@s.whatsapp.net", "?limit=1&page=4": "",
		} {
			var all []string
			for _, one := range c.ask(c.key, "GET", "/api/public/inbox/conversations"+query, "").want(t, 200).body["conversations"].([]any) {
				row := one.(map[string]any)
				all = append(all, fmt.Sprint(row["pushName"], " ", row["remoteJid"]))
			}
			if got := strings.Join(all, ", "); got != want {
				t.Errorf("%q has %s, want %s", query, got, want)
			}
		}
	})
}
