package hooks_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/channels/graphtest"
	"mauve/models"
	"mauve/models/phone"
	"mauve/models/search"
)

// says is a message of somebody, by whatever ids they have.
func says(id, ids, contact, more string) []byte {
	if more == "" {
		more = `"type":"text","text":{"body":"hello"}`
	}
	return graphtest.Envelope(fmt.Sprintf(`"contacts":[%s],"messages":[{%s,"id":%q,"timestamp":"%d",%s}]`, contact, ids, id, time.Now().Unix(), more))
}

// people returns how many contacts Acme has.
func (d *desk) people() string {
	d.t.Helper()
	return d.call("GET", "/contacts", "").want(d.t, 200).at("meta.total")
}

func TestOneMobileNumberIsWrittenTwoWays(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		for i, pair := range [][2]string{{"5511987654321", "551187654321"}, {"5215512345678", "525512345678"}, {"5491123456789", "541123456789"},
			{"525588887777", "5215588887777"}, {"554198887777", "5541998887777"}} {
			d.call("POST", "/contacts", `{"name":"Ana","phone":"+`+pair[0]+`"}`).want(t, 201)
			d.received(graphtest.Text(fmt.Sprint("wamid.a", i), pair[1], "Ana", "oi", time.Now()))
			d.received(graphtest.Text(fmt.Sprint("wamid.b", i), pair[0], "Ana", "oi", time.Now()))
			if n := d.people(); n != fmt.Sprint(i+1) {
				t.Errorf("%v are %s people", pair, n)
			}
			m := d.call("POST", "/messages", `{"sessionId":"session-123","to":"+`+pair[1]+`","body":"olá"}`).want(t, 202)
			d.becomes(m.at("id"), "sent")
			if n := d.people(); n != fmt.Sprint(i+1) {
				t.Errorf("writing to %s made another contact", pair[1])
			}
		}
		// A landline of São Paulo has no second spelling.
		assert.Check(t, is.Len(phone.Spellings("+551130000000"), 1))
	})
}

func TestPeopleWithoutANumber(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		const contact = `{"profile":{"name":"Zoë","username":"zoe.k"},"user_id":"FR.88"}`
		d.received(says("wamid.1", `"from_user_id":"FR.88"`, contact, ""))
		d.received(says("wamid.2", `"from_user_id":"FR.88"`, contact, ""))
		c := d.call("GET", "/contacts", "").want(t, 200)
		if !c.has(t, "meta.total", "1", "data.0.name", "Zoë", "data.0.phone", "<nil>") {
			t.FailNow()
		}
		m := d.call("POST", "/conversations/"+d.said().at("data.0.conversationId")+"/messages", `{"body":"salut"}`).want(t, 202)
		d.becomes(m.at("id"), "sent")
		sent := d.graph.Sent()[0].Body
		assert.Check(t, is.Equal(sent["recipient"], "FR.88"), sent)
		assert.Check(t, is.Nil(sent["to"]), sent)
		// Then the number becomes known, and it is the same person.
		d.received(says("wamid.3", `"from":"33611111111","from_user_id":"FR.88"`, contact, ""))
		c = d.call("GET", "/contacts", "")
		c.has(t, "meta.total", "1", "data.0.phone", "+33611111111")
	})
}

func TestTheOnlyContactNamesTheOnlyMessage(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.received(says("wamid.1", `"from":"33612345678"`, `{"profile":{"name":"Ada"},"wa_id":"336123456780"}`, ""))
		d.call("GET", "/contacts", "").has(t, "data.0.name", "Ada", "data.0.phone", "+33612345678")
	})
}

func TestANumberThatChangesIsFollowed(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.wrote("33612345678")
		d.received(says("wamid.sys", `"from":"33612345678"`, "", `"type":"system","system":{"body":"Ada changed","type":"user_changed_number","wa_id":"33699999999"}`))
		d.received(graphtest.Text("wamid.new", "33699999999", "Ada", "it is me", time.Now()))
		d.call("GET", "/contacts", "").has(t, "meta.total", "1", "data.0.phone", "+33699999999")
		d.said().has(t, "meta.total", "3", "data.1.type", "system", "data.1.content.system.newNumber", "33699999999")
	})
}

// system is what Meta says of a person, with no contact beside it.
func system(id, ids, news string) []byte {
	return says(id, ids, "", `"type":"system","system":{`+news+`}`)
}

func TestAScopedIDThatChangesIsFollowed(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		const before = `{"profile":{"name":"Zoë"},"user_id":"FR.1"}`
		d.received(says("wamid.1", `"from_user_id":"FR.1"`, before, ""))
		// Meta names nobody as the sender: who it was stands in the news.
		const news = `"type":"user_changed_user_id","user_id":"FR.2","previous_user_id":"FR.1"`
		end := d.received(system("wamid.sys", `"timestamp":"1"`, news))
		assert.Check(t, is.Equal(end.Became, models.BecameMessage), "%+v", end)
		d.received(says("wamid.2", `"from_user_id":"FR.2"`, `{"profile":{"name":"Zoë"},"user_id":"FR.2"}`, ""))
		assert.Check(t, is.Equal(d.people(), "1"), "contacts")
		a := d.said()
		a.has(t, "meta.total", "3", "data.1.content.system.newUserId", "FR.2")
		assert.Check(t, a.at("data.1.body") != "", a.text)
		// The next message overtakes the news of the next id.
		d.received(says("wamid.3", `"from_user_id":"FR.3"`, `{"profile":{"name":"Zoë"},"user_id":"FR.3"}`, ""))
		assert.Check(t, is.Equal(d.people(), "2"), "contacts before it is known that they are one")
		d.received(system("wamid.sys2", `"from_user_id":"FR.3"`, `"body":"Zoë changed","type":"user_changed_user_id","user_id":"FR.3","previous_user_id":"FR.2"`))
		assert.Check(t, is.Equal(d.people(), "1"), "contacts")
	})
}

func TestANewNumberBringsItsScopedID(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.wrote("33612345678")
		d.received(system("wamid.sys", `"from":"33612345678"`, `"body":"Ada changed","type":"user_changed_number","wa_id":"33699999999","user_id":"FR.9"`))
		d.received(says("wamid.new", `"from_user_id":"FR.9"`, `{"profile":{"name":"Ada"},"user_id":"FR.9"}`, ""))
		d.call("GET", "/contacts", "").has(t, "meta.total", "1", "data.0.phone", "+33699999999")
	})
}

// TestAHiddenNumberThatIsKnownIsOnePerson: somebody first known by a scoped id alone joins the contact of their number.
func TestAHiddenNumberThatIsKnownIsOnePerson(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.wrote("33612345678")
		d.received(says("wamid.1", `"from_user_id":"FR.1"`, `{"profile":{"name":"Ada"},"user_id":"FR.1"}`, ""))
		assert.Equal(t, d.people(), "2", "contacts")
		both := `{"profile":{"name":"Ada"},"wa_id":"33612345678","user_id":"FR.1"}`
		d.received(says("wamid.2", `"from":"33612345678","from_user_id":"FR.1"`, both, ""))
		d.call("GET", "/contacts", "").has(t, "meta.total", "1", "data.0.phone", "+33612345678")
		// A number that has an id already may be somebody else's by now: nobody is merged.
		d.received(says("wamid.3", `"from_user_id":"FR.2"`, `{"profile":{"name":"Eve"},"user_id":"FR.2"}`, ""))
		d.received(says("wamid.4", `"from":"33612345678","from_user_id":"FR.2"`, `{"profile":{"name":"Eve"},"wa_id":"33612345678","user_id":"FR.2"}`, ""))
		assert.Check(t, is.Equal(d.people(), "2"), "contacts")
	})
}

func TestEchoesEditsDeletionsAndReplies(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.wrote("33612345678")
		echo := `"contacts":[{"profile":{"name":"Ada"},"wa_id":"33612345678"}],"message_echoes":[{"from":"16315558151","to":"33612345678","id":"wamid.echo","timestamp":"1","type":"text","text":{"body":"from the phone"}}]`
		d.received([]byte(strings.Replace(string(graphtest.Envelope(echo)), `"field":"messages"`, `"field":"smb_message_echoes"`, 1)))
		d.received(says("wamid.reply", `"from":"33612345678"`, "", `"type":"text","text":{"body":"an answer"},"context":{"id":"wamid.echo"}`))
		d.received(says("wamid.react", `"from":"33612345678"`, "", `"type":"reaction","reaction":{"message_id":"wamid.echo","emoji":"👍"}`))
		end := d.received(says("wamid.e1", `"from":"33612345678"`, "", `"type":"edit","edit":{"original_message_id":"wamid.reply","message":{"type":"text","text":{"body":"a better answer"}}}`))
		assert.Check(t, is.Equal(end.Became, models.BecameUpdate), "%+v", end)
		a := d.said()
		echoed := a.at("data.1.id")
		if !a.has(t, "meta.total", "4", "data.1.direction", "outbound", "data.1.status", "sent", "data.1.author.kind", "system", "data.2.body", "a better answer", "data.2.replyToId", echoed, "data.3.content.reaction.messageId", echoed) {
			t.FailNow()
		}
		assert.Assert(t, a.at("data.2.editedAt") != "<nil>", a.text)
		c := d.call("GET", "/conversations", "")
		c.has(t, "data.0.unreadCount", "2") // neither an echo nor a reaction counts
		d.received(says("wamid.e2", `"from":"33612345678"`, "", `"type":"revoke","revoke":{"original_message_id":"wamid.reply"}`))
		a = d.said()
		a.has(t, "data.2.body", "")
		assert.Check(t, a.at("data.2.deletedAt") != "<nil>", a.text)
		end = d.received(says("wamid.e3", `"from":"33612345678"`, "", `"type":"revoke","revoke":{"original_message_id":"wamid.nothing"}`))
		assert.Check(t, is.Equal(end.Became, models.BecameIgnored), "%+v", end)
		assert.Check(t, !end.Because.None(), "%+v", end)
	})
}

func TestABlockedContactIsNotHeard(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.wrote("33612345678")
		id := d.call("GET", "/contacts", "").at("data.0.id")
		d.call("PATCH", "/contacts/"+id, `{"blocked":true}`).want(t, 200)
		end := d.received(graphtest.Text("wamid.2", "33612345678", "Ada", "again", time.Now()))
		assert.Check(t, is.Equal(end.Became, models.BecameIgnored), "%+v", end)
		assert.Check(t, is.Equal(end.Because.String(), "the contact is blocked"), "%+v", end)
	})
}

// TestABlockHoldsUnderEveryName: a new number, or none at all, does not end it.
func TestABlockHoldsUnderEveryName(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.wrote("33612345678")
		d.call("PATCH", "/contacts/"+d.call("GET", "/contacts", "").at("data.0.id"), `{"blocked":true}`).want(t, 200)
		for i, body := range [][]byte{
			says("wamid.1", `"from":"33612345678","from_user_id":"FR.1"`, `{"profile":{"name":"Ada"},"wa_id":"33612345678","user_id":"FR.1"}`, ""),
			says("wamid.2", `"from_user_id":"FR.1"`, `{"profile":{"name":"Ada"},"user_id":"FR.1"}`, ""),
			system("wamid.3", `"from":"33612345678"`, `"body":"Ada changed","type":"user_changed_number","wa_id":"33699999999","user_id":"FR.2"`),
			says("wamid.4", `"from_user_id":"FR.2"`, `{"profile":{"name":"Ada"},"user_id":"FR.2"}`, ""),
			graphtest.Text("wamid.5", "33699999999", "Ada", "still here", time.Now()),
		} {
			end := d.received(body)
			assert.Check(t, is.Equal(end.Became, models.BecameIgnored), "%v %+v", i, end)
			assert.Check(t, is.Equal(end.Because.String(), "the contact is blocked"), "%v %+v", i, end)
		}
		a := d.said()
		a.has(t, "meta.total", "1")
		assert.Check(t, is.Equal(d.people(), "1"), a.text)
	})
}

// TestWhomAMessageReachedIsKnown: the report of a message tells the scoped id behind the number it went to.
func TestWhomAMessageReachedIsKnown(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.becomes(d.sends(d.wrote("33612345678"), `{"body":"hi"}`), "sent")
		report := func(id string) []byte {
			return graphtest.Envelope(fmt.Sprintf(`"statuses":[{"id":%q,"status":"delivered","recipient_id":"33612345678","recipient_user_id":%q}]`, d.graph.Sent()[0].ID, id))
		}
		d.received(report("FR.1"))
		d.received(says("wamid.1", `"from_user_id":"FR.1"`, `{"profile":{"name":"Ada"},"user_id":"FR.1"}`, ""))
		assert.Check(t, is.Equal(d.people(), "1"), "contacts")
		// An id that another is known by already takes nobody's messages away.
		d.received(says("wamid.2", `"from_user_id":"FR.2"`, `{"profile":{"name":"Eve"},"user_id":"FR.2"}`, ""))
		d.received(append(report("FR.2"), ' '))
		assert.Check(t, is.Equal(d.people(), "2"), "contacts")
	})
}

// TestABlockGoesWithANewID: news of the new id that came after the first message under it, from a new number, ends no block.
func TestABlockGoesWithANewID(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		both := func(id, number, scoped string) []byte {
			return says(id, fmt.Sprintf(`"from":%q,"from_user_id":%q`, number, scoped), fmt.Sprintf(`{"profile":{"name":"Ada"},"wa_id":%q,"user_id":%q}`, number, scoped), "")
		}
		d.received(both("wamid.1", "33612345678", "FR.1"))
		d.call("PATCH", "/contacts/"+d.call("GET", "/contacts", "").at("data.0.id"), `{"blocked":true}`).want(t, 200)
		end := d.received(both("wamid.2", "33699999999", "FR.2"))
		assert.Equal(t, end.Became, models.BecameMessage, "%+v", end)
		const news = `"type":"user_changed_user_id","user_id":"FR.2","previous_user_id":"FR.1"`
		for i, body := range [][]byte{system("wamid.3", `"from_user_id":"FR.2"`, news), both("wamid.4", "33699999999", "FR.2"),
			says("wamid.5", `"from_user_id":"FR.2"`, `{"profile":{"name":"Ada"},"user_id":"FR.2"}`, "")} {
			end := d.received(body)
			assert.Check(t, is.Equal(end.Became, models.BecameIgnored), "%v %+v", i, end)
			assert.Check(t, is.Equal(end.Because.String(), "the contact is blocked"), "%v %+v", i, end)
		}
		// Nor does it go the other way: who is blocked under the new id stays so.
		d.received(both("wamid.6", "33655555555", "FR.5"))
		d.received(both("wamid.7", "33666666666", "FR.6"))
		d.call("PATCH", "/contacts/"+d.call("GET", "/contacts?phone=%2B33666666666", "").at("data.0.id"), `{"blocked":true}`).want(t, 200)
		d.received(system("wamid.8", `"from_user_id":"FR.6"`, strings.NewReplacer("FR.2", "FR.6", "FR.1", "FR.5").Replace(news)))
		end = d.received(both("wamid.9", "33666666666", "FR.6"))
		assert.Check(t, is.Equal(end.Because.String(), "the contact is blocked"), "%+v", end)
	})
}

// TestWhoCannotBeMergedIsHeard: two contacts of one person that break a rule together stay apart, whole, and what came is kept.
func TestWhoCannotBeMergedIsHeard(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		labels := func(of string) string {
			all := make([]string, 40)
			for i := range all {
				all[i] = fmt.Sprintf("%q", fmt.Sprint(of, i))
			}
			return `{"labels":[` + strings.Join(all, ",") + `]}`
		}
		d.wrote("33612345678")
		d.call("PATCH", "/contacts/"+d.call("GET", "/contacts", "").at("data.0.id"), labels("a")).want(t, 200)
		d.received(says("wamid.1", `"from_user_id":"FR.1"`, `{"profile":{"name":"Zoë"},"user_id":"FR.1"}`, ""))
		zoe := "/contacts/" + d.call("GET", "/contacts?q=Zo", "").at("data.0.id")
		d.call("PATCH", zoe, labels("z")).want(t, 200)
		end := d.received(says("wamid.2", `"from":"33612345678","from_user_id":"FR.1"`, `{"profile":{"name":"Zoë"},"user_id":"FR.1"}`, ""))
		assert.Check(t, is.Equal(end.Became, models.BecameMessage), "%+v", end)
		c := d.call("GET", zoe, "").want(t, 200)
		assert.Check(t, is.Equal(strings.Count(c.text, `"z`), 40), c.text)
	})
}

// TestReportsSideBySideTeachOneID: the first reports of somebody's messages come together, and each names the id that is new.
func TestReportsSideBySideTeachOneID(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		for round := range 5 {
			number := fmt.Sprint("3361234567", round)
			talk := d.wrote(number)
			var reports []string
			for i := range 6 {
				m := d.becomes(d.sends(talk, fmt.Sprintf(`{"body":"%d"}`, i)), "sent")
				reports = append(reports, fmt.Sprintf(`{"id":%q,"status":"delivered","recipient_id":%q,"recipient_user_id":"FR.%d"}`, m.at("externalId"), number, round))
			}
			d.signed(graphtest.Envelope(`"statuses":[`+strings.Join(reports, ",")+`]`)).want(t, 200)
			d.settled()
			l, err := search.Envelopes(d.Acme.Scope, d.channel.ID, models.Page{Size: 1})
			if assert.Check(t, err) {
				assert.Check(t, l.Items[0].Tries <= 1, "the reports took %d tries: %v", l.Items[0].Tries, err)
			}
		}
		assert.Check(t, is.Equal(d.people(), "5"), "contacts")
	})
}

// TestAReportJoinsWhoHidesTheNumber: whom a message reached had written before, without the number.
func TestAReportJoinsWhoHidesTheNumber(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		talk := d.wrote("33612345678")
		m := d.becomes(d.sends(talk, `{"body":"hi"}`), "sent")
		d.received(says("wamid.1", `"from_user_id":"FR.1"`, `{"profile":{"name":"Ada"},"user_id":"FR.1"}`, ""))
		assert.Equal(t, d.people(), "2", "contacts")
		d.received(graphtest.Envelope(fmt.Sprintf(`"statuses":[{"id":%q,"status":"read","recipient_id":"33612345678","recipient_user_id":"FR.1"}]`, m.at("externalId"))))
		assert.Check(t, is.Equal(d.people(), "1"), "contacts")
		d.becomes(m.at("id"), "read")
	})
}

func TestANameOfWhichNothingShows(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		for i, name := range []string{"\u200b", "\u3164", "\u2800 \u200e"} {
			number := fmt.Sprint("3361234567", i)
			d.received(graphtest.Text("wamid."+number, number, name, "hello", time.Now()))
			if !d.call("GET", "/contacts?q="+number, "").has(t, "data.0.name", number) {
				t.Logf("%q", name)
			}
		}
	})
}

func TestAClosedConversationOpensWhenTheContactWrites(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		talk := d.wrote("33612345678")
		d.call("PATCH", "/conversations/"+talk, `{"status":"closed"}`).want(t, 200)
		d.received(graphtest.Text("wamid.2", "33612345678", "Ada", "again", time.Now()))
		d.call("GET", "/conversations", "").has(t, "meta.total", "1", "data.0.status", "open")
	})
}
