package api_test

import (
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models"
	"mauve/models/modelstest"
)

func TestTicketRulesAreReadAndDecided(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		const fresh = `{"waitingOnReply":true,"reopenDays":7,"followUp":true,"manyOpen":false,"resolveAfterHours":0}`
		assert.Check(t, is.Equal(d.call(d.acme, "GET", "/ticket-rules", "").want(t, 200).text, fresh+"\n"))
		before := modelstest.Told(t, d.Acme.Scope)
		d.call(d.acme, "PATCH", "/ticket-rules", `{"reopenDays":7,"manyOpen":false}`).want(t, 200)
		for body, field := range map[string]string{`{}`: "body", `{"reopenDays":null}`: "body", `{"reopenDays":-1}`: "reopenDays", `{"reopenDays":366}`: "reopenDays", `{"reopenDays":"7"}`: "reopenDays",
			`{"resolveAfterHours":8761}`: "resolveAfterHours", `{"resolveAfterHours":1.5}`: "resolveAfterHours", `{"followUp":"yes"}`: "followUp", `{"lastNumber":1}`: "lastNumber"} {
			if !d.call(d.acme, "PATCH", "/ticket-rules", body).want(t, 422).has(t, "errors.0.field", field) {
				t.Log(body)
			}
		}
		after := modelstest.Told(t, d.Acme.Scope)
		assert.Check(t, is.Equal(after, before), "an event tells of nothing")
		const decided = `{"waitingOnReply":false,"reopenDays":0,"followUp":false,"manyOpen":true,"resolveAfterHours":48}`
		assert.Check(t, is.Equal(d.call(d.acme, "PATCH", "/ticket-rules", decided).want(t, 200).text, decided+"\n"))
		assert.Check(t, is.Equal(d.call(d.acme, "GET", "/ticket-rules", "").want(t, 200).text, decided+"\n"))
		assert.Check(t, is.Equal(d.call(d.glob, "GET", "/ticket-rules", "").want(t, 200).text, fresh+"\n"), "they are another workspace's")
		// They are what a message goes by.
		conv := d.talk("ada")
		id := d.ticket(`{"conversationId":"` + conv + `"}`)
		d.ticket(`{"conversationId":"` + conv + `"}`)
		d.call(d.acme, "POST", "/tickets/"+id+"/messages", `{"body":"Hi"}`).want(t, 202)
		d.Clock.Pass(time.Hour)
		d.call(d.acme, "GET", "/tickets/"+id, "").has(t, "status", "open")
		_, reader := d.Key(t, d.Acme, models.KeyDraft{Read: true})
		d.call(reader, "GET", "/ticket-rules", "").want(t, 200)
		d.call(reader, "PATCH", "/ticket-rules", decided).want(t, 403)
		_, writer := d.Key(t, d.Acme, models.KeyDraft{Write: true})
		d.call(writer, "PATCH", "/ticket-rules", `{"reopenDays":1}`).want(t, 200)
	})
}
