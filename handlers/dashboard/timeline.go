package dashboard

import (
	"context"
	"strconv"
	"strings"

	"mauve/models"
	"mauve/models/input"
	"mauve/models/search"
	"mauve/templates"
	"mauve/templates/ui"
	"mauve/templates/words"
)

// timelineOf draws a ticket's timeline as the rows of a thread; opened is its conversation, nil without one.
func timelineOf(c *call, entries []*search.TimelineEntry, page string, opened *models.Conversation) ([]templates.ThreadMessage, error) {
	var said []search.Line
	for _, e := range entries {
		if e.Message != nil {
			said = append(said, search.Line{Message: e.Message})
		}
	}
	var a around
	if len(said) > 0 {
		var err error
		if a, err = readAround(c, said, opened); err != nil {
			return nil, err
		}
		a.page = page
	}
	var rows []templates.ThreadMessage
	for _, e := range entries {
		if row, ok := rowOfEntry(c, e, opened, a); ok {
			rows = append(rows, row)
		}
	}
	return rows, markMentions(c, rows)
}

// rowOfEntry draws one entry; false: it needs no row, as a reaction that stands at its message, or was taken away while the page was read.
func rowOfEntry(c *call, e *search.TimelineEntry, opened *models.Conversation, a around) (templates.ThreadMessage, bool) {
	ctx := c.words()
	row := templates.ThreadMessage{ID: string(e.ID()), Time: words.Local(ctx, e.At())}
	switch {
	case e.Event != nil:
		row.Event = ticketHappened(ctx, e.Event)
	case e.Note != nil:
		row.From, row.Body, row.Mine, row.Note = e.Note.AuthorName, e.Note.Body, true, true
		if e.Note.ClientID != nil {
			row.ClientID = *e.Note.ClientID
		}
	case e.Message != nil && a.known[e.Message.ReactsTo()] == nil:
		row, ok := rowOfLine(c, search.Line{Message: e.Message}, opened, a)
		if row.RetryURL != "" {
			row.RetryURL += "?ticket=" + string(c.id()) // and back
		}
		return row, ok
	default:
		return row, false
	}
	return row, true
}

// markMentions splits the notes' texts at the members whom they name.
func markMentions(c *call, rows []templates.ThreadMessage) error {
	var members []*models.Member
	for i, row := range rows {
		if !row.Note || !strings.Contains(row.Body, "@") {
			continue
		}
		if members == nil {
			var err error
			if members, err = c.scope.Members(); err != nil {
				return err
			}
		}
		rows[i].Parts = partsOf(row.Body, members, c.scope.Actor().ID)
	}
	return nil
}

func partsOf(text string, members []*models.Member, self models.ID) (parts []templates.TextPart) {
	at := 0
	for _, m := range input.Mentions(text, models.MemberNames(members)) {
		parts = append(parts, templates.TextPart{Text: text[at:m.Start]},
			templates.TextPart{Text: text[m.Start:m.End], Mention: true, Self: members[m.Of].ID == self})
		at = m.End
	}
	return append(parts, templates.TextPart{Text: text[at:]})
}

// whoOf names who did something.
func whoOf(ctx context.Context, e *models.Event) string {
	switch {
	case e.ActorKind == models.ActorKey:
		return words.T(ctx, "The API key {{.Name}}", "Name", e.ActorName)
	case e.ActorKind == models.ActorRule:
		return words.T(ctx, "A rule ({{.Name}})", "Name", e.ActorName)
	case e.ActorKind == models.ActorContact && e.ActorName == "":
		return words.T(ctx, "The contact")
	case e.ActorName == "":
		return "Mauve"
	}
	return e.ActorName
}

// ticketHappened says what an audit entry tells.
func ticketHappened(ctx context.Context, e *models.Event) string {
	who := whoOf(ctx, e)
	if e.Kind == models.TicketCreated {
		return words.T(ctx, "{{.Who}} made the ticket", "Who", who)
	}
	if s, ok := e.Changes["status"]; ok {
		return words.T(ctx, "{{.Who}} changed the status from {{.From}} to {{.To}}", "Who", who, "From", templates.StatusName(ctx, s.From), "To", templates.StatusName(ctx, s.To))
	}
	if p, ok := e.Changes["priority"]; ok {
		return words.T(ctx, "{{.Who}} changed the priority from {{.From}} to {{.To}}", "Who", who, "From", priorityText(ctx, p.From), "To", priorityText(ctx, p.To))
	}
	for _, field := range e.Changes.Names() {
		if field != "attributeId" {
			return fieldHappened(ctx, who, field, e.Changes[field])
		}
	}
	return who
}

// fieldHappened says how a field whose values are their own words was changed.
func fieldHappened(ctx context.Context, who, field string, c models.Change) string {
	switch field {
	case "firstResponseAt":
		return words.T(ctx, "{{.Who}} gave the first answer", "Who", who)
	case "conversationId":
		if c.To == "" {
			return words.T(ctx, "{{.Who}} unlinked the conversation", "Who", who)
		}
		return words.T(ctx, "{{.Who}} linked a conversation", "Who", who)
	}
	name := fieldName(ctx, field)
	switch {
	case c.To == "":
		return words.T(ctx, "{{.Who}} cleared {{.Field}} (was {{.From}})", "Who", who, "Field", name, "From", c.From)
	case c.From == "":
		return words.T(ctx, "{{.Who}} set {{.Field}} to {{.To}}", "Who", who, "Field", name, "To", c.To)
	}
	return words.T(ctx, "{{.Who}} changed {{.Field}} from {{.From}} to {{.To}}", "Who", who, "Field", name, "From", c.From, "To", c.To)
}

func fieldName(ctx context.Context, field string) string {
	switch field {
	case "subject":
		return words.T(ctx, "the subject")
	case "category":
		return words.T(ctx, "the category")
	case "assignee":
		return words.T(ctx, "the assignee")
	case "contact":
		return words.T(ctx, "the contact")
	case "tags":
		return words.T(ctx, "the tags")
	}
	return "“" + strings.TrimPrefix(field, "attributes.") + "”"
}

func priorityText(ctx context.Context, text string) string {
	n, _ := strconv.Atoi(text) // written by models
	return templates.PriorityName(ctx, n)
}

// ticketFacts are the times and counts beside the timeline.
func ticketFacts(ctx context.Context, t *models.Ticket) []ui.Fact {
	facts := []ui.Fact{{Name: words.T(ctx, "Made"), Value: words.Moment(ctx, t.CreatedAt)}}
	if t.FirstResponseAt != nil {
		facts = append(facts, ui.Fact{Name: words.T(ctx, "First answer"), Value: words.Moment(ctx, *t.FirstResponseAt)})
	}
	if t.ResolvedAt != nil {
		facts = append(facts, ui.Fact{Name: words.T(ctx, "Resolved"), Value: words.Moment(ctx, *t.ResolvedAt)})
	}
	if t.ReopenedCount > 0 {
		facts = append(facts, ui.Fact{Name: words.T(ctx, "Opened again"), Value: strconv.Itoa(t.ReopenedCount)})
	}
	return facts
}
