package whatsappcloud

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"mauve/channels"
	"mauve/models"
	"mauve/models/reason"
	"mauve/models/wire"
)

// Send tries once to send a message.
func (c *Client) Send(ctx context.Context, d *models.Dispatch, leaving func() error) models.Tried {
	if d.Outside {
		return models.Tried{Verdict: models.Refused, Code: "131047", Detail: advice["131047"].With()}
	}
	body, err := Outgoing(d)
	if err != nil {
		return models.Tried{Verdict: models.Refused, Code: "not_sendable", Detail: reason.Of(err)}
	}
	answer, err := c.call(ctx, d.Account, "POST", "/"+d.Account.Settings["phoneNumberId"]+"/messages", body, leaving)
	if errors.Is(err, errStayed) {
		slog.Warn("Meta cannot be reached", "channel", d.Account.ID, "error", err)
		return models.Tried{Verdict: models.RetryChannel, Code: "unreachable", Detail: metaUnreachableRetried.With()}
	}
	if err != nil {
		slog.Warn("no answer to a message", "message", d.Message.ID, "error", err)
		return models.Tried{Verdict: models.Unknown, Code: "no_answer", Detail: metaSilent.With()}
	}
	if g := answer.failure(); g != nil {
		return refused(answer.status, answer.header, *g)
	}
	return accepted(answer.body)
}

func accepted(body []byte) models.Tried {
	var taken struct {
		Messages []struct {
			ID string `json:"id"`
		} `json:"messages"`
		Contacts []struct {
			WaID string `json:"wa_id"`
		} `json:"contacts"`
	}
	t := models.Tried{Verdict: models.Accepted}
	if json.Unmarshal(body, &taken) != nil {
		return t // it said yes: sending again would be the greater harm
	}
	if len(taken.Messages) > 0 {
		t.ExternalID = cut(taken.Messages[0].ID)
	}
	if len(taken.Contacts) > 0 {
		t.WhatsApp = taken.Contacts[0].WaID
	}
	return t
}

type object = map[string]any

// Outgoing spells a message as Meta's API takes it (Meta, "Send messages", 2026-10).
func Outgoing(d *models.Dispatch) ([]byte, error) {
	m := d.Message
	out := object{"messaging_product": "whatsapp", "recipient_type": "individual", "type": string(m.Type),
		// Given back with every status: it proves a message sent whose answer was lost.
		"biz_opaque_callback_data": m.ID.With(models.PrefixMessage)}
	switch r := d.Recipient; {
	case r.WhatsApp != "":
		out["to"] = r.WhatsApp
	case r.Phone != "":
		out["to"] = strings.TrimPrefix(r.Phone, "+")
	case r.ScopedID != "":
		out["recipient"] = r.ScopedID
	default:
		return nil, &reason.Error{Why: channels.NoNumber.With()}
	}
	c := m.Content
	if c != nil && c.QuotedID != "" {
		out["context"] = object{"message_id": c.QuotedID}
	}
	part, err := content(d)
	if err != nil {
		return nil, err
	}
	out[string(m.Type)] = part
	return json.Marshal(out)
}

func content(d *models.Dispatch) (any, error) {
	m := d.Message
	c := m.Content
	if c == nil {
		c = &models.Content{}
	}
	switch m.Type {
	case models.TypeText:
		return object{"body": m.Body, "preview_url": !c.NoPreview}, nil
	case models.TypeImage, models.TypeVideo, models.TypeAudio, models.TypeDocument, models.TypeSticker:
		return media(d)
	case models.TypeLocation:
		return object{"latitude": c.Location.Latitude, "longitude": c.Location.Longitude, "name": c.Location.Name, "address": c.Location.Address}, nil
	case models.TypeContacts:
		return cards(c), nil
	case models.TypeReaction:
		return object{"message_id": c.Reaction.ExternalID, "emoji": c.Reaction.Emoji}, nil
	case models.TypeTemplate:
		part := object{"name": c.Template.Name, "language": object{"code": c.Template.Language}}
		if text := string(c.Template.Components); text != "" && text != "null" {
			part["components"] = c.Template.Components
		}
		return part, nil
	}
	return nil, &reason.Error{Why: typeNotOnWhatsapp.With(m.Type)}
}

func media(d *models.Dispatch) (any, error) {
	m := d.Message
	var f *wire.Media
	if m.Content != nil {
		f = m.Content.Media
	}
	if d.File != nil {
		f = &wire.Media{ID: d.File.Uploaded, FileName: d.File.FileName}
	}
	if f == nil || f.ID == "" && f.URL == "" {
		return nil, &reason.Error{Why: channels.FileMissing.With()}
	}
	part := object{}
	if f.ID != "" {
		part["id"] = f.ID
	} else {
		part["link"] = f.URL
	}
	if m.Body != "" && m.Type != models.TypeAudio && m.Type != models.TypeSticker {
		part["caption"] = m.Body
	}
	if m.Type == models.TypeDocument && f.FileName != "" {
		part["filename"] = f.FileName
	}
	return part, nil
}

func cards(c *models.Content) []object {
	var all []object
	for _, v := range c.Contacts {
		first, _, _ := strings.Cut(v.Name, " ")
		card := object{"name": object{"formatted_name": v.Name, "first_name": first}}
		var phones, emails []object
		for _, p := range v.Phones {
			phones = append(phones, object{"phone": p, "type": "CELL"})
		}
		for _, e := range v.Emails {
			emails = append(emails, object{"email": e, "type": "WORK"})
		}
		if phones != nil {
			card["phones"] = phones
		}
		if emails != nil {
			card["emails"] = emails
		}
		if v.Organization != "" {
			card["org"] = object{"company": v.Organization}
		}
		all = append(all, card)
	}
	return all
}

// MarkRead tells the contact that their message, and all before it, were read.
func (c *Client) MarkRead(ctx context.Context, r *models.Receipt) error {
	word := object{"messaging_product": "whatsapp", "status": "read", "message_id": r.ExternalIDs[len(r.ExternalIDs)-1]}
	if r.Typing {
		word["typing_indicator"] = object{"type": "text"}
	}
	body, err := json.Marshal(word)
	if err != nil {
		return err
	}
	answer, err := c.call(ctx, r.Account, "POST", "/"+r.Account.Settings["phoneNumberId"]+"/messages", body, nil)
	if err != nil {
		return err
	}
	if g := answer.failure(); g != nil {
		return fmt.Errorf("answer %d of Meta: %s", answer.status, g.sentence())
	}
	return nil
}
