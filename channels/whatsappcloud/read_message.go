package whatsappcloud

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"mauve/models"
	"mauve/models/reason"
	"mauve/models/wire"
)

// fill reads what the message says.
func (m *vendorMessage) fill(in *models.Incoming, raw json.RawMessage, about []vendorError) {
	c := &in.Content
	c.QuotedID, c.Forwarded, c.Often = cut(string(m.Context.ID)), m.Context.Forwarded || m.Context.Often, m.Context.Often
	if r := m.Referral; r != nil {
		c.Referral = &wire.Referral{SourceURL: r.SourceURL, SourceID: string(r.SourceID), SourceType: r.SourceType, Headline: r.Headline,
			Body: r.Body, ClickID: r.ClickID, MediaType: string(r.MediaType), ImageURL: string(r.ImageURL), VideoURL: string(r.VideoURL),
			ThumbnailURL: string(r.ThumbnailURL), Welcome: string(r.Welcome.Text), Ref: string(r.Ref)}
	}
	if p := m.Context.Product; p != nil {
		c.Product = &wire.Product{CatalogID: string(p.CatalogID), ProductID: string(p.ProductID)}
	}
	if m.content(in) {
		return
	}
	in.Type = models.TypeUnsupported
	if errors := append(m.Errors, about...); len(errors) > 0 {
		c.Problem = reason.Said(errors[0].sentence()).Kept()
	}
	c.Raw = plain(raw)
}

// plain is what came, for people who look at it; nothing if it is large.
func plain(raw json.RawMessage) (v any) {
	if len(raw) > 16<<10 || strings.Count(string(raw), "{")+strings.Count(string(raw), "[") > 200 || json.Unmarshal(raw, &v) != nil {
		return nil
	}
	return v
}

// content reads what the message's type promises; false where it is not there or not known.
func (m *vendorMessage) content(in *models.Incoming) bool {
	switch m.Type {
	case "text":
		return readText(m, in)
	case "image":
		return readMedia(m.Image, models.TypeImage, in)
	case "video":
		return readMedia(m.Video, models.TypeVideo, in)
	case "audio", "voice":
		return readAudio(m, in)
	case "document":
		return readMedia(m.Document, models.TypeDocument, in)
	case "sticker":
		return readMedia(m.Sticker, models.TypeSticker, in)
	case "location":
		return readLocation(m, in)
	case "contacts":
		return readContacts(m, in)
	case "reaction":
		return readReaction(m, in)
	case "button":
		return readButton(m, in)
	case "interactive":
		return readChoice(m, in)
	case "order":
		return readOrder(m, in)
	case "system":
		return readSystem(m, in)
	case "request_welcome":
		return readWelcome(in)
	case "edit":
		return readEdit(m, in)
	case "revoke":
		return readRevoke(m, in)
	}
	return false
}

func readText(m *vendorMessage, in *models.Incoming) bool {
	in.Type, in.Body = models.TypeText, m.Text.Body
	return m.Text.Body != ""
}

func readMedia(f *vendorMedia, t models.MessageType, in *models.Incoming) bool {
	if f == nil {
		return false
	}
	in.Type, in.Body = t, f.Caption
	in.Content.Media = &wire.Media{ID: string(f.ID), URL: f.URL, MIMEType: f.MIMEType, SHA256: f.SHA256, FileName: f.FileName, Animated: f.Animated}
	if f.ID != "" {
		in.Media = &models.MediaRef{ID: string(f.ID), MIMEType: f.MIMEType, SHA256: f.SHA256}
	}
	return true
}

func readAudio(m *vendorMessage, in *models.Incoming) bool {
	t := models.TypeAudio
	if m.Audio != nil && m.Audio.Voice {
		t = models.TypeVoice
	}
	return readMedia(m.Audio, t, in)
}

func readLocation(m *vendorMessage, in *models.Incoming) bool {
	p := m.Location
	if p == nil {
		return false
	}
	in.Type = models.TypeLocation
	in.Content.Location = &wire.Location{Latitude: p.Latitude, Longitude: p.Longitude, Name: p.Name, Address: p.Address, URL: p.URL}
	if in.Body = strings.TrimSpace(p.Name + "\n" + p.Address); in.Body == "" {
		in.Body = fmt.Sprintf("%.5f, %.5f", p.Latitude, p.Longitude)
	}
	return true
}

func readContacts(m *vendorMessage, in *models.Incoming) bool {
	var names []string
	for _, v := range m.Contacts {
		card := wire.VCard{Name: v.called(), Organization: v.Org.Company}
		for _, p := range v.Phones {
			card.Phones = append(card.Phones, p.Phone)
		}
		for _, e := range v.Emails {
			card.Emails = append(card.Emails, e.Email)
		}
		names = append(names, card.Name)
		in.Content.Contacts = append(in.Content.Contacts, card)
	}
	in.Type, in.Body = models.TypeContacts, strings.Join(names, ", ")
	return len(names) > 0
}

// called is what the card's person is called. Somebody who answers a request for their number may have no name in it.
func (v vendorCard) called() string {
	names := []string{v.Name.Formatted, v.Name.First}
	for line := range strings.Lines(v.VCard) {
		if property, value, _ := strings.Cut(strings.TrimSpace(line), ":"); property == "FN" || strings.HasPrefix(property, "FN;") {
			names = append(names, value)
		}
	}
	names = append(names, v.Org.Company)
	for _, p := range v.Phones {
		names = append(names, p.Phone)
	}
	for _, name := range names {
		if strings.TrimSpace(name) != "" {
			return name
		}
	}
	return ""
}

func readReaction(m *vendorMessage, in *models.Incoming) bool {
	if m.Reaction == nil {
		return false
	}
	in.Type, in.Body = models.TypeReaction, m.Reaction.Emoji
	in.Content.Reaction = &wire.Reaction{ExternalID: cut(string(m.Reaction.MessageID)), Emoji: m.Reaction.Emoji}
	return true
}

func readButton(m *vendorMessage, in *models.Incoming) bool {
	if m.Button == nil {
		return false
	}
	in.Type, in.Body = models.TypeChoice, cmp.Or(m.Button.Text, m.Button.Payload)
	in.Content.Choice = &wire.Choice{Kind: "quick_reply", ID: m.Button.Payload, Title: m.Button.Text}
	return true
}

func readChoice(m *vendorMessage, in *models.Incoming) bool {
	c := m.Choice
	if c == nil {
		return false
	}
	in.Type = models.TypeChoice
	switch {
	case c.Button != nil:
		pick(in, "button", c.Button)
	case c.List != nil:
		pick(in, "list", c.List)
	case c.Flow != nil:
		in.Body = cmp.Or(c.Flow.Body, c.Flow.Name, m.Choice.Type)
		in.Content.Choice = &wire.Choice{Kind: "flow", ID: c.Flow.Name, Title: c.Flow.Body}
		data, quoted := c.Flow.Data, ""
		if json.Unmarshal(data, &quoted) == nil { // as Meta writes it; who passes it on may take the quotes off
			data = json.RawMessage(quoted)
		}
		if json.Valid(data) && len(data) <= 64<<10 {
			in.Content.Choice.Data = data
		}
	case c.Call != nil:
		in.Body = "Calls: " + c.Call.Response
		in.Content.Choice = &wire.Choice{Kind: "call_permission", ID: c.Call.Response}
	default:
		return false
	}
	return true
}

func pick(in *models.Incoming, kind string, p *vendorPicked) {
	in.Body = cmp.Or(p.Title, p.ID)
	in.Content.Choice = &wire.Choice{Kind: kind, ID: p.ID, Title: p.Title, Description: p.Description}
}

func readOrder(m *vendorMessage, in *models.Incoming) bool {
	if m.Order == nil {
		return false
	}
	in.Type, in.Body = models.TypeOrder, m.Order.Text
	order := &wire.Order{CatalogID: string(m.Order.CatalogID), Items: []wire.OrderItem{}}
	var lines []string
	for _, i := range m.Order.Items {
		order.Items = append(order.Items, wire.OrderItem{ProductID: string(i.ProductID), Quantity: float64(i.Quantity), Price: float64(i.Price), Currency: i.Currency})
		lines = append(lines, fmt.Sprintf("%g × %s", float64(i.Quantity), i.ProductID))
	}
	in.Content.Order = order
	if in.Body == "" {
		in.Body = strings.Join(lines, ", ")
	}
	return true
}

func readSystem(m *vendorMessage, in *models.Incoming) bool {
	if m.System == nil {
		return false
	}
	in.Type, in.Body = models.TypeSystem, m.System.Body
	news := &wire.SystemNews{Kind: m.System.Type, NewNumber: string(m.System.WaID), NewUserID: string(m.System.UserID)}
	if news.NewNumber == "" {
		news.NewNumber = string(m.System.NewWaID)
	}
	if in.Body == "" {
		in.Body = strings.ReplaceAll(m.System.Type, "_", " ")
	}
	in.Content.System = news
	return true
}

func readWelcome(in *models.Incoming) bool {
	in.Type, in.Body = models.TypeSystem, "Opened the chat."
	in.Content.System = &wire.SystemNews{Kind: "request_welcome"}
	return true
}

// readEdit reads the new form of a message that was edited.
func readEdit(m *vendorMessage, in *models.Incoming) bool {
	if m.Edit == nil || m.Edit.OriginalID == "" {
		return false
	}
	var fresh vendorMessage
	if err := json.Unmarshal(m.Edit.Message, &fresh); err != nil || fresh.Type == "edit" || fresh.Type == "revoke" {
		return false
	}
	fresh.fill(in, m.Edit.Message, nil)
	in.Edits = string(m.Edit.OriginalID)
	return true
}

func readRevoke(m *vendorMessage, in *models.Incoming) bool {
	if m.Revoke == nil || m.Revoke.OriginalID == "" {
		return false
	}
	in.Type, in.Deletes = models.TypeSystem, string(m.Revoke.OriginalID)
	return true
}
