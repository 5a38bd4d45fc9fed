package dashboard

import (
	"slices"
	"time"

	"mauve/models"
	"mauve/models/placeholder"
	"mauve/models/problem"
	"mauve/models/rights"
	"mauve/templates"
	"mauve/templates/ui"
	"mauve/templates/words"
)

// filling is a template as somebody filled it: with nothing, when it was just chosen.
type filling struct {
	template models.ID
	values   map[string]string
	faults   map[string]string
	refused  string
	clientID string
}

// gateOf tells what the conversation's channel lets through, with the template chosen, if one was.
func gateOf(c *call, t *templates.Thread, opened *models.Conversation, with filling) error {
	on, err := c.scope.Channel(opened.ChannelID)
	if problem.KindOf(err) == problem.NotFound {
		t.CannotReply = words.T(c.words(), "The channel was removed.")
		return nil
	}
	if err != nil {
		return err
	}
	g := &t.Gate
	g.Now = c.scope.Now()
	if on.Status == models.NeedsAttention {
		g.Trouble = words.Reason(c.words(), on.StatusDetail)
		if c.scope.Actor().Grants.Has(rights.WriteChannels) {
			g.ChannelURL = "/settings/channels/" + string(on.ID)
		}
		waiting, err := c.scope.FirstWaiting(opened.ID)
		if err != nil {
			return err
		}
		if waiting != "" && !on.Kind.Capabilities().Linked {
			g.RetryURL = "/inbox/" + string(opened.ID) + "/messages/" + string(waiting) + "/retry"
			if facts := on.Wire().Facts; facts != nil {
				g.CheckedAt, _ = time.Parse(time.RFC3339, facts.CheckedAt)
			}
		}
	}
	if end := opened.WindowEnd(); end != nil {
		g.Ends, g.Shut = *end, !g.Now.Before(*end)
	}
	if g.Shut && on.Kind.Capabilities().Templates {
		err = offer(c, g, on.ID, with)
	}
	return err
}

// offer lists the templates that can be sent from here and draws the form of the chosen one.
func offer(c *call, g *templates.Gate, channel models.ID, with filling) error {
	all, err := c.scope.Templates(channel)
	if err != nil {
		return err
	}
	for _, t := range all {
		if _, whole := t.Form().Gaps(); !whole || !t.Approved() {
			continue
		}
		g.Templates = append(g.Templates, ui.Option{Value: string(t.ID), Label: t.Name + " · " + t.Language})
		if t.ID == with.template {
			g.Chosen = formOf(c, t, with)
		}
	}
	return nil
}

func formOf(c *call, t *models.Template, with filling) *templates.TemplateForm {
	form := &templates.TemplateForm{ID: string(t.ID), ClientID: with.clientID, Buttons: t.Form().Buttons(), Error: with.refused}
	if form.ClientID == "" {
		form.ClientID = string(models.NewID(time.Now()))
	}
	gaps, _ := t.Form().Gaps()
	for _, gap := range gaps {
		form.Fields = append(form.Fields, gapField(c, gap, with))
	}
	for _, line := range t.Form().Pieces() {
		var pieces []templates.PreviewPiece
		for _, p := range line {
			if p.Gap == nil {
				pieces = append(pieces, templates.PreviewPiece{Text: p.Text})
				continue
			}
			said := with.values[p.Gap.Field]
			if said == "" {
				said = "{{" + p.Gap.Name + "}}"
			}
			pieces = append(pieces, templates.PreviewPiece{Text: said, Gap: p.Gap.Field})
		}
		form.Lines = append(form.Lines, pieces)
	}
	return form
}

// gapField is the field by which a gap is filled.
func gapField(c *call, gap placeholder.Gap, with filling) ui.FieldView {
	ctx := c.words()
	field := ui.FieldView{Name: gap.Field, ID: "gap-" + gap.Field, Value: with.values[gap.Field], Required: true, Attrs: ui.Attrs{"autocomplete": "off"}}
	switch {
	case gap.Kind == placeholder.File:
		field.Label, field.Type = words.T(ctx, "Address of the file in the header"), "url"
	case gap.Kind == placeholder.Code:
		field.Label = words.T(ctx, "Code that “{{.Button}}” copies", "Button", gap.Name)
	case gap.Part == "button":
		field.Label = words.T(ctx, "End of the address of “{{.Button}}”", "Button", gap.Name)
	case gap.Part == "header":
		field.Label = words.T(ctx, "Header {{.Name}}", "Name", gap.Name)
	default:
		field.Label = words.T(ctx, "Text {{.Name}}", "Name", gap.Name)
	}
	if fault := with.faults[gap.Field]; fault != "" {
		field.Error = field.Label + " " + fault
	}
	return field
}

// sendTemplate sends a template, or shows it as it would be sent.
func sendTemplate(c *call) error {
	opened, err := c.scope.Conversation(c.id())
	if err != nil {
		return err
	}
	t, err := c.scope.Template(opened.ChannelID, models.ID(c.form("template")))
	if err != nil {
		return err
	}
	with := filling{template: t.ID, values: map[string]string{}, clientID: c.form("client_id")}
	gaps, _ := t.Form().Gaps()
	for _, gap := range gaps {
		with.values[gap.Field] = c.form(gap.Field)
	}
	if c.form("act") == "preview" {
		return c.drawFilled(with)
	}
	draft, err := t.Filled(with.values)
	if err == nil {
		draft.ClientID = with.clientID
		_, err = c.scope.Send(opened.ID, draft)
	}
	if err == nil {
		return c.then(c.opened(opened.ID), "")
	}
	var f templates.Frame
	if err := c.refuse(err, &f); err != nil {
		return err
	}
	with.faults, with.refused = f.Errors, f.Bad
	if slices.ContainsFunc(gaps, func(g placeholder.Gap) bool { return f.Errors[g.Field] != "" }) {
		with.refused = words.T(c.words(), "It was not sent. Look at the marked fields.")
	}
	return c.drawFilled(with)
}

// drawFilled draws the conversation with the template as it was filled.
func (c *call) drawFilled(with filling) error {
	v, err := readList(c)
	if err != nil {
		return err
	}
	if err := readThread(c, &v, with); err != nil {
		return err
	}
	return c.drawInbox(v, v.Thread.Name)
}

// retryMessage sends a failed message again, or has the channel looked at for which it waits, from its conversation or
// from a ticket's page.
func retryMessage(c *call) error {
	m, err := c.message()
	if err != nil {
		return err
	}
	if _, err = c.scope.RetryMessage(m.ID); err == nil {
		if ticket, ok := models.ParseID("", c.Query("ticket")); ok {
			return c.then("/tickets/"+string(ticket), "")
		}
		if m.Status == models.Queued {
			return c.then(c.opened(c.id()), "checking")
		}
		return c.then(c.opened(c.id()), "")
	}
	return c.drawRefused(err, "", "")
}
