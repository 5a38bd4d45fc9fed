package linkedphone

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mau.fi/whatsmeow/proto/waCommon"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/proto/waWeb"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/channels/phonetest"
)

// linkWithGroups switches groups on by the API and links a phone.
func (d *phoneDesk) linkWithGroups(config string) *phonetest.Line {
	d.t.Helper()
	d.is("a line waits", func() bool { return d.net.Waiting() != nil })
	lines := d.net.Lines()
	has(d.t, d.call("PATCH", "/channels/"+string(d.channel), `{"config":`+config+`}`, 200), "config.groups", "true")
	d.is("the line begins anew", func() bool { return d.net.Lines() > lines && d.net.Waiting() != nil })
	return d.link()
}

// TestGroupsAreOffUnlessSwitchedOn: that something was said in one is noted, what it was is not; the page's switch takes groups in.
func TestGroupsAreOffUnlessSwitchedOn(t *testing.T) {
	eachPhone(t, func(t *testing.T, d *phoneDesk) {
		line := d.link()
		d.net.Set(func(n *phonetest.Network) { n.Groups[phonetest.Family] = "Family" })
		told := phonetest.Told(phonetest.Amara, types.ReceiptTypeRead, "X")
		told.Chat, told.IsGroup = phonetest.Family, true
		for _, event := range []any{phonetest.InGroup(phonetest.Family, phonetest.Amara, "Amara", "G1", phonetest.Text("a secret")), told, &events.GroupInfo{JID: phonetest.Family, Name: &types.GroupName{Name: "F"}}} {
			assert.Check(t, line.Play(event), "not taken: %v", event)
		}
		var e string
		d.is("the reason is told", func() bool {
			e = d.send("GET", "/api/v2/public/channels/"+string(d.channel)+"/envelopes", "", "Authorization", "Bearer "+d.key).text
			return strings.Contains(e, "groups are not switched on for this channel")
		})
		has(t, d.call("GET", "/contacts", "", 200), "meta.total", "0")
		assert.Check(t, is.Equal(strings.Count(e, `"what"`), 1), e)
		d.net.Set(func(n *phonetest.Network) { assert.Check(t, is.Len(n.GroupsAsked, 0)) })
		a := d.form(d.at(), "name", "Front desk", "sessionId", "phone-1", "config.throughput", "1000", "config.groups", "true")
		assert.Equal(t, a.StatusCode, 303, a.text)
		has(t, d.call("GET", "/channels/"+string(d.channel), "", 200), "config.groups", "true", "config.history", "false")
		d.is("the line is made anew", func() bool { l := d.net.Standing(phonetest.Device); return l != nil && l != line })
		line = d.standing()
		line.Play(phonetest.InGroup(phonetest.Family, phonetest.Amara, "Amara", "G2", phonetest.Text("hello all")))
		d.says("data.0.body", "hello all")
		has(t, d.said(), "meta.total", "1")
	})
}

// TestGroups is a group's conversation: who wrote what, answers to them, ticks, receipts, edits, names.
func TestGroups(t *testing.T) {
	eachPhone(t, func(t *testing.T, d *phoneDesk) {
		d.net.Set(func(n *phonetest.Network) { n.Groups[phonetest.Family] = "Family" })
		line := d.linkWithGroups(`{"groups":true}`)
		line.Play(phonetest.Said(phonetest.Amara, "P1", phonetest.Text("in private")))
		d.says("data.0.body", "in private")
		hidden := types.NewJID("777009", types.HiddenUserServer)
		for _, e := range []any{phonetest.InGroup(phonetest.Family, phonetest.Amara, "Amara", "G1", phonetest.Text("Who comes?")), phonetest.InGroup(phonetest.Family, phonetest.Budi, "Budi", "G2", phonetest.Text("Me")), phonetest.InGroup(phonetest.Family, hidden, "", "G3", phonetest.Text("Me too"))} {
			line.Play(e)
		}
		d.says("data.2.body", "Me too")
		c := d.call("GET", "/conversations", "", 200)
		has(t, c, "meta.total", "2", "data.0.contact.name", "Family", "data.0.contact.phone", "<nil>", "data.0.unreadCount", "3")
		talk, group := c("data.0.id"), c("data.0.contact.id")
		m := d.said()
		for i, want := range []string{"Amara map[externalId:6281234567890@s.whatsapp.net name:Amara phone:+6281234567890]", "Budi map[externalId:33700000001@s.whatsapp.net name:Budi phone:+33700000001]", "777009@lid map[externalId:777009@lid name:777009@lid]"} {
			got := m(fmt.Sprintf("data.%d.author.name", i)) + " " + m(fmt.Sprintf("data.%d.content.participant", i))
			assert.Check(t, is.Equal(got, want), "who wrote message %d", i)
		}
		d.net.Set(func(n *phonetest.Network) {
			assert.Check(t, is.Len(n.GroupsAsked, 1), "how often its name was asked for")
		})

		// Out: each goes to the group and names who it answers.
		line.Play(phonetest.InGroup(phonetest.Family, phonetest.Amara, "Amara", "G4", &waE2E.Message{ReactionMessage: &waE2E.ReactionMessage{Key: &waCommon.MessageKey{ID: proto.String("G2")}, Text: proto.String("❤️")}}))
		d.says("data.3.type", "reaction")
		d.call("POST", "/conversations/"+talk+"/messages", `{"body":"And you?","replyToId":"`+m("data.2.id")+`"}`, 202)
		d.call("POST", "/conversations/"+talk+"/messages", `{"reaction":{"messageId":"`+m("data.0.id")+`","emoji":"👍"}}`, 202)
		d.call("POST", "/conversations/"+talk+"/messages", `{"attachments":[{"id":"`+d.upload("menu.txt", "soup")+`"}],"replyToId":"`+m("data.0.id")+`"}`, 202)
		d.says("data.6.status", "sent")
		out := d.net.Outbox()
		for _, s := range out {
			assert.Check(t, is.Equal(s.To, phonetest.Family))
		}
		answered := out[0].Message.GetExtendedTextMessage().GetContextInfo()
		assert.Check(t, is.Equal(answered.GetParticipant(), hidden.String()))
		assert.Check(t, is.Equal(answered.GetStanzaID(), "G3"))
		liked := out[1].Message.GetReactionMessage().GetKey()
		assert.Check(t, is.Equal(liked.GetParticipant(), phonetest.Amara.String()))
		assert.Check(t, is.Equal(liked.GetRemoteJID(), phonetest.Family.String()))
		assert.Check(t, !liked.GetFromMe())
		assert.Check(t, is.Equal(out[2].Message.GetDocumentMessage().GetContextInfo().GetParticipant(), phonetest.Amara.String()))
		for _, tick := range []struct {
			who  types.JID
			kind types.ReceiptType
			is   string
		}{{phonetest.Amara, types.ReceiptTypeDelivered, "delivered"}, {phonetest.Budi, types.ReceiptTypeRead, "read"}, {hidden, types.ReceiptTypeDelivered, "read"}} {
			told := phonetest.Told(tick.who, tick.kind, out[0].ID)
			told.Chat, told.IsGroup = phonetest.Family, true
			line.Play(told)
			d.says("data.4.status", tick.is)
		}

		// What was read is told to each who wrote it.
		d.call("POST", "/conversations/"+talk+"/read", "", 200)
		d.is("each is told", func() bool {
			var read []string
			d.net.Set(func(n *phonetest.Network) {
				for _, r := range n.Read {
					read = append(read, fmt.Sprint(r))
				}
			})
			slices.Sort(read)
			f := phonetest.Family.String()
			return slices.Equal(read, []string{"{" + f + " " + phonetest.Budi.String() + " [G2]}", "{" + f + " " + phonetest.Amara.String() + " [G1 G4]}", "{" + f + " " + hidden.String() + " [G3]}"})
		})

		// An edit is its writer's alone; a deletion leaves who wrote it.
		line.Play(phonetest.InGroup(phonetest.Family, phonetest.Budi, "Budi", "G5", protocol(waE2E.ProtocolMessage_MESSAGE_EDIT, "G1", phonetest.Text("Nobody comes"))))
		line.Play(phonetest.InGroup(phonetest.Family, phonetest.Amara, "Amara", "G6", protocol(waE2E.ProtocolMessage_MESSAGE_EDIT, "G1", phonetest.Text("Who comes today?"))))
		d.says("data.0.body", "Who comes today?")
		line.Play(phonetest.InGroup(phonetest.Family, phonetest.Budi, "Budi", "G7", protocol(waE2E.ProtocolMessage_REVOKE, "G2", nil)))
		d.is("it is deleted", func() bool { return d.said()("data.1.deletedAt") != "<nil>" })
		echo := phonetest.InGroup(phonetest.Family, types.NewJID(phonetest.Number, types.DefaultUserServer), "Chez Léa", "G8", phonetest.Text("From the phone"))
		echo.Info.IsFromMe = true
		line.Play(echo)
		d.says("data.7.body", "From the phone")
		has(t, d.said(), "data.7.direction", "outbound", "data.7.content", "<nil>", "data.1.author.name", "Budi", "data.1.content.participant.name", "Budi", "data.0.content.participant.name", "Amara")

		// The pages name who wrote on each row, and the group in the list.
		page := d.page("/inbox/" + strings.TrimPrefix(talk, "conv_"))
		for _, name := range []string{"Family", "<b>Amara</b>", "<b>Budi</b>", "<b>777009@lid</b>"} {
			assert.Check(t, is.Contains(page, name))
		}
		page = d.page("/contacts/" + strings.TrimPrefix(group, "con_"))
		assert.Check(t, is.Contains(page, "Family"))
		assert.Check(t, !strings.Contains(page, "120363001"), "the contact's page shows the group's id: %s", page)

		// A group is nobody: it has no number and is not merged.
		person := d.call("GET", "/contacts?q=%2B6281234567890", "", 200)("data.0.id")
		d.refused("PATCH", "/contacts/"+group, `{"phone":"+33700000009"}`, 409, "contact_is_group")
		d.refused("POST", "/contacts/"+person+"/merge", `{"from":"`+group+`"}`, 409, "contact_is_group")
		d.refused("POST", "/contacts/"+group+"/merge", `{"from":"`+person+`"}`, 409, "contact_is_group")

		// Its name follows the group's; one without a name goes by its id until it has one.
		line.Play(&events.GroupInfo{JID: phonetest.Family, Name: &types.GroupName{Name: "Big family"}, Timestamp: time.Now()})
		unnamed := types.NewJID("120363002", types.GroupServer)
		line.Play(&events.GroupInfo{JID: unnamed, Name: &types.GroupName{}, Timestamp: time.Now()})
		line.Play(phonetest.InGroup(unnamed, phonetest.Amara, "Amara", "U1", phonetest.Text("no name")))
		d.says("data.0.body", "no name")
		d.is("each goes by its name, or by its id", func() bool {
			c := d.call("GET", "/conversations", "", 200)
			return c("data.0.contact.name") == unnamed.String() && c("data.1.contact.name") == "Big family"
		})
		line.Play(&events.JoinedGroup{GroupInfo: types.GroupInfo{JID: unnamed, GroupName: types.GroupName{Name: "Named"}}})
		d.is("it is named", func() bool { return d.call("GET", "/conversations", "", 200)("data.0.contact.name") == "Named" })

		// Broadcast lists stay out, as do channels; the Maveraa document's client sees the group.
		list := phonetest.InGroup(types.NewJID("1-2", types.BroadcastServer), phonetest.Amara, "Amara", "BL", phonetest.Text("to many"))
		line.Play(list)
		a := d.send("GET", "/api/public/inbox/conversations?sessionId=phone-1", "", "Authorization", "Bearer "+d.key)
		assert.Check(t, is.Equal(a.StatusCode, 200), a.text)
		assert.Check(t, is.Equal(strings.Count(a.text, "remoteJid"), 3), a.text)
		assert.Check(t, is.Contains(a.text, `"120363001@g.us"`))
	})
}

// refused calls the API and expects a refusal with the code.
func (d *phoneDesk) refused(method, path, body string, status int, code string) {
	d.t.Helper()
	has(d.t, d.call(method, path, body, status), "code", code)
}

// TestHistoryOfGroups: with both switches on, what was said in a group before is there with who said it.
func TestHistoryOfGroups(t *testing.T) {
	eachPhone(t, func(t *testing.T, d *phoneDesk) {
		line := d.linkWithGroups(`{"groups":true,"history":true}`)
		year := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
		by := func(who types.JID, name string, m *waWeb.WebMessageInfo) *waWeb.WebMessageInfo {
			m.Participant, m.PushName = proto.String(who.String()), &name
			return m
		}
		d.net.Set(func(n *phonetest.Network) { n.Aliases[phonetest.AmaraLID] = phonetest.Amara })
		line.Play(phonetest.History(talks{phonetest.Family: {
			phonetest.Past("G4", true, year.Add(3*time.Minute), phonetest.Text("ours")),
			by(phonetest.AmaraLID, "Amara", phonetest.Past("G3", false, year.Add(2*time.Minute), phonetest.Text("three"))),
			by(phonetest.Budi, "Budi", phonetest.Past("G2", false, year.Add(time.Minute), phonetest.Text("two"))),
			phonetest.Past("G1", false, year, phonetest.Text("by nobody")),
		}}))
		d.says("data.2.body", "ours")
		c, m := d.call("GET", "/conversations", "", 200), d.said()
		has(t, c, "data.0.contact.name", "In the phone's book", "data.0.status", "closed")
		has(t, m, "meta.total", "3", "data.0.author.name", "Budi", "data.1.content.participant", "map[externalId:777001@lid name:Amara phone:+6281234567890]", "data.2.direction", "outbound")
		d.net.Set(func(n *phonetest.Network) {
			assert.Check(t, is.Len(n.GroupsAsked, 0), "WhatsApp was asked for a name that the phone told")
		})
	})
}
