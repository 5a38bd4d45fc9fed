package linkedphone

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waCommon"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/channels/phonetest"
)

// protocol is an edit or a deletion of the message with the id.
func protocol(kind waE2E.ProtocolMessage_Type, id string, edited *waE2E.Message) *waE2E.Message {
	return &waE2E.Message{ProtocolMessage: &waE2E.ProtocolMessage{Type: kind.Enum(), Key: &waCommon.MessageKey{ID: proto.String(id)}, EditedMessage: edited}}
}

// mine is an event of what the business did on its own phone.
func mine(id string, m *waE2E.Message) any {
	e := phonetest.Said(phonetest.Amara, id, m)
	e.Info.IsFromMe, e.Info.Sender, e.Info.PushName = true, types.NewJID(phonetest.Number, types.DefaultUserServer), "Chez Léa"
	return e
}

// TestTalkByAPhone is a conversation: in, out, ticks, a reaction, an answer, an edit, a deletion, an echo.
func TestTalkByAPhone(t *testing.T) {
	eachPhone(t, func(t *testing.T, d *phoneDesk) {
		line := d.link()
		assert.Assert(t, line.Play(phonetest.Said(phonetest.Amara, "IN1", phonetest.Text("Selamat pagi"))), "a message is not taken")
		d.says("data.0.body", "Selamat pagi")
		c := d.call("GET", "/conversations", "", 200)
		has(t, c, "data.0.contact.name", "Amara", "data.0.contact.phone", "+6281234567890", "data.0.channel", "whatsapp_web")
		talk := c("data.0.id")
		thread := d.page("/inbox/" + strings.TrimPrefix(talk, "conv_"))
		assert.Check(t, is.Contains(thread, "Selamat pagi"))
		assert.Check(t, !strings.Contains(thread, "only a template passes"), "a linked phone has no window")

		// Out, and its ticks; a late receipt takes none back.
		d.call("POST", "/conversations/"+talk+"/messages", `{"body":"Good morning"}`, 202)
		d.says("data.1.status", "sent")
		sent := d.net.Outbox()[0]
		assert.Check(t, is.Equal(sent.To, phonetest.Amara))
		assert.Check(t, is.Equal(sent.Message.GetConversation(), "Good morning"))
		assert.Check(t, strings.HasPrefix(sent.ID, "3EB0"), sent.ID)
		has(t, d.said(), "data.1.externalId", sent.ID)
		line.Play(phonetest.Told(phonetest.Amara, types.ReceiptTypeRetry, sent.ID))
		line.Play(phonetest.Told(phonetest.Amara, types.ReceiptTypeDelivered, sent.ID))
		d.says("data.1.status", "delivered")
		line.Play(phonetest.Told(phonetest.Amara, types.ReceiptTypePlayed, sent.ID, "unknown"))
		d.says("data.1.status", "read")
		line.Play(phonetest.Told(phonetest.Amara, types.ReceiptTypeDelivered, sent.ID))

		// An answer and a reaction to it, each to the right message.
		line.Play(phonetest.Said(phonetest.Amara, "IN2", &waE2E.Message{ExtendedTextMessage: &waE2E.ExtendedTextMessage{Text: proto.String("How much?"),
			ContextInfo: &waE2E.ContextInfo{StanzaID: &sent.ID, IsForwarded: proto.Bool(true)}}}))
		d.says("data.2.replyToId", d.said()("data.1.id"))
		asked := d.said()("data.2.id")
		d.call("POST", "/conversations/"+talk+"/messages", `{"body":"Ten","replyToId":"`+asked+`"}`, 202)
		d.call("POST", "/conversations/"+talk+"/messages", `{"reaction":{"messageId":"`+asked+`","emoji":"👍"}}`, 202)
		d.call("POST", "/conversations/"+talk+"/messages", `{"reaction":{"messageId":"`+d.said()("data.1.id")+`","emoji":"⭐"}}`, 202)
		d.says("data.5.status", "sent")
		out := d.net.Outbox()
		ten, quoted := out[1].Message.GetExtendedTextMessage(), out[1].Message.GetExtendedTextMessage().GetContextInfo()
		assert.Check(t, is.Equal(ten.GetText(), "Ten"))
		assert.Check(t, is.Equal(quoted.GetStanzaID(), "IN2"))
		assert.Check(t, is.Equal(quoted.GetParticipant(), phonetest.Amara.String()))
		assert.Check(t, is.Equal(quoted.GetQuotedMessage().GetConversation(), "How much?"))
		toTheirs := out[2].Message.GetReactionMessage()
		assert.Check(t, is.Equal(toTheirs.GetText(), "👍"))
		assert.Check(t, is.Equal(toTheirs.GetKey().GetID(), "IN2"))
		assert.Check(t, !toTheirs.GetKey().GetFromMe())
		toOurs := out[3].Message.GetReactionMessage()
		assert.Check(t, is.Equal(toOurs.GetText(), "⭐"))
		assert.Check(t, is.Equal(toOurs.GetKey().GetID(), sent.ID))
		assert.Check(t, toOurs.GetKey().GetFromMe())

		// A reaction of theirs and its end, an edit, a deletion, and what was written on the phone itself.
		line.Play(phonetest.Said(phonetest.Amara, "IN3", &waE2E.Message{ReactionMessage: &waE2E.ReactionMessage{Key: &waCommon.MessageKey{ID: &sent.ID, FromMe: proto.Bool(true)}, Text: proto.String("❤️")}}))
		d.says("data.6.content.reaction.messageId", d.said()("data.1.id"))
		stranger := types.NewJID("491701234567", types.DefaultUserServer)
		line.Play(phonetest.Said(stranger, "EVIL1", protocol(waE2E.ProtocolMessage_MESSAGE_EDIT, sent.ID, phonetest.Text("One cent, promised"))))
		line.Play(phonetest.Said(phonetest.Amara, "EVIL2", protocol(waE2E.ProtocolMessage_MESSAGE_EDIT, sent.ID, phonetest.Text("One cent, promised"))))
		line.Play(phonetest.Said(stranger, "EVIL3", protocol(waE2E.ProtocolMessage_REVOKE, "IN1", nil)))
		line.Play(phonetest.Said(phonetest.Amara, "IN4", protocol(waE2E.ProtocolMessage_MESSAGE_EDIT, "IN2", phonetest.Text("How much is it?"))))
		d.says("data.2.body", "How much is it?")
		line.Play(phonetest.Said(phonetest.Amara, "IN5", protocol(waE2E.ProtocolMessage_REVOKE, "IN1", nil)))
		d.says("data.0.body", "")
		line.Play(mine("ECHO", phonetest.Text("I am on my way")))
		d.says("data.7.body", "I am on my way")
		m := d.said()
		has(t, m, "data.1.body", "Good morning", // nobody else changes our message
			"data.1.status", "read", "data.2.content.forwarded", "true", "data.7.direction", "outbound", "data.7.status", "sent")
		assert.Check(t, m("data.0.deletedAt") != "<nil>", m("data.0"))
		assert.Check(t, m("data.2.editedAt") != "<nil>", m("data.2"))
		has(t, d.call("GET", "/conversations", "", 200), "data.0.contact.name", "Amara") // an echo does not rename the contact

		// The same again is the same, also as another record; groups, status news and notes to oneself are nobody's.
		again := phonetest.Said(phonetest.Amara, "IN2", phonetest.Text("How much?"))
		group := phonetest.Said(phonetest.Amara, "G1", phonetest.Text("Hi all"))
		group.Info.Chat, group.Info.IsGroup = types.NewJID("123-456", types.GroupServer), true
		status := phonetest.Said(phonetest.Amara, "S1", phonetest.Text("My day"))
		status.Info.Chat = types.StatusBroadcastJID
		self := phonetest.Said(types.NewJID(phonetest.Number, types.DefaultUserServer), "N1", phonetest.Text("Buy milk"))
		for _, event := range []any{again, again, group, status, self, phonetest.Said(phonetest.Amara, "KEY", &waE2E.Message{SenderKeyDistributionMessage: &waE2E.SenderKeyDistributionMessage{}}), phonetest.Said(phonetest.Amara, "SYNC", protocol(waE2E.ProtocolMessage_HISTORY_SYNC_NOTIFICATION, "x", nil))} {
			assert.Check(t, line.Play(event), "not taken: %v", event)
		}
		line.Play(phonetest.Said(phonetest.Amara, "LAST", phonetest.Text("Bye")))
		d.says("data.8.body", "Bye")
		has(t, d.said(), "meta.total", "9")

		// Reading tells the phone all that was read, and typing shows.
		d.call("POST", "/conversations/"+talk+"/read", "", 200)
		receipts := func(want string) {
			t.Helper()
			d.is("receipts of "+want, func() (ok bool) {
				d.net.Set(func(n *phonetest.Network) { ok = fmt.Sprint(n.Read) == want })
				return ok
			})
		}
		to := "{" + phonetest.Amara.String() + " " + phonetest.Amara.String()
		receipts("[" + to + " [IN1]} " + to + " [IN2 IN3 LAST]}]") // the first when Lea opened the thread
		line.Play(phonetest.Said(phonetest.Amara, "MORE", phonetest.Text("One more thing")))
		d.says("data.9.body", "One more thing")
		d.call("POST", "/conversations/"+talk+"/read", "", 200)
		receipts("[" + to + " [IN1]} " + to + " [IN2 IN3 LAST]} " + to + " [MORE]}]")
		d.call("POST", "/conversations/"+talk+"/typing", "", 204)
		d.is("typing shows", func() (ok bool) {
			d.net.Set(func(n *phonetest.Network) { ok = len(n.Typed) == 1 && n.Typed[0] == phonetest.Amara })
			return ok
		})
	})
}

// TestWhatAPhoneCarries is each kind of content, in and out.
func TestWhatAPhoneCarries(t *testing.T) {
	pdf := &waE2E.DocumentMessage{DirectPath: proto.String("/hidden-place"), MediaKey: []byte("key"), FileSHA256: []byte("sum"), FileEncSHA256: []byte("enc"),
		Mimetype: proto.String("application/pdf"), FileLength: proto.Uint64(3), FileName: proto.String("menu.pdf"), Caption: proto.String("Our menu")}
	in := []struct {
		m          *waE2E.Message
		kind, body string
		at, is     string // a member of the content
	}{
		{&waE2E.Message{ImageMessage: &waE2E.ImageMessage{DirectPath: proto.String("/i"), MediaKey: []byte("k"), FileSHA256: []byte("sum"), Mimetype: proto.String("image/jpeg"), Caption: proto.String("Look")}}, "image", "Look", "media.mimeType", "image/jpeg"},
		{&waE2E.Message{VideoMessage: &waE2E.VideoMessage{DirectPath: proto.String("/v"), Mimetype: proto.String("video/mp4")}}, "video", "", "media.mimeType", "video/mp4"},
		{&waE2E.Message{AudioMessage: &waE2E.AudioMessage{DirectPath: proto.String("/a"), PTT: proto.Bool(true), Mimetype: proto.String("audio/ogg; codecs=opus")}}, "voice", "", "media.mimeType", "audio/ogg; codecs=opus"},
		{&waE2E.Message{AudioMessage: &waE2E.AudioMessage{DirectPath: proto.String("/a"), Mimetype: proto.String("audio/mp4")}}, "audio", "", "media.mimeType", "audio/mp4"},
		{&waE2E.Message{DocumentMessage: pdf}, "document", "Our menu", "media.fileName", "menu.pdf"},
		{&waE2E.Message{StickerMessage: &waE2E.StickerMessage{DirectPath: proto.String("/s"), IsAnimated: proto.Bool(true), Mimetype: proto.String("image/webp")}}, "sticker", "", "media.animated", "true"},
		{&waE2E.Message{LocationMessage: &waE2E.LocationMessage{DegreesLatitude: proto.Float64(-6.2), DegreesLongitude: proto.Float64(106.8), Name: proto.String("Monas"), Address: proto.String("Jakarta")}}, "location", "Monas\nJakarta", "location.latitude", "-6.2"},
		{&waE2E.Message{ContactMessage: &waE2E.ContactMessage{DisplayName: proto.String("Budi"), Vcard: proto.String("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Budi\\, SH\r\nitem1.TEL;waid=628:+62\r\n 8\r\nEND:VCARD")}}, "contacts", "Budi, SH", "contacts.0.phones.0", "+628"},
		{&waE2E.Message{ContactsArrayMessage: &waE2E.ContactsArrayMessage{Contacts: []*waE2E.ContactMessage{{DisplayName: proto.String("A")}, {DisplayName: proto.String("B")}}}}, "contacts", "A, B", "contacts.1.name", "B"},
		{&waE2E.Message{ListResponseMessage: &waE2E.ListResponseMessage{Title: proto.String("Large"), SingleSelectReply: &waE2E.ListResponseMessage_SingleSelectReply{SelectedRowID: proto.String("l")}}}, "choice", "Large", "choice.id", "l"},
		{&waE2E.Message{TemplateButtonReplyMessage: &waE2E.TemplateButtonReplyMessage{SelectedID: proto.String("yes"), SelectedDisplayText: proto.String("Yes")}}, "choice", "Yes", "choice.kind", "quick_reply"},
		{&waE2E.Message{PollCreationMessage: &waE2E.PollCreationMessage{Name: proto.String("Lunch?")}}, "unsupported", "", "raw.pollCreationMessage.name", "Lunch?"},
	}
	eachPhone(t, func(t *testing.T, d *phoneDesk) {
		line := d.link()
		for i, c := range in {
			line.Play(phonetest.Said(phonetest.Amara, fmt.Sprint("IN", i), c.m))
			at := fmt.Sprintf("data.%d.", i)
			d.says(at+"type", c.kind)
			has(t, d.said(), at+"body", c.body, at+"content."+c.at, c.is)
		}
		all := d.said()("data")
		assert.Check(t, is.Contains(all, "menu.pdf"))
		for what, secret := range map[string]string{"key": "a2V5", "place": "hidden-place"} {
			assert.Check(t, !strings.Contains(all, secret), "an answer tells the %s of a file: %s", what, all)
		}
		once := phonetest.Said(phonetest.Amara, "ONCE", &waE2E.Message{ImageMessage: &waE2E.ImageMessage{DirectPath: proto.String("/o")}})
		once.IsViewOnce = true
		line.Play(once)
		d.says(fmt.Sprintf("data.%d.type", len(in)), "unsupported")

		talk := d.call("GET", "/conversations", "", 200)("data.0.id")
		for _, body := range []string{`{"location":{"latitude":48.85,"longitude":2.35,"name":"Paris"}}`, `{"contacts":[{"name":"Bob; Jr","phones":["+1 202-555-0100"]}]}`, `{"contacts":[{"name":"A"},{"name":"B"}]}`} {
			d.call("POST", "/conversations/"+talk+"/messages", body, 202)
		}
		d.is("they are sent", func() bool { return len(d.net.Outbox()) == 3 })
		out := d.net.Outbox()
		paris, card := out[0].Message.GetLocationMessage(), out[1].Message.GetContactMessage().GetVcard()
		assert.Check(t, is.Equal(paris.GetDegreesLatitude(), 48.85))
		assert.Check(t, is.Equal(paris.GetDegreesLongitude(), 2.35))
		assert.Check(t, is.Equal(paris.GetName(), "Paris"))
		assert.Check(t, is.Contains(card, `FN:Bob\; Jr`))
		assert.Check(t, is.Contains(card, "TEL;type=CELL;waid=12025550100:+1 202-555-0100"))
		assert.Check(t, is.Len(out[2].Message.GetContactsArrayMessage().GetContacts(), 2))
		d.call("POST", "/conversations/"+talk+"/messages", `{"template":{"name":"hello","language":"en"}}`, 422)
	})
}

// TestWhatAPhoneCannotSend is each way in which sending fails.
func TestWhatAPhoneCannotSend(t *testing.T) {
	eachPhone(t, func(t *testing.T, d *phoneDesk) {
		d.link()
		tries := 0
		d.net.Set(func(n *phonetest.Network) {
			n.Absent["15550000001"] = true
			n.Fails = func(s phonetest.Sending) error {
				switch tries++; s.Message.GetConversation() {
				case "refused":
					return fmt.Errorf("%w 463", whatsmeow.ErrServerReturnedError)
				case "silence":
					return whatsmeow.ErrMessageTimedOut
				case "keys":
					if tries < 10 {
						tries = 10
						return whatsmeow.ErrIQTimedOut
					}
				case "odd":
					return errors.New("something else")
				}
				return nil
			}
		})
		to := func(number, body string) func(string) string {
			return d.call("POST", "/messages", `{"sessionId":"phone-1","to":"`+number+`","body":"`+body+`"}`, 202)
		}
		status := func(id, want, code string) {
			t.Helper()
			d.is(want+" "+code, func() bool {
				m := d.call("GET", "/messages/"+id, "", 200)
				return m("status") == want && (code == "" || m("error.code") == code)
			})
		}
		status(to("+15550000001", "hello")("id"), "failed", "not_on_whatsapp")
		status(to("+15550000002", "refused")("id"), "failed", "refused")
		status(to("+15550000003", "keys")("id"), "sent", "")
		for i, body := range []string{"silence", "odd"} {
			id := to(fmt.Sprint("+1555000001", i), body)("id")
			d.is("nobody knows", func() bool {
				return strings.Contains(fmt.Sprint(d.net.Outbox()), body)
			})
			if i == 0 { // a receipt proves it
				for _, s := range d.net.Outbox() {
					if s.Message.GetConversation() == body {
						d.net.Standing(phonetest.Device).Play(phonetest.Told(s.To, types.ReceiptTypeDelivered, s.ID))
					}
				}
				status(id, "delivered", "")
				continue
			}
			d.Clock.Pass(11 * time.Second)
			status(id, "failed", "unconfirmed")
			// Sent again by a person it is the same message to the phone that gets it.
			d.net.Set(func(n *phonetest.Network) { n.Fails = nil })
			d.form("/inbox/" + strings.TrimPrefix(d.call("GET", "/messages/"+id, "", 200)("conversationId"), "conv_") + "/messages/" + strings.TrimPrefix(id, "msg_") + "/retry")
			status(id, "sent", "")
			var ids []string
			for _, s := range d.net.Outbox() {
				if s.Message.GetConversation() == body {
					ids = append(ids, s.ID)
				}
			}
			if assert.Check(t, is.Len(ids, 2)) {
				assert.Check(t, is.Equal(ids[0], ids[1]), "sent twice as two messages")
			}
		}
	})
}
