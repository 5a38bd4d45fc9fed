package channeltest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models"
	"mauve/models/channeltype"
	"mauve/models/content"
)

func comesIn(t *testing.T, d *Desk) {
	const said = "Où est ma commande ? 🙏🏽\nمرحبا"
	d.Vendor.Write(d, "in-1", said)
	d.heard("commande")
	d.Vendor.Write(d, "in-1", said)
	d.Vendor.Write(d, "in-2", "Hello?")
	d.heard("Hello?")
	d.talks().has("meta.total", "1", "data.0.channel", string(d.Kind.Kind), "data.0.channelId", d.Channel, "data.0.contact.phone", d.Vendor.Person())
	d.said().has("meta.total", "2", "data.0.body", said, "data.0.direction", "inbound", "data.0.status", "received", "data.1.body", "Hello?")
	page := d.Page("/inbox/" + strings.TrimPrefix(d.Talk(), models.PrefixConversation))
	assert.Check(t, is.Contains(page, "Où est ma commande"))
}

// texts are what a vendor must pass on as it is; the last is the longest that the kind carries.
func texts(can channeltype.Capabilities) []string {
	longest := can.LongestText
	if longest == 0 {
		longest = content.LongestText
	}
	return []string{
		"plain", "👩‍👩‍👧‍👦 🇫🇷 🙏🏽", "one\n\ntwo\n  three", "שלום עולם, مرحبا", "<b>&amp; \"quotes\" \\ %s {{.X}}", "e\u0301 ﬁ Ⅷ",
		strings.Repeat("é", longest-1) + ".",
	}
}

func goesOut(t *testing.T, d *Desk) {
	d.greeted()
	before := len(d.Vendor.Got(d))
	all := texts(d.Kind.Kind.Capabilities())
	for n, said := range all {
		id := d.reply(text(said))
		d.becomes(id, left...)
		got := d.got(before + n + 1)
		assert.Assert(t, is.Len(got, before+n+1), "what reached the vendor")
		assert.Check(t, is.Equal(got[before+n].Text, said))
		m := d.message(id).has("body", said, "direction", "outbound", "error", "<nil>")
		if d.Kind.Kind.Capabilities().Queued {
			assert.Check(t, m.At("externalId") != "<nil>", m.Text)
		}
	}
	longest := all[len(all)-1]
	d.API("POST", "/conversations/"+d.Talk()+"/messages", text(longest+"x")).want(422).has("errors.0.field", "body")
	assert.Check(t, is.Equal(utf8.RuneCountInString(longest), len([]rune(longest))))
	assert.Check(t, is.Len(d.Vendor.Got(d), before+len(all)))
}

func keepsOrder(t *testing.T, d *Desk) {
	d.greeted()
	const many = 8
	before := len(d.Vendor.Got(d))
	var ids []string
	for n := range many {
		ids = append(ids, d.reply(text(fmt.Sprint("number ", n))))
	}
	for _, id := range ids {
		d.becomes(id, left...)
	}
	got := d.got(before + many)
	assert.Assert(t, is.Len(got, before+many))
	for n := range many {
		assert.Check(t, is.Equal(got[before+n].Text, fmt.Sprint("number ", n)))
	}
}

func delivered(t *testing.T, d *Desk) {
	d.greeted()
	before := len(d.Vendor.Got(d))
	id := d.reply(text("Here it is"))
	d.becomes(id, left...)
	of := d.got(before + 1)[before]
	reporter := d.Vendor.(Reporter)
	reporter.Deliver(d, of)
	d.becomes(id, "delivered", "read")
	reporter.Deliver(d, Got{ID: of.ID + ".unknown", Text: of.Text}) // is nobody's
	reporter.Deliver(d, of)                                         // and again
	next := d.reply(text("And more"))
	d.becomes(next, left...)
	d.becomes(id, "delivered", "read")
	assert.Check(t, is.Len(d.got(before+2), before+2))
}

func readingIsTold(_ *testing.T, d *Desk) {
	talk, listener := d.greeted(), d.Vendor.(Listener)
	before := listener.Heard()
	d.API("POST", "/conversations/"+talk+"/read", nil).want(200)
	d.Eventually("the vendor is told what was read", func() bool { return listener.Heard() > before })
}

func refused(t *testing.T, d *Desk) {
	d.greeted()
	to := d.Vendor.(Refuser).Refuse()
	m := d.becomes(d.sendTo(to, "please refuse this"), "failed")
	inWords(t, m)
	d.API("POST", "/messages/"+m.At("id")+"/retry", nil).want(202)
	d.becomes(m.At("id"), "failed")
}

// inWords fails unless the message has a code, and a reason that people can read.
func inWords(t *testing.T, m Answer) {
	t.Helper()
	code, detail := m.At("error.code"), m.At("error.detail")
	assert.Check(t, code != "" && code != "<nil>" && !strings.Contains(code, " "), m.Text)
	assert.Check(t, strings.Count(detail, " ") > 1 && strings.Contains(detail, "."), "the reason is %q", detail)
}

func notTwice(t *testing.T, d *Desk) {
	d.greeted()
	before := len(d.Vendor.Got(d))
	id := d.sendTo(d.Vendor.(Breaker).HangUp(), "taken, and not answered")
	d.got(before + 1)
	d.Eventually("the try is over", func() bool { return d.message(id).At("error.code") != "<nil>" })
	d.Clock.Pass(time.Minute)
	m := d.becomes(id, "failed")
	assert.Check(t, is.Equal(m.At("error.code"), models.Unconfirmed), m.Text)
	inWords(t, m)
	d.Clock.Pass(time.Hour)
	d.becomes(d.reply(text("the next one")), left...)
	got := d.got(before + 2)
	assert.Assert(t, is.Len(got, before+2), "what reached the vendor")
	for _, said := range []string{"taken, and not answered", "the next one"} {
		times := len(slices.DeleteFunc(slices.Clone(got), func(g Got) bool { return g.Text != said }))
		assert.Check(t, is.Equal(times, 1), said)
	}
}

func waits(t *testing.T, d *Desk) {
	d.greeted()
	vendor := d.Vendor.(Absentee)
	before := len(d.Vendor.Got(d))
	id := d.sendTo(vendor.Leave(), "sent when you are back")
	d.Eventually("a try that fails, and the reason", func() bool { return d.message(id).At("error.code") != "<nil>" })
	m := d.message(id)
	if m.At("status") == "queued" { // else it is back already
		inWords(t, m)
	}
	vendor.Return()
	d.becomes(id, left...)
	got := d.got(before + 1)
	assert.Assert(t, is.Len(got, before+1))
	assert.Check(t, is.Equal(got[before].Text, "sent when you are back"))
}

func needsAttention(t *testing.T, d *Desk) {
	d.greeted()
	before := len(d.Vendor.Got(d))
	revoker := d.Vendor.(Revoker)
	asked := d.news("channel.status")
	to := revoker.Revoke(d)
	id := d.sendTo(to, "not lost")
	d.Eventually("the channel needs attention, and says why", func() bool { return d.news("channel.status") > asked })
	assert.Check(t, d.message(id).At("status") != "failed", "the message is lost")
	revoker.Mend(d)
	d.becomes(id, left...)
	d.Eventually("the channel is connected", func() bool { return d.API("GET", "/channels/"+d.Channel, nil).At("status") == models.Connected })
	got := d.got(before + 1)
	assert.Assert(t, is.Len(got, before+1))
	assert.Check(t, is.Equal(got[before].Text, "not lost"))
}

// news counts the events of the kind by which the channel came to need attention, with a reason.
func (d *Desk) news(kind string) (n int) {
	d.T.Helper()
	events, err := d.Acme.Scope.EventsAfter("", 1000)
	if err != nil {
		d.T.Fatal(err)
	}
	for _, e := range events {
		if string(e.Kind) == kind && strings.Contains(e.Data, models.NeedsAttention) && !strings.Contains(e.Data, `"statusDetail":null`) {
			n++
		}
	}
	return n
}

func edits(t *testing.T, d *Desk) {
	can := d.Kind.Kind.Capabilities()
	d.greeted()
	before := len(d.Vendor.Got(d))
	id := d.reply(text("Ten euro"))
	d.becomes(id, left...)
	sent := d.got(before + 1)[before]
	edit := d.API("PATCH", "/messages/"+id, text("Ten euros"))
	if can.Edits == 0 {
		assert.Check(t, edit.StatusCode >= 400 && edit.StatusCode < 500, edit.Text)
		d.message(id).has("body", "Ten euro")
		return
	}
	edit.want(map[bool]int{true: 202, false: 200}[can.Queued])
	d.Eventually("the message is edited", func() bool { return d.message(id).At("body") == "Ten euros" })
	if changer, told := d.Vendor.(Changer); told {
		changed := changer.Changed(d)
		assert.Check(t, is.DeepEqual(changed, []Got{{ID: sent.ID, Text: "Ten euros"}}))
	}
}

func deletes(t *testing.T, d *Desk) {
	can := d.Kind.Kind.Capabilities()
	d.greeted()
	before := len(d.Vendor.Got(d))
	id := d.reply(text("Not for you"))
	d.becomes(id, left...)
	sent := d.got(before + 1)[before]
	var changes int
	changer, told := d.Vendor.(Changer)
	if told {
		changes = len(changer.Changed(d))
	}
	gone := d.API("DELETE", "/messages/"+id, nil)
	if can.Deletes == 0 {
		assert.Check(t, gone.StatusCode >= 400 && gone.StatusCode < 500, gone.Text)
		d.message(id).has("body", "Not for you")
		return
	}
	assert.Check(t, gone.StatusCode < 300, gone.Text)
	d.Eventually("the message is deleted", func() bool { return d.message(id).At("deletedAt") != "<nil>" })
	assert.Check(t, !strings.Contains(d.message(id).Text, "Not for you"))
	if told {
		assert.Check(t, is.DeepEqual(changer.Changed(d)[changes:], []Got{{ID: sent.ID}}))
	}
}

func calls(t *testing.T, d *Desk) {
	caller := d.Vendor.(Caller)
	body := caller.Letter("wrong", "let me in")
	header, right := caller.Sign(body)
	_, other := caller.Sign(append(slices.Clone(body), ' '))
	for name, headers := range map[string][]string{
		"no signature": {}, "an empty one": {header, ""}, "nonsense": {header, "x"}, "of another body": {header, other}, "cut": {header, right[:len(right)-1]},
	} {
		a := d.hook("POST", "", body, headers...)
		assert.Check(t, is.Equal(a.StatusCode, 401), "%s: %s", name, a.Text)
	}
	for _, path := range []string{"/hooks/" + string(d.Kind.Kind) + "/chan_0123456789abcdef01234567", "/hooks/pigeon/" + d.Channel, "/hooks/" + string(d.Kind.Kind) + "/x"} {
		a := d.ask("POST", path, string(body), header, right)
		assert.Check(t, is.Equal(a.StatusCode, 404), "%s: %s", path, a.Text)
	}
	d.API("GET", "/channels/"+d.Channel+"/envelopes", nil).want(200).has("meta.total", "0")
	query, answer, wrong := caller.Handshake()
	assert.Check(t, is.Equal(d.hook("GET", query, nil).want(200).Text, answer))
	for _, asked := range []string{wrong, ""} {
		a := d.hook("GET", asked, nil)
		assert.Check(t, is.Equal(a.StatusCode, 403), a.Text)
	}
	at := d.API("GET", "/channels/"+d.Channel, nil).At("callbackPath")
	assert.Check(t, is.Equal(at, "/hooks/"+string(d.Kind.Kind)+"/"+d.Channel))
	assert.Check(t, is.Contains(d.Page(d.At()), at), "the page does not show the address")
	d.Call(body)
	d.heard("let me in")
	// What is signed and not understood is taken, and said to be ignored or failed; it stops nothing.
	for _, garbage := range []string{"", "{", "[[[", "7", `{"a":null}`, "\x00\xff"} {
		d.Call([]byte(garbage))
	}
	d.Call(caller.Letter("after", "still here"))
	d.heard("still here")
	d.said().has("meta.total", "2")
}
