package linkedphone

import (
	"strings"
	"testing"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"

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
		if m := d.call("PATCH", "/messages/"+ten, `{"body":"Ten euros"}`, 202); m("body") != "Ten euro" || m("change.kind") != "edit" || m("change.body") != "Ten euros" || m("change.status") != "queued" || m("editedAt") != "<nil>" {
			t.Error(m(""))
		}
		d.is("a try without an answer", func() bool { return len(d.net.Outbox()) > 1 })
		becomes(ten, "change.error.code", "no_answer")
		// A receipt does not take the edit out of the queue, and what is written meanwhile does not wait behind it.
		line.Play(phonetest.Told(phonetest.Amara, types.ReceiptTypeRead, d.net.Outbox()[0].ID))
		becomes(ten, "status", "read")
		if !strings.Contains(d.page("/inbox/"+strings.TrimPrefix(talk, "conv_")), "Waiting to be edited to “Ten euros”") {
			t.Error("the thread does not tell of the edit")
		}
		fails(nil)
		next := say("Tax included")
		becomes(next, "status", "sent")
		d.Clock.Pass(5 * time.Second)
		becomes(ten, "body", "Ten euros")
		if m := message(ten); m("change") != "<nil>" || m("editedAt") == "<nil>" || m("status") != "read" || m("error") != "<nil>" {
			t.Error(m(""))
		}
		var edits []phonetest.Sending
		for _, s := range d.net.Outbox() {
			if s.Message.GetEditedMessage() != nil {
				edits = append(edits, s)
			}
		}
		if p := edits[0].Message.GetEditedMessage().GetMessage().GetProtocolMessage(); len(edits) < 2 || edits[0].ID != edits[1].ID || edits[0].To != phonetest.Amara || p.GetType() != waE2E.ProtocolMessage_MESSAGE_EDIT ||
			p.GetKey().GetID() != d.net.Outbox()[0].ID || !p.GetKey().GetFromMe() || p.GetKey().GetRemoteJID() != phonetest.Amara.String() || p.GetEditedMessage().GetConversation() != "Ten euros" {
			t.Error(edits)
		}

		// A refusal stays on the message until the next try, which passes.
		fails(whatsmeow.ErrServerReturnedError)
		d.call("PATCH", "/messages/"+next, `{"body":"No tax"}`, 202)
		becomes(next, "change.status", "failed")
		if m := message(next); m("body") != "Tax included" || m("change.error.code") != "refused" || m("status") != "sent" {
			t.Error(m(""))
		}
		if !strings.Contains(d.page("/inbox/"+strings.TrimPrefix(talk, "conv_")), "Not edited to “No tax”") {
			t.Error("the thread does not tell of the refusal")
		}
		fails(nil)
		d.call("DELETE", "/messages/"+next, "", 202)
		d.is("it is deleted", func() bool { return message(next)("deletedAt") != "<nil>" })
		out := d.net.Outbox()
		if p := out[len(out)-1].Message.GetProtocolMessage(); p.GetType() != waE2E.ProtocolMessage_REVOKE || p.GetKey().GetID() != message(next)("externalId") || !p.GetKey().GetFromMe() {
			t.Error(p)
		}
		if m := message(next); m("body") != "" || m("change") != "<nil>" {
			t.Error(m(""))
		}

		// What has not left is changed here alone, and never leaves when it is deleted.
		line.Disconnect()
		before := len(d.net.Outbox())
		edited, deleted := say("See you"), say("Forget it")
		becomes(edited, "error.code", "not_connected")
		if m := d.call("PATCH", "/messages/"+edited, `{"body":"See you at nine"}`, 200); m("body") != "See you at nine" || m("status") != "queued" {
			t.Error(m(""))
		}
		if m := d.call("DELETE", "/messages/"+deleted, "", 200); m("status") != "failed" || m("error.code") != "withdrawn" || m("body") != "" {
			t.Error(m(""))
		}
		d.call("POST", "/messages/"+deleted+"/retry", "", 409)
		if err := line.Connect(t.Context()); err != nil {
			t.Fatal(err)
		}
		d.Clock.Pass(10 * time.Second)
		becomes(edited, "status", "sent")
		if out := d.net.Outbox()[before:]; len(out) != 1 || out[0].Message.GetConversation() != "See you at nine" {
			t.Error(out)
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
		if m := d.call("POST", "/messages/"+unsure+"/retry", "", 202); m("change") != "<nil>" || m("status") != "queued" {
			t.Error(m(""))
		}
		becomes(unsure, "status", "sent")

		// Some time later the phone would not take it.
		d.Clock.Pass(16 * time.Minute)
		if m := d.call("PATCH", "/messages/"+edited, `{"body":"x"}`, 409); m("code") != "too_late" {
			t.Error(m(""))
		}
		d.Clock.Pass(48 * time.Hour)
		if m := d.call("DELETE", "/messages/"+edited, "", 409); m("code") != "too_late" {
			t.Error(m(""))
		}
		if c := d.call("GET", "/channels/"+string(d.channel), "", 200); c("capabilities.editMinutes") != "15" || c("capabilities.deleteMinutes") != "2880" {
			t.Error(c("capabilities"))
		}
	})
}
