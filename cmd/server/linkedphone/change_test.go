package linkedphone

import (
	"strings"
	"testing"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/channels/phonetest"
)

// TestWhatWeSentIsChangedOnThePhone is edits and deletions of our own messages: carried out, refused, unanswered, too late.
func TestWhatWeSentIsChangedOnThePhone(t *testing.T) {
	eachPhone(t, func(t *testing.T, d *phoneDesk) {
		line := d.link()
		line.Play(phonetest.Said(phonetest.Amara, "IN1", phonetest.Text("How much?")))
		d.says("data.0.body", "How much?")
		talk := d.call("GET", "/conversations", "", 200)("data.0.id")
		say := func(body string) (id string) {
			return d.call("POST", "/conversations/"+talk+"/messages", `{"body":"`+body+`"}`, 202)("id")
		}
		message := func(id string) func(string) string { return d.call("GET", "/messages/"+id, "", 200) }
		becomes := func(id, path, want string) {
			t.Helper()
			d.is(path+" is "+want, func() bool { return message(id)(path) == want })
		}

		// An edit: until the phone took it, everybody sees what the contact sees.
		ten := say("Ten euro")
		becomes(ten, "status", "sent")
		fails := func(with error) {
			d.net.Set(func(n *phonetest.Network) {
				if n.Fails = nil; with != nil {
					n.Fails = func(phonetest.Sending) error { return with }
				}
			})
		}
		fails(whatsmeow.ErrMessageTimedOut)
		has(t, d.call("PATCH", "/messages/"+ten, `{"body":"Ten euros"}`, 202), "body", "Ten euro", "change.kind", "edit", "change.body", "Ten euros", "change.status", "queued", "editedAt", "<nil>")
		d.is("a try without an answer", func() bool { return len(d.net.Outbox()) > 1 })
		becomes(ten, "change.error.code", "no_answer")
		// A receipt does not take the edit out of the queue, and what is written meanwhile does not wait behind it.
		line.Play(phonetest.Told(phonetest.Amara, types.ReceiptTypeRead, d.net.Outbox()[0].ID))
		becomes(ten, "status", "read")
		assert.Check(t, is.Contains(d.page("/inbox/"+strings.TrimPrefix(talk, "conv_")), "Waiting to be edited to “Ten euros”"))
		fails(nil)
		next := say("Tax included")
		becomes(next, "status", "sent")
		d.Clock.Pass(5 * time.Second)
		becomes(ten, "body", "Ten euros")
		m := message(ten)
		has(t, m, "change", "<nil>", "status", "read", "error", "<nil>")
		assert.Check(t, m("editedAt") != "<nil>", m(""))
		var edits []phonetest.Sending
		for _, s := range d.net.Outbox() {
			if s.Message.GetEditedMessage() != nil {
				edits = append(edits, s)
			}
		}
		assert.Assert(t, len(edits) >= 2, "the edit was tried %d times", len(edits))
		assert.Check(t, is.Equal(edits[0].ID, edits[1].ID))
		assert.Check(t, is.Equal(edits[0].To, phonetest.Amara))
		edit := edits[0].Message.GetEditedMessage().GetMessage().GetProtocolMessage()
		assert.Check(t, is.Equal(edit.GetType(), waE2E.ProtocolMessage_MESSAGE_EDIT))
		assert.Check(t, is.Equal(edit.GetKey().GetID(), d.net.Outbox()[0].ID))
		assert.Check(t, edit.GetKey().GetFromMe())
		assert.Check(t, is.Equal(edit.GetKey().GetRemoteJID(), phonetest.Amara.String()))
		assert.Check(t, is.Equal(edit.GetEditedMessage().GetConversation(), "Ten euros"))

		// A refusal stays on the message until the next try, which passes.
		fails(whatsmeow.ErrServerReturnedError)
		d.call("PATCH", "/messages/"+next, `{"body":"No tax"}`, 202)
		becomes(next, "change.status", "failed")
		has(t, message(next), "body", "Tax included", "change.error.code", "refused", "status", "sent")
		assert.Check(t, is.Contains(d.page("/inbox/"+strings.TrimPrefix(talk, "conv_")), "Not edited to “No tax”"))
		fails(nil)
		d.call("DELETE", "/messages/"+next, "", 202)
		d.is("it is deleted", func() bool { return message(next)("deletedAt") != "<nil>" })
		out := d.net.Outbox()
		revoke := out[len(out)-1].Message.GetProtocolMessage()
		assert.Check(t, is.Equal(revoke.GetType(), waE2E.ProtocolMessage_REVOKE))
		assert.Check(t, is.Equal(revoke.GetKey().GetID(), message(next)("externalId")))
		assert.Check(t, revoke.GetKey().GetFromMe())
		has(t, message(next), "body", "", "change", "<nil>")

		// What has not left is changed here alone, and never leaves when it is deleted.
		line.Disconnect()
		before := len(d.net.Outbox())
		edited, deleted := say("See you"), say("Forget it")
		becomes(edited, "error.code", "not_connected")
		has(t, d.call("PATCH", "/messages/"+edited, `{"body":"See you at nine"}`, 200), "body", "See you at nine", "status", "queued")
		has(t, d.call("DELETE", "/messages/"+deleted, "", 200), "status", "failed", "error.code", "withdrawn", "body", "")
		d.call("POST", "/messages/"+deleted+"/retry", "", 409)
		assert.NilError(t, line.Connect(t.Context()))
		d.Clock.Pass(10 * time.Second)
		becomes(edited, "status", "sent")
		if out := d.net.Outbox()[before:]; assert.Check(t, is.Len(out, 1)) {
			assert.Check(t, is.Equal(out[0].Message.GetConversation(), "See you at nine"))
		}

		// What nobody confirmed may be edited, or sent again: then the edit that waits is given up.
		fails(whatsmeow.ErrMessageTimedOut)
		unsure := say("Bring a coat")
		becomes(unsure, "error.code", "no_answer")
		d.Clock.Pass(11 * time.Second)
		becomes(unsure, "error.code", "unconfirmed")
		d.call("PATCH", "/messages/"+unsure, `{"body":"Bring an umbrella"}`, 202)
		becomes(unsure, "change.error.code", "no_answer")
		fails(nil)
		has(t, d.call("POST", "/messages/"+unsure+"/retry", "", 202), "change", "<nil>", "status", "queued")
		becomes(unsure, "status", "sent")

		// Some time later the phone would not take it.
		d.Clock.Pass(16 * time.Minute)
		d.refused("PATCH", "/messages/"+edited, `{"body":"x"}`, 409, "too_late")
		d.Clock.Pass(48 * time.Hour)
		d.refused("DELETE", "/messages/"+edited, "", 409, "too_late")
		has(t, d.call("GET", "/channels/"+string(d.channel), "", 200), "capabilities.editMinutes", "15", "capabilities.deleteMinutes", "2880")
	})
}
