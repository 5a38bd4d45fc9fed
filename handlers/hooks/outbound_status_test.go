package hooks_test

import (
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/channels/graphtest"
	"mauve/models"
)

func TestAMessageGoesOutAndItsStatusesComeBack(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.graph.Statuses = []string{"sent", "delivered", "read"}
		d.graph.Callback = d.server()
		talk := d.wrote("33612345678")
		id := d.sends(talk, `{"body":"bonjour https://example.com"}`)
		a := d.becomes(id, "read")
		a.has(t, "externalId", d.graph.Sent()[0].ID, "error", "<nil>")
		assert.Check(t, a.at("sentAt") != "<nil>", a.text)
		assert.Check(t, a.at("deliveredAt") != "<nil>", a.text)
		assert.Check(t, a.at("readAt") != "<nil>", a.text)
		sent := d.graph.Sent()
		if assert.Check(t, is.Len(sent, 1)) {
			assert.Check(t, is.Equal(sent[0].To, "33612345678"))
			assert.Check(t, is.Equal(sent[0].Text(), "bonjour https://example.com"))
			assert.Check(t, is.Equal(sent[0].Body["messaging_product"], "whatsapp"))
			assert.Check(t, is.Equal(sent[0].Body["biz_opaque_callback_data"], id))
		}
	})
}

func TestStatusesInAnyOrderAndBeforeTheirMessage(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		talk := d.wrote("33612345678")
		id := d.sends(talk, `{"body":"x"}`)
		d.becomes(id, "sent")
		wamid := d.graph.Sent()[0].ID
		for _, c := range []struct{ status, then string }{{"read", "read"}, {"delivered", "read"}, {"sent", "read"}, {"failed", "read"}, {"played", "read"}} {
			d.signed(graphtest.Status(wamid, c.status, "", nil)).want(t, 200)
			d.settled()
			if !d.call("GET", "/messages/"+id, "").has(t, "status", c.then) {
				t.Log("after", c.status)
			}
		}
		// A payment that failed says nothing of the message that asked for it.
		asked := d.sends(talk, `{"body":"please pay"}`)
		payment := graphtest.Envelope(`"statuses":[{"type":"payment","status":"failed","id":"` + d.becomes(asked, "sent").at("externalId") + `","payment":{"reference_id":"r1"}}]`)
		end := d.received(payment)
		assert.Check(t, is.Equal(end.Became, models.BecameIgnored), "%+v", end)
		assert.Check(t, !end.Because.None(), "%+v", end)
		d.becomes(asked, "sent").has(t, "error", "<nil>")
		end = d.received(graphtest.Status("wamid.unknown", "read", "", nil))
		assert.Check(t, is.Equal(end.Became, models.BecameIgnored), "%+v", end)
		assert.Check(t, !end.Because.None(), "%+v", end)
		// The report of a message whose answer is still on its way.
		release := d.graph.Stall()
		early := d.sends(talk, `{"body":"y"}`)
		d.eventually("it was taken", func() bool { return len(d.graph.Sent()) == 3 })
		d.signed(graphtest.Status(d.graph.Sent()[2].ID, "delivered", "", nil)).want(t, 200)
		d.settled()
		d.call("GET", "/messages/"+early, "").has(t, "status", "queued")
		release()
		d.becomes(early, "delivered")
	})
}

// TestASoundThatWasPlayed: the status stays read, playedAt is set by the first report, and each step is told once.
func TestASoundThatWasPlayed(t *testing.T) {
	const sound, words = `{"media":{"url":"https://x.example/a.ogg"}}`, `{"body":"x"}`
	each(t, func(t *testing.T, d *desk) {
		h := d.call("POST", "/webhooks", `{"url":"https://example.com/h","events":["message.status"]}`).want(t, 201).at("id")
		owed := func() int {
			return strings.Count(d.call("GET", "/webhooks/"+h+"/deliveries?perPage=100", "").want(t, 200).text, `"event":"message.status"`)
		}
		for _, c := range []struct {
			name, body string
			reports    []string
			played     bool
			steps      int
		}{
			{"after it was read", sound, []string{"delivered", "read", "played"}, true, 3},
			{"before it was read", sound, []string{"played", "read", "delivered"}, true, 1},
			{"twice, and a late failure", sound, []string{"played", "played", "failed"}, true, 1},
			{"a text is not played, it is read", words, []string{"played"}, false, 1},
			{"nor a second time", words, []string{"read", "played"}, false, 1},
		} {
			id := d.sends(d.wrote("33612345678"), c.body)
			d.becomes(id, "sent")
			before, marks := owed(), []string{}
			for _, status := range c.reports {
				d.signed(graphtest.Status(d.call("GET", "/messages/"+id, "").at("externalId"), status, "", nil)).want(t, 200)
				d.settled()
				marks = append(marks, d.call("GET", "/messages/"+id, "").at("playedAt"))
			}
			a := d.call("GET", "/messages/"+id, "")
			a.has(t, "status", "read")
			assert.Check(t, a.at("readAt") != "<nil>", "%v %v", c.name, a.text)
			assert.Check(t, a.at("deliveredAt") != "<nil>", "%v %v", c.name, a.text)
			assert.Check(t, is.Equal(a.at("playedAt") != "<nil>", c.played), "%v %v", c.name, a.text)
			first := slices.IndexFunc(marks, func(at string) bool { return at != "<nil>" })
			if first >= 0 {
				assert.Check(t, is.Equal(marks[first], a.at("playedAt")), "%v the mark moved %v", c.name, marks)
			}
			assert.Check(t, is.Equal(owed()-before, c.steps), "%v steps are told", c.name)
		}
		// Played before the answer to its sending came.
		n := len(d.graph.Sent())
		release := d.graph.Stall()
		early := d.sends(d.wrote("33612345678"), sound)
		d.eventually("it was taken", func() bool { return len(d.graph.Sent()) == n+1 })
		d.signed(graphtest.Status(d.graph.Sent()[n].ID, "played", "", nil)).want(t, 200)
		d.settled()
		release()
		a := d.becomes(early, "read")
		assert.Check(t, a.at("playedAt") != "<nil>", a.text)
	})
}

// TestWebhooksTellStatusesAndTheChannelsState: message.status and channel.status are owed to those who chose them.
func TestWebhooksTellStatusesAndTheChannelsState(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		h := d.call("POST", "/webhooks", `{"url":"https://example.com/h","events":["message.status","channel.status"]}`).want(t, 201).at("id")
		d.connect(d.Acme, "sandbox", "trial", "")
		id := d.call("POST", "/messages", `{"sessionId":"trial","to":"+12025550101","body":"x"}`).want(t, 202).at("id")
		d.becomes(id, "delivered")
		d.call("POST", "/messages", `{"sessionId":"trial","to":"+12025550108","body":"x"}`).want(t, 202)
		d.eventually("both are told", func() bool {
			a := d.call("GET", "/webhooks/"+h+"/deliveries", "").want(t, 200)
			return strings.Count(a.text, `"event":"message.status"`) == 2 && strings.Count(a.text, `"event":"channel.status"`) == 1
		})
	})
}
