package linkedphone

import (
	"strings"
	"testing"

	"go.mau.fi/whatsmeow/types"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/channels/phonetest"
)

// TestALIDIsOneContact: a person is one contact, whichever of their two names comes first.
func TestALIDIsOneContact(t *testing.T) {
	eachPhone(t, func(t *testing.T, d *phoneDesk) {
		line := d.link()
		contacts := func() string { return d.call("GET", "/contacts", "", 200)("meta.total") }
		// By the number, then by the LID with the number beside it, then by the LID alone.
		line.Play(phonetest.Said(phonetest.Amara, "A1", phonetest.Text("one")))
		d.says("data.0.body", "one")
		both := phonetest.Said(phonetest.AmaraLID, "A2", phonetest.Text("two"))
		both.Info.SenderAlt = phonetest.Amara
		line.Play(both)
		d.says("data.1.body", "two")
		line.Play(phonetest.Said(phonetest.AmaraLID, "A3", phonetest.Text("three")))
		d.says("data.2.body", "three")

		// By a LID that nobody knows; the library's own map tells the number later, which has a contact already.
		budiLID := types.NewJID("777002", types.HiddenUserServer)
		known := d.call("POST", "/contacts", `{"name":"Budi","phone":"+33700000001"}`, 201)("id")
		line.Play(phonetest.Said(budiLID, "B1", phonetest.Text("who am I?")))
		d.says("data.0.body", "who am I?")
		assert.Check(t, is.Equal(contacts(), "3"), "contacts")
		c := d.call("GET", "/conversations", "", 200)
		has(t, c, "data.0.contact.phone", "<nil>") // a LID is no number
		hidden := c("data.0.id")
		d.call("POST", "/conversations/"+hidden+"/messages", `{"body":"You tell me"}`, 202)
		d.is("it goes to the LID", func() bool {
			out := d.net.Outbox()
			return len(out) == 1 && out[0].To == budiLID
		})
		d.net.Set(func(n *phonetest.Network) { n.Aliases[budiLID] = phonetest.Budi })
		line.Play(phonetest.Said(budiLID, "B2", phonetest.Text("Budi it is")))
		d.is("they are one", func() bool { return contacts() == "2" })
		has(t, d.call("GET", "/conversations", "", 200), "data.0.contact.id", known, "data.0.contact.phone", "+33700000001", "data.0.id", hidden)
		d.says("data.2.body", "Budi it is")

		// A LID whose number nobody has yet: the contact gets it.
		chloe, chloeLID := types.NewJID("33700000002", types.DefaultUserServer), types.NewJID("777003", types.HiddenUserServer)
		line.Play(phonetest.Said(chloeLID, "C1", phonetest.Text("Chloé")))
		d.says("data.0.body", "Chloé")
		linked := phonetest.Said(chloeLID, "C2", phonetest.Text("with a number"))
		linked.Info.SenderAlt = chloe
		line.Play(linked)
		d.says("data.1.body", "with a number")
		has(t, d.call("GET", "/conversations", "", 200), "data.0.contact.phone", "+33700000002")
		assert.Check(t, is.Equal(contacts(), "3"), "contacts")

		// Somebody blocked stays so, by whichever name they come.
		eve, eveLID := types.NewJID("33700000003", types.DefaultUserServer), types.NewJID("777004", types.HiddenUserServer)
		line.Play(phonetest.Said(eveLID, "E1", phonetest.Text("buy this")))
		d.says("data.0.body", "buy this")
		d.call("POST", "/contacts", `{"name":"Eve","phone":"+33700000003"}`, 201)
		d.call("PATCH", "/contacts/"+d.call("GET", "/conversations", "", 200)("data.0.contact.id"), `{"blocked":true}`, 200)
		again := phonetest.Said(eveLID, "E2", phonetest.Text("buy that"))
		again.Info.SenderAlt = eve
		line.Play(again)
		d.is("it is ignored", func() bool {
			return strings.Contains(d.call("GET", "/channels/"+string(d.channel)+"/envelopes", "", 200)("data"), "blocked")
		})
		has(t, d.said(), "meta.total", "1") // nothing by whom is blocked

		// The Maveraa document's client sees the same people.
		a := d.send("GET", "/api/public/inbox/conversations?sessionId=phone-1", "", "Authorization", "Bearer "+d.key)
		assert.Check(t, is.Equal(a.StatusCode, 200), a.text)
		assert.Check(t, is.Equal(strings.Count(a.text, "remoteJid"), 4), a.text)
		assert.Check(t, is.Contains(a.text, "33700000002@s.whatsapp.net"))
		a = d.send("POST", "/api/public/inbox/send", `{"sessionId":"phone-1","targetNumber":"6281234567890","message":"Bonjour"}`, "Authorization", "Bearer "+d.key, "Content-Type", "application/json")
		assert.Check(t, is.Equal(a.StatusCode, 200), a.text)
		d.is("it is sent", func() bool { return len(d.net.Outbox()) == 2 })
	})
}
