package dashboard

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"mauve/models"
	"mauve/models/search"
	"mauve/templates"
	"mauve/templates/ui"
	"mauve/templates/words"
)

// readThread fills the view's thread; whoever opens it has read it.
func readThread(c *call, v *templates.InboxView, with filling) error {
	opened, err := readBy(c)
	if err != nil {
		return err
	}
	t, err := barOf(c, opened)
	if err != nil {
		return err
	}
	v.Thread, v.ShowsDetails = t, c.Query("pane") == "details"
	for i := range v.Rows {
		if v.Rows[i].Selected {
			v.Rows[i].Unread = 0
		}
	}
	lines, older, err := search.Thread(c.scope, opened.ID, models.Page{Size: 50, Cursor: c.Query("cursor")})
	if err != nil {
		return err
	}
	if t.Messages, err = rowsOf(c, lines, opened, false); err != nil {
		return err
	}
	if older != "" {
		t.OlderURL = v.AddressOf(t.ID, "", "cursor", older)
	}
	draft, err := c.scope.SavedDraft(opened.ID)
	if err != nil {
		return err
	}
	t.Draft, t.Kind, t.DraftURL, t.ClientID = draft.Body, kindOf(draft.Kind), "/inbox/"+t.ID+"/draft", string(models.NewID(time.Now()))
	if err = errors.Join(gateOf(c, t, opened, with), aboutOf(c, t, opened.ID, c.Query("about")), askedChange(c, t, opened.ID)); err != nil {
		return err
	}
	t.Reacts = opened.ChannelKind.Capabilities().Sends(models.TypeReaction)
	t.Details, err = detailsOf(c, *v, opened)
	return err
}

// aboutOf fills the message that the composer is about; nothing where the text names none of the conversation's.
func aboutOf(c *call, t *templates.Thread, conversation models.ID, text string) error {
	id := messageID(text)
	known, err := search.MessagesByID(c.scope, conversation, []models.ID{id})
	if m := known[id]; m != nil && m.Answerable() {
		t.About = &templates.Quote{ID: string(m.ID), From: authorOf(m, t.Name), Text: templates.Gist(c.words(), m.Gist())}
	}
	return err
}

func kindOf(kind models.MessageKind) string {
	if kind == models.PrivateNote {
		return "note"
	}
	return "reply"
}

// barOf fills what the bar of a thread shows.
func barOf(c *call, opened *models.Conversation) (*templates.Thread, error) {
	t := &templates.Thread{ID: string(opened.ID), Name: opened.Contact.Called(), Channel: string(opened.ChannelKind), ContactID: string(opened.ContactID),
		Status: string(opened.Status), Assignee: opened.Assignee}
	if opened.SnoozedUntil != nil {
		t.SnoozedUntil = *opened.SnoozedUntil
	}
	members, err := c.scope.Members()
	if err != nil {
		return nil, err
	}
	for _, m := range members {
		t.Members = append(t.Members, templates.Choice{ID: string(m.ID), Name: m.Name, Chosen: m.ID == opened.AssigneeID})
	}
	known, err := c.scope.Labels("conversation")
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Compact(slices.Sorted(slices.Values(append(known, opened.Labels...)))) {
		t.Labels = append(t.Labels, templates.Choice{ID: name, Name: name, Chosen: opened.Labels.Has(name)})
	}
	return t, ticketOf(c, t, opened)
}

// ticketOf fills where T leads.
func ticketOf(c *call, t *templates.Thread, opened *models.Conversation) error {
	t.TicketURL = "/tickets/new?conversation=" + t.ID
	open, err := search.OpenTicket(c.scope, opened.ID)
	if err == nil && open != nil {
		t.TicketURL, t.TicketNumber = "/tickets/"+string(open.ID), "#"+strconv.FormatInt(open.Number, 10)
	}
	return err
}

func detailsOf(c *call, v templates.InboxView, opened *models.Conversation) (d templates.Details, err error) {
	contact, err := c.scope.Contact(opened.ContactID)
	if err != nil {
		return d, err
	}
	d = templates.Details{ContactURL: "/contacts/" + string(contact.ID), Name: opened.Contact.Called(), Labels: contact.Labels, Facts: factsOf(c.words(), contact)}
	if contact.Blocked {
		v.Thread.CannotReply = words.T(c.words(), "This contact is blocked.")
	}
	others, err := search.Conversations(c.scope, search.ConversationFilter{ContactID: contact.ID}, models.Page{Size: 6})
	if err != nil {
		return d, err
	}
	for _, o := range others.Items {
		if o.ID != opened.ID {
			d.Others = append(d.Others, rowOf(c.words(), templates.InboxView{Status: string(o.Status)}, o, ""))
		}
	}
	if d.Tickets, err = ticketsOf(c, contact.ID); err != nil {
		return d, err
	}
	notes, err := search.Notes(c.scope, contact.ID, models.Page{Size: 3})
	if err != nil {
		return d, err
	}
	for _, n := range notes.Items {
		d.Notes = append(d.Notes, templates.ContactNote{Body: n.Body, Author: n.AuthorName, Time: n.CreatedAt})
	}
	return d, nil
}

// ticketsOf are a contact's newest tickets.
func ticketsOf(c *call, contact models.ID) (rows []templates.TicketRow, err error) {
	l, err := search.Tickets(c.scope, search.TicketFilter{ContactID: contact}, models.Page{Size: 8})
	if err != nil {
		return nil, err
	}
	for _, t := range l.Items {
		rows = append(rows, ticketRow(c, t))
	}
	return rows, nil
}

func factsOf(ctx context.Context, p *models.Contact) []ui.Fact {
	facts := []ui.Fact{{Name: words.T(ctx, "Phone"), Value: p.Phone}, {Name: words.T(ctx, "E-mail"), Value: p.Email}, {Name: words.T(ctx, "External id"), Value: p.ExternalID}}
	for _, name := range slices.Sorted(maps.Keys(p.Attributes)) {
		if value := p.Attributes[name]; value != nil {
			facts = append(facts, ui.Fact{Name: name, Value: fmt.Sprint(value)})
		}
	}
	return slices.DeleteFunc(facts, func(f ui.Fact) bool { return f.Value == "" })
}

// happened says what was done to a conversation; empty for what needs no line.
func happened(ctx context.Context, e *models.Event) string {
	who := e.ActorName
	if who == "" {
		who = "Mauve"
	}
	if change, ok := e.Changes["status"]; ok {
		switch models.ConversationState(change.To) {
		case models.StatusClosed:
			return words.T(ctx, "{{.Who}} closed the conversation", "Who", who)
		case models.StatusSnoozed:
			return words.T(ctx, "{{.Who}} snoozed the conversation", "Who", who)
		}
		return words.T(ctx, "{{.Who}} opened the conversation again", "Who", who)
	}
	if change, ok := e.Changes["assignee"]; ok {
		if change.To == "" {
			return words.T(ctx, "{{.Who}} took {{.Name}} off", "Who", who, "Name", change.From)
		}
		return words.T(ctx, "{{.Who}} assigned {{.Name}}", "Who", who, "Name", change.To)
	}
	if change, ok := e.Changes["labels"]; ok {
		if change.To == "" {
			return words.T(ctx, "{{.Who}} removed the labels", "Who", who)
		}
		return words.T(ctx, "{{.Who}} set the labels {{.Labels}}", "Who", who, "Labels", change.To)
	}
	return ""
}
