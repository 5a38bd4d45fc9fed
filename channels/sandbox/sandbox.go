// Package sandbox is a channel that behaves as WhatsApp does and reaches nobody.
// Its numbers are magic: what happens to a message depends on whom it goes to.
// What follows later (delivered, read, an answer) is stored as envelopes of
// Meta's form and read by the same code as the real ones.
package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"mauve/channels"
	"mauve/channels/whatsappcloud"
	"mauve/models"
)

// Number is one of the magic numbers and what it does.
type Number struct{ Phone, Does string }

// Numbers are the magic numbers; every other number is delivered to and read.
var Numbers = []Number{
	{"+12025550100", "is sent, delivered and read"},
	{"+12025550101", "is sent and delivered, never read"},
	{"+12025550102", "is sent, never delivered"},
	{"+12025550103", "is read, and answers with what you wrote"},
	{"+12025550104", "is sent, and then fails: the number is not on WhatsApp (131026)"},
	{"+12025550105", "is refused at once (131047), or with the code that the text names: fail 131049"},
	{"+12025550106", "asks twice to slow down (429), then takes it"},
	{"+12025550107", "fails twice at the vendor (500), then takes it"},
	{"+12025550108", "has the channel's token revoked: it needs attention, and the message waits until it is checked"},
	{"+12025550109", "takes five seconds to answer"},
	{"+12025550110", "is read, and answers as somebody who wrote 25 hours ago: the window is shut"},
	{"+12025550111", "is read, and answers with a picture and a voice note"},
}

// Sandbox is the adapter.
type Sandbox struct{}

// Send does what the number says.
func (Sandbox) Send(ctx context.Context, d *models.Dispatch, leaving func() error) models.Tried {
	if d.Outside {
		return refuse("131047")
	}
	if err := leaving(); err != nil {
		return models.Tried{Verdict: models.RetryMessage, Code: "not_sent", Detail: channels.NotSent.With()}
	}
	tries := d.Message.Tries
	switch number(d) {
	case "12025550101":
		return accept(d, status("delivered", 300))
	case "12025550102":
		return accept(d)
	case "12025550103":
		return accept(d, status("delivered", 300), status("read", 700), answer(1200, 0))
	case "12025550104":
		return accept(d, failure("131026", 400))
	case "12025550105":
		return refuse(chosen(d.Message.Body))
	case "12025550106":
		if tries < 2 {
			return models.Tried{Verdict: models.RetryMessage, Code: "131056", Detail: whatsappcloud.Advice("131056", "")}
		}
	case "12025550107":
		if tries < 2 {
			return models.Tried{Verdict: models.RetryMessage, Code: "131000", Detail: whatsappcloud.Advice("131000", "")}
		}
	case "12025550108":
		if d.Message.ErrorCode != "190" { // tried once more, the channel was looked at: its token is mended
			return models.Tried{Verdict: models.Unauthorized, Code: "190", Detail: whatsappcloud.Advice("190", "")}
		}
	case "12025550109":
		wait(ctx, 5*time.Second)
	case "12025550110":
		return accept(d, status("delivered", 300), status("read", 700), answer(1200, 25*time.Hour))
	case "12025550111":
		return accept(d, status("delivered", 300), status("read", 700),
			media(1200, "image", pictureID, "image/png", object{"caption": "The view from here"}), media(2000, "audio", voiceID, "audio/wav", object{"voice": true}))
	}
	return accept(d, status("delivered", 300), status("read", 900))
}

func number(d *models.Dispatch) string {
	if d.Recipient.WhatsApp != "" {
		return d.Recipient.WhatsApp
	}
	return strings.TrimPrefix(d.Recipient.Phone, "+")
}

var codes = regexp.MustCompile(`(?i)\bfail ([0-9]{1,6})\b`)

func chosen(text string) string {
	if m := codes.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return "131047"
}

func refuse(code string) models.Tried {
	return models.Tried{Verdict: models.Refused, Code: code, Detail: whatsappcloud.Advice(code, "the sandbox was told to fail so")}
}

func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// follow makes what comes later of a message.
type follow func(d *models.Dispatch, id string) models.Follow

func accept(d *models.Dispatch, after ...follow) models.Tried {
	t := models.Tried{Verdict: models.Accepted, ExternalID: "wamid.sandbox." + string(d.Message.ID), WhatsApp: number(d)}
	for _, f := range after {
		t.Follow = append(t.Follow, f(d, t.ExternalID))
	}
	return t
}

type object = map[string]any

func status(state string, ms int) follow {
	return func(d *models.Dispatch, id string) models.Follow {
		return later(ms, object{"statuses": []object{{"id": id, "status": state, "recipient_id": number(d)}}})
	}
}

func failure(code string, ms int) follow {
	return func(d *models.Dispatch, id string) models.Follow {
		return later(ms, object{"statuses": []object{{"id": id, "status": "failed", "recipient_id": number(d),
			"errors": []object{{"code": code, "title": "The sandbox was told to fail so"}}}}})
	}
}

// answer is a message back, written so long ago as the number says.
func answer(ms int, ago time.Duration) follow {
	return func(d *models.Dispatch, id string) models.Follow {
		text := "You wrote: " + d.Message.Body
		if ago > 0 {
			text = "I wrote this 25 hours ago."
		}
		return message(ms, ago, d, id+".answer", object{"type": "text", "text": object{"body": text}, "context": object{"id": id}})
	}
}

// message is what the person writes back.
func message(ms int, ago time.Duration, d *models.Dispatch, id string, said object) models.Follow {
	at := d.Message.CreatedAt.Add(time.Duration(ms)*time.Millisecond - ago)
	said["id"], said["from"], said["timestamp"] = id, number(d), fmt.Sprint(at.Unix())
	return later(ms, object{
		"contacts": []object{{"wa_id": number(d), "profile": object{"name": d.Recipient.Name}}},
		"messages": []object{said},
	})
}

func later(ms int, value object) models.Follow {
	body, err := json.Marshal(object{"object": "whatsapp_business_account",
		"entry": []object{{"id": "sandbox", "changes": []object{{"field": "messages", "value": value}}}}})
	if err != nil {
		body = []byte("{}") // cannot be: the value is texts alone
	}
	return models.Follow{After: time.Duration(ms) * time.Millisecond, Body: body}
}

// MarkRead takes the receipt as WhatsApp would: the sandbox can what it rehearses.
func (Sandbox) MarkRead(context.Context, *models.Receipt) error { return nil }

// Check finds the sandbox in order, with two templates.
func (Sandbox) Check(context.Context, *models.Account) models.Finding {
	return models.Finding{Listed: true, Facts: models.Facts{Number: "+1 202-555-0199", Name: "Sandbox", Quality: "GREEN"}, Templates: []*models.Template{
		{Name: "hello_world", Language: "en_US", Status: "APPROVED", Category: "UTILITY", ExternalID: "1",
			Components: `[{"type":"BODY","text":"Hello! This is the sandbox."}]`},
		{Name: "order_update", Language: "en", Status: "APPROVED", Category: "UTILITY", ExternalID: "2",
			Components: `[{"type":"BODY","text":"Hello {{1}}, your order {{2}} is on its way."},{"type":"FOOTER","text":"Sandbox shop"}]`},
		{Name: "spring_sale", Language: "en", Status: "REJECTED", Category: "MARKETING", ExternalID: "3",
			Components: `[{"type":"BODY","text":"Everything must go!"}]`},
	}}
}

// Read reads what the sandbox stored for later, which has Meta's form.
func (Sandbox) Read(body []byte) []channels.Item { return whatsappcloud.Read(body) }
