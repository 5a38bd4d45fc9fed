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
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/channels/phonetest"
)

type talks = map[types.JID][]*waWeb.WebMessageInfo

// linkWithHistory switches the history on by the API and links a phone.
func (d *phoneDesk) linkWithHistory() *phonetest.Line {
	d.t.Helper()
	has(d.t, d.call("PATCH", "/channels/"+string(d.channel), `{"config":{"history":true}}`, 200), "config.history", "true")
	d.is("a line that asks for the history waits", func() bool { l := d.net.Waiting(); return l != nil && l.History })
	line := d.link()
	assert.Check(d.t, line.History, "the linked phone's line does not ask for the history")
	return line
}

// TestHistoryIsOffUnlessSwitchedOn: nobody asks for it and nothing is kept of it; the page's switch turns it on before a phone is linked.
func TestHistoryIsOffUnlessSwitchedOn(t *testing.T) {
	eachPhone(t, func(t *testing.T, d *phoneDesk) {
		switched := func(value string) {
			t.Helper()
			has(t, d.call("GET", "/channels/"+string(d.channel), "", 200), "config.history", value, "config.throughput", "1000")
		}
		switched("false")
		d.is("a line waits", func() bool { return d.net.Waiting() != nil })
		assert.Check(t, !d.net.Waiting().History, "it is asked for")
		lines := d.net.Lines()
		save := func(pairs ...string) {
			t.Helper()
			a := d.form(d.at(), append([]string{"name", "Front desk", "sessionId", "phone-1", "config.throughput", "1000"}, pairs...)...)
			assert.Equal(t, a.StatusCode, 303, a.text)
		}
		save() // nothing was turned: the codes on the page stay good
		save("config.history", "true")
		switched("true")
		d.is("the line begins anew and asks for it", func() bool { l := d.net.Waiting(); return l != nil && l.History })
		assert.Check(t, is.Equal(d.net.Lines(), lines+1), "more than one line was made anew")
		assert.Check(t, is.Contains(d.page(d.at()), `value="true" checked`))
		save()
		switched("false")
		line := d.link()
		assert.Check(t, !line.History, "it is asked for")
		assert.Check(t, line.Play(phonetest.History(talks{phonetest.Amara: {phonetest.Past("H1", false, time.Now().Add(-time.Hour), phonetest.Text("old"))}})), "it is not taken")
		line.Play(phonetest.Said(phonetest.Amara, "IN1", phonetest.Text("new")))
		d.says("data.0.body", "new")
		has(t, d.call("GET", "/channels/"+string(d.channel)+"/envelopes", "", 200), "meta.total", "1")
		d.call("PATCH", "/channels/"+string(d.channel), `{"config":{"history":"yes"}}`, 422)
		made := d.send("POST", "/api/v2/public/channels", `{"kind":"sandbox","name":"S","config":{"history":true}}`, "Authorization", "Bearer "+d.key, "Content-Type", "application/json")
		assert.Check(t, is.Equal(made.StatusCode, 422), made.text)
		assert.Check(t, is.Contains(made.text, "config.history"))
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
		assert.Assert(t, line.Play(past), "the history is not taken")
		assert.Assert(t, line.Play(past), "the history is not taken once more")
		d.is("it is all there", func() bool {
			c := d.call("GET", "/conversations", "", 200)
			return c("meta.total") == "2" && c("data.1.lastMessage.createdAt") == "2024-05-06T08:08:09.000Z" && d.said()("meta.total") == "2"
		})
		// Budi's cannot be of those times: they stand at the time when they came. Amara's stand where they were said.
		c := d.call("GET", "/conversations", "", 200)
		has(t, c, "data.0.contact.name", "In the phone's book", "data.0.status", "closed", "data.0.unreadCount", "0",
			"data.1.contact.name", "Amara", "data.1.lastMessage.body", "[image]", "data.1.lastMessage.createdAt", "2024-05-06T08:08:09.000Z", "data.1.status", "closed", "data.1.unreadCount", "0")
		assert.Check(t, c("data.0.lastMessage.createdAt") >= before.UTC().Format(time.RFC3339), "Budi's last is of %s", c("data.0.lastMessage.createdAt"))
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
		assert.Check(t, is.DeepEqual(told, strings.Split(want, "|")))
		has(t, m, "meta.total", "8", "data.0.body", "as it was edited", "data.0.sentAt", m("data.0.createdAt"), "data.1.body", "How much?", "data.2.author.name", "WhatsApp on the phone",
			"data.3.content.reaction.messageId", m("data.2.id"), "data.5.replyToId", m("data.1.id"))
		d.is("each record says what became of it", func() bool {
			e := d.send("GET", "/api/v2/public/channels/"+string(d.channel)+"/envelopes", "", "Authorization", "Bearer "+d.key).text
			return strings.Contains(e, "history, message text") && strings.Contains(e, "it has no id") && strings.Contains(e, "after such a change") && !strings.Contains(e, `"waiting"`) && !strings.Contains(e, `"failed"`)
		})

		// No ticket, and no endpoint is told; the feed is.
		has(t, d.call("GET", "/tickets", "", 200), "meta.total", "0")
		has(t, d.call("GET", "/webhooks/"+hook+"/deliveries", "", 200), "meta.total", "0")
		feed := d.send("GET", "/api/v2/public/events?perPage=100", "", "Authorization", "Bearer "+d.key).text
		assert.Check(t, is.Equal(strings.Count(feed, `"event":"message.history"`), 10), feed)
		assert.Check(t, is.Equal(strings.Count(feed, `"event":"message.created"`), 0), feed)
		thread := d.page("/inbox/" + strings.TrimPrefix(c("data.1.id"), "conv_"))
		assert.Check(t, is.Contains(thread, "How much?"))
		assert.Check(t, strings.Index(thread, "and three") > strings.Index(thread, "How much?"), "the thread is not in order: %s", thread)

		// What is said now wakes the conversation; only that is told as read. An old one that comes again is here.
		line.Play(phonetest.Said(phonetest.Amara, "H1", phonetest.Text("How much?")))
		line.Play(phonetest.Said(phonetest.Amara, "IN1", phonetest.Text("Still ten?")))
		d.says("data.8.body", "Still ten?")
		c = d.call("GET", "/conversations", "", 200)
		has(t, c, "data.0.id", strings.TrimPrefix(amaras, "/conversations/"), "data.0.status", "open", "data.0.unreadCount", "1")
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
		has(t, c, "data.0.lastMessage.body", "Still ten?", "data.0.unreadCount", "0")
		has(t, d.said(), "meta.total", "10")
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
		assert.Assert(t, line.Play(phonetest.History(talks{types.NewJID("33700000001", types.DefaultUserServer): said})), "the history is not taken")
		line.Play(phonetest.Said(phonetest.Amara, "IN1", phonetest.Text("now")))
		d.says("data.0.body", "now")
		has(t, d.call("GET", "/channels/"+string(d.channel)+"/envelopes", "", 200), "meta.total", "2001")
		d.is("the history is being read", func() bool { return d.call("GET", "/conversations", "", 200)("meta.total") == "2" })
		talk := d.call("GET", "/conversations?status=closed", "", 200)("data.0.id")
		read := d.call("GET", "/conversations/"+talk+"/messages", "", 200)("meta.total")
		assert.Check(t, read != fmt.Sprint(many), "what was said now waited for all of it")
	})
}
