package linkedphone

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.mau.fi/whatsmeow/proto/waCommon"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/proto/waWeb"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"

	"mauve/channels/phonetest"
)

type talks = map[types.JID][]*waWeb.WebMessageInfo

// linkWithHistory switches the history on by the API and links a phone.
func (d *phoneDesk) linkWithHistory() *phonetest.Line {
	d.t.Helper()
	if on := d.call("PATCH", "/channels/"+string(d.channel), `{"config":{"history":true}}`, 200)("config.history"); on != "true" {
		d.t.Error("the history is", on)
	}
	d.is("a line that asks for the history waits", func() bool { l := d.net.Waiting(); return l != nil && l.History })
	line := d.link()
	if !line.History {
		d.t.Error("the linked phone's line does not ask for the history")
	}
	return line
}

// TestHistoryIsOffUnlessSwitchedOn: nobody asks for it and nothing is kept of it; the page's switch turns it on before a phone is linked.
func TestHistoryIsOffUnlessSwitchedOn(t *testing.T) {
	eachPhone(t, func(t *testing.T, d *phoneDesk) {
		is := func(value string) {
			t.Helper()
			if c := d.call("GET", "/channels/"+string(d.channel), "", 200); c("config.history") != value || c("config.throughput") != "1000" {
				t.Error("the history is", c("config"))
			}
		}
		is("false")
		d.is("a line waits", func() bool { return d.net.Waiting() != nil })
		if d.net.Waiting().History {
			t.Error("it is asked for")
		}
		lines := d.net.Lines()
		save := func(pairs ...string) {
			t.Helper()
			if a := d.form(d.at(), append([]string{"name", "Front desk", "sessionId", "phone-1", "config.throughput", "1000"}, pairs...)...); a.StatusCode != 303 {
				t.Fatal(a.StatusCode, a.text)
			}
		}
		save() // nothing was turned: the codes on the page stay good
		save("config.history", "true")
		is("true")
		d.is("the line begins anew and asks for it", func() bool { l := d.net.Waiting(); return l != nil && l.History })
		if n := d.net.Lines(); n != lines+1 {
			t.Error(n-lines, "lines were made anew")
		}
		if page := d.page(d.at()); !strings.Contains(page, `value="true" checked`) {
			t.Error("the page does not show it ticked")
		}
		save()
		is("false")
		line := d.link()
		if line.History || !line.Play(phonetest.History(talks{phonetest.Amara: {phonetest.Past("H1", false, time.Now().Add(-time.Hour), phonetest.Text("old"))}})) {
			t.Error("it is asked for, or not taken")
		}
		line.Play(phonetest.Said(phonetest.Amara, "IN1", phonetest.Text("new")))
		d.says("data.0.body", "new")
		if n := d.call("GET", "/channels/"+string(d.channel)+"/envelopes", "", 200)("meta.total"); n != "1" {
			t.Error(n, "records")
		}
		d.call("PATCH", "/channels/"+string(d.channel), `{"config":{"history":"yes"}}`, 422)
		made := d.send("POST", "/api/v2/public/channels", `{"kind":"sandbox","name":"S","config":{"history":true}}`, "Authorization", "Bearer "+d.key, "Content-Type", "application/json")
		if made.StatusCode != 422 || !strings.Contains(made.text, "config.history") {
			t.Error(made.StatusCode, made.text)
		}
	})
}

// TestHistory is a history with everything in it: each message stands at its time on its side and wakes nobody.
func TestHistory(t *testing.T) {
	eachPhone(t, func(t *testing.T, d *phoneDesk) {
		hook := d.call("POST", "/webhooks", `{"url":"http://127.0.0.1:1/","events":["message.created","message.updated","message.status","conversation.created","conversation.status","contact.created","contact.updated"]}`, 201)("id")
		line := d.linkWithHistory()
		year := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
		sum := sha256.Sum256(picture)
		photo := func(path string) *waE2E.Message {
			return &waE2E.Message{ImageMessage: &waE2E.ImageMessage{DirectPath: &path, MediaKey: []byte("k"), FileSHA256: sum[:], Mimetype: proto.String("image/png")}}
		}
		d.net.Set(func(n *phonetest.Network) { n.Files["/photo"] = picture })
		keyless := phonetest.Past("", false, year, phonetest.Text("who?"))
		keyless.Key = nil
		liked := phonetest.Past("H2", true, year.Add(time.Minute), phonetest.Text("Ten"))
		liked.Reactions = []*waWeb.Reaction{{Key: &waCommon.MessageKey{ID: proto.String("H2R")}, Text: proto.String("👍"), SenderTimestampMS: proto.Int64(year.Add(2 * time.Minute).UnixMilli())}, {Key: &waCommon.MessageKey{ID: proto.String("H2G")}}}
		named := phonetest.Past("H1", false, year, &waE2E.Message{EphemeralMessage: &waE2E.FutureProofMessage{Message: phonetest.Text("How much?")}})
		named.PushName = proto.String("Amara")
		group := types.NewJID("123-456", types.GroupServer)
		past := phonetest.History(talks{
			phonetest.Amara: { // newest first, as the phone sends them
				{Key: &waCommon.MessageKey{ID: proto.String("STUB")}, MessageStubType: waWeb.WebMessageInfo_CIPHERTEXT.Enum()},
				phonetest.Past("H6", false, year.Add(time.Hour), photo("/gone")),
				phonetest.Past("H5", false, year.Add(4*time.Minute), photo("/photo")),
				phonetest.Past("H4", true, year.Add(3*time.Minute), &waE2E.Message{ExtendedTextMessage: &waE2E.ExtendedTextMessage{Text: proto.String("and three"), ContextInfo: &waE2E.ContextInfo{StanzaID: proto.String("H1")}}}),
				phonetest.Past("H3", true, year.Add(3*time.Minute), phonetest.Text("two")),
				liked, named, keyless, nil,
				phonetest.Past("E", true, year, protocol(waE2E.ProtocolMessage_REVOKE, "H3", nil)),
				phonetest.Past("X", false, year, protocol(waE2E.ProtocolMessage_MESSAGE_EDIT, "H0", phonetest.Text("as it was edited"))),
			},
			phonetest.Budi:           {phonetest.Past("B1", false, time.Unix(0, 0), phonetest.Text("from 1970")), phonetest.Past("B2", false, time.Now().Add(time.Hour*24*365), phonetest.Text("from the future"))},
			types.StatusBroadcastJID: {phonetest.Past("S1", false, year, phonetest.Text("my day"))},
			group:                    {phonetest.Past("G1", false, year, phonetest.Text("hi all"))},
			types.NewJID(phonetest.Number, types.DefaultUserServer): {phonetest.Past("N1", true, year, phonetest.Text("buy milk"))},
			{}: {phonetest.Past("Z1", false, year, phonetest.Text("nobody's"))},
		})
		before := time.Now().Add(-time.Minute)
		if first, again := line.Play(past), line.Play(past); !first || !again {
			t.Fatal("the history is not taken")
		}
		d.is("it is all there", func() bool {
			c := d.call("GET", "/conversations", "", 200)
			return c("meta.total") == "2" && c("data.1.lastMessage.createdAt") == "2024-05-06T08:08:09.000Z" && d.said()("meta.total") == "2"
		})
		// Budi's cannot be of those times: they stand at the time when they came. Amara's stand where they were said.
		c := d.call("GET", "/conversations", "", 200)
		if c("data.0.contact.name") != "In the phone's book" || c("data.0.lastMessage.createdAt") < before.UTC().Format(time.RFC3339) {
			t.Error(c("data.0"))
		}
		if c("data.1.contact.name") != "Amara" || c("data.1.lastMessage.body") != "[image]" || c("data.1.lastMessage.createdAt") != "2024-05-06T08:08:09.000Z" {
			t.Error(c("data.1"))
		}
		for _, talk := range []string{"data.0.", "data.1."} {
			if c(talk+"status") != "closed" || c(talk+"unreadCount") != "0" {
				t.Error(c(talk))
			}
		}
		amaras := "/conversations/" + c("data.1.id")
		d.is("the files came, or are told as lost", func() bool {
			m := d.call("GET", amaras+"/messages?perPage=100", "", 200)
			return m("data.6.attachments.0.contentType") == "image/png" && m("data.7.content.media.state") == "failed"
		})
		m := d.call("GET", amaras+"/messages?perPage=100", "", 200)
		var told []string
		for i := range 8 {
			at := fmt.Sprintf("data.%d.", i)
			told = append(told, fmt.Sprintf("%s %s %s %s %s", m(at+"externalId"), m(at+"direction"), m(at+"status"), m(at + "createdAt")[14:], m(at+"content.history")))
		}
		want := "H0 inbound received 08:09.000Z true|H1 inbound received 08:09.003Z true|H2 outbound sent 09:09.000Z true|H2R inbound received 10:09.000Z true|" +
			"H3 outbound sent 11:09.000Z true|H4 outbound sent 11:09.001Z true|H5 inbound received 12:09.000Z true|H6 inbound received 08:09.000Z true"
		if got := strings.Join(told, "|"); got != want || m("meta.total") != "8" {
			t.Errorf("%s messages:\n%s\nnot\n%s", m("meta.total"), got, want)
		}
		if m("data.0.body") != "as it was edited" || m("data.1.body") != "How much?" || m("data.5.replyToId") != m("data.1.id") || m("data.3.content.reaction.messageId") != m("data.2.id") ||
			m("data.2.author.name") != "WhatsApp on the phone" || m("data.0.sentAt") != m("data.0.createdAt") {
			t.Error(m("data"))
		}
		d.is("each record says what became of it", func() bool {
			e := d.send("GET", "/api/v2/public/channels/"+string(d.channel)+"/envelopes", "", "Authorization", "Bearer "+d.key).text
			return strings.Contains(e, "history, message text") && strings.Contains(e, "it has no id") && strings.Contains(e, "after such a change") && !strings.Contains(e, `"waiting"`) && !strings.Contains(e, `"failed"`)
		})

		// No ticket, and no endpoint is told; the feed is.
		if n := d.call("GET", "/tickets", "", 200)("meta.total"); n != "0" {
			t.Error(n, "tickets")
		}
		if n := d.call("GET", "/webhooks/"+hook+"/deliveries", "", 200)("meta.total"); n != "0" {
			t.Error(n, "deliveries")
		}
		feed := d.send("GET", "/api/v2/public/events?perPage=100", "", "Authorization", "Bearer "+d.key).text
		if n := strings.Count(feed, `"event":"message.history"`); n != 10 || strings.Contains(feed, `"event":"message.created"`) {
			t.Error(n, "messages in the feed")
		}
		thread := d.page("/inbox/" + strings.TrimPrefix(c("data.1.id"), "conv_"))
		if one, two := strings.Index(thread, "How much?"), strings.Index(thread, "and three"); one < 0 || two < one {
			t.Error("the thread is not in order", one, two)
		}

		// What is said now wakes the conversation; only that is told as read. An old one that comes again is here.
		line.Play(phonetest.Said(phonetest.Amara, "H1", phonetest.Text("How much?")))
		line.Play(phonetest.Said(phonetest.Amara, "IN1", phonetest.Text("Still ten?")))
		d.says("data.8.body", "Still ten?")
		c = d.call("GET", "/conversations", "", 200)
		if "/conversations/"+c("data.0.id") != amaras || c("data.0.status") != "open" || c("data.0.unreadCount") != "1" {
			t.Error(c("data.0"))
		}
		d.call("POST", amaras+"/read", "", 200)
		d.is("it is told as read", func() (ok bool) {
			d.net.Set(func(n *phonetest.Network) {
				ok = fmt.Sprint(n.Read) == "[{"+phonetest.Amara.String()+" "+phonetest.Amara.String()+" [IN1]}]"
			})
			return ok
		})
		// A later piece with older and newer things changes neither what the list shows nor who is waited for.
		line.Play(phonetest.History(talks{phonetest.Amara: {phonetest.Past("IN1", false, time.Now(), phonetest.Text("Still ten?")), phonetest.Past("H7", false, year.Add(-time.Hour), phonetest.Text("Hello"))}}))
		d.says("data.0.body", "Hello")
		c = d.call("GET", "/conversations", "", 200)
		if c("data.0.lastMessage.body") != "Still ten?" || c("data.0.unreadCount") != "0" || d.said()("meta.total") != "10" {
			t.Error(c("data.0"), d.said()("meta.total"))
		}
	})
}

// TestALongHistory: a history of 10,000 messages is kept in small records, and what is said meanwhile does not wait for it.
func TestALongHistory(t *testing.T) {
	eachPhone(t, func(t *testing.T, d *phoneDesk) {
		line := d.linkWithHistory()
		const many = 10_000
		said := make([]*waWeb.WebMessageInfo, many)
		for i := range said {
			said[i] = phonetest.Past(fmt.Sprint("H", i), i%3 == 0, time.Date(2025, 1, 1, 0, 0, -i, 0, time.UTC), phonetest.Text(strings.Repeat("long ago ", 20)))
		}
		if !line.Play(phonetest.History(talks{types.NewJID("33700000001", types.DefaultUserServer): said})) {
			t.Fatal("the history is not taken")
		}
		line.Play(phonetest.Said(phonetest.Amara, "IN1", phonetest.Text("now")))
		d.says("data.0.body", "now")
		e := d.call("GET", "/channels/"+string(d.channel)+"/envelopes", "", 200)
		if e("meta.total") != "2001" {
			t.Error(e("meta.total"), "records")
		}
		d.is("the history is being read", func() bool { return d.call("GET", "/conversations", "", 200)("meta.total") == "2" })
		talk := d.call("GET", "/conversations?status=closed", "", 200)("data.0.id")
		if n := d.call("GET", "/conversations/"+talk+"/messages", "", 200)("meta.total"); n == fmt.Sprint(many) {
			t.Error("what was said now waited for all of it")
		}
	})
}
