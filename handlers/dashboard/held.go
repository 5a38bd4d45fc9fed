package dashboard

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"mauve/models"
	"mauve/models/reason"
	"mauve/templates"
	"mauve/templates/ui"
	"mauve/templates/words"
)

// heldIn fills a row with what its message holds besides its text.
func heldIn(ctx context.Context, m *models.Message, row *templates.ThreadMessage) {
	row.Edited, row.Deleted = m.EditedAt != nil && m.DeletedAt == nil, m.DeletedAt != nil
	c := m.Content
	if c == nil || row.Deleted {
		return
	}
	row.Forwarded, row.Often = c.Forwarded, c.Often
	row.Media, row.Place, row.Picked, row.Order = mediaIn(m), placeIn(c), pickedIn(c), orderIn(c)
	for _, p := range c.Contacts {
		row.Cards = append(row.Cards, templates.BusinessCard{Name: p.Name, Organization: p.Organization, Phones: p.Phones, Emails: p.Emails})
	}
	if r := c.Referral; r != nil {
		row.Ad = &templates.Ad{Headline: r.Headline, Text: r.Body, URL: r.SourceURL}
	}
	if c.Product != nil {
		row.Product = c.Product.ProductID
	}
	if c.Template != nil {
		row.Template = c.Template.Name
	}
	if len(row.Cards) > 0 || row.Order != nil && strings.Contains(row.Body, "×") {
		row.Body = "" // the same in words
	}
	if m.Type == models.TypeUnsupported {
		row.Unknown = unknownIn(ctx, reason.Kept(c.Problem))
	}
}

func unknownIn(ctx context.Context, why reason.Reason) string {
	if why.None() {
		return words.T(ctx, "A message of a kind that cannot be shown here. It is on the contact’s phone.")
	}
	return words.T(ctx, "A message that cannot be shown here: {{.Why}}", "Why", words.Reason(ctx, why))
}

func mediaIn(m *models.Message) *templates.Media {
	f := m.Content.Media
	if f == nil || f.State == "" && len(m.Attachments) > 0 {
		return nil
	}
	shown := &templates.Media{Kind: string(m.Type), Name: f.FileName, Type: f.MIMEType, Size: size(f.Size), Coming: f.State == models.MediaComing, Problem: reason.Kept(f.Problem)}
	if !m.IsInbound() || m.ChannelKind.Capabilities().Inbound { // not a vendor's own, which opens for nobody else
		shown.Link = f.URL
	}
	return shown
}

// size is a number of bytes as people read it; empty when it is not known.
func size(n int64) string {
	switch {
	case n <= 0:
		return ""
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 1_000_000:
		return fmt.Sprintf("%d kB", n/1000)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}

func placeIn(c *models.Content) *templates.Place {
	p := c.Location
	if p == nil {
		return nil
	}
	at := fmt.Sprintf("%.5f, %.5f", p.Latitude, p.Longitude)
	return &templates.Place{Name: p.Name, Address: p.Address, At: at,
		URL: fmt.Sprintf("https://www.openstreetmap.org/?mlat=%.6f&mlon=%.6f#map=16/%.6f/%.6f", p.Latitude, p.Longitude, p.Latitude, p.Longitude)}
}

func pickedIn(c *models.Content) *templates.Picked {
	if c.Choice == nil {
		return nil
	}
	p := &templates.Picked{Kind: c.Choice.Kind, Title: c.Choice.Title, Description: c.Choice.Description}
	var answers map[string]any
	if json.Unmarshal(c.Choice.Data, &answers) == nil {
		for _, name := range slices.Sorted(maps.Keys(answers)) {
			if name != "flow_token" {
				p.Answers = append(p.Answers, ui.Fact{Name: name, Value: fmt.Sprint(answers[name])})
			}
		}
	}
	return p
}

func orderIn(c *models.Content) []templates.OrderLine {
	if c.Order == nil {
		return nil
	}
	var lines []templates.OrderLine
	for _, i := range c.Order.Items {
		lines = append(lines, templates.OrderLine{Count: fmt.Sprintf("%g", i.Quantity), Product: i.ProductID, Price: fmt.Sprintf("%.2f %s", i.Price, i.Currency)})
	}
	return lines
}
