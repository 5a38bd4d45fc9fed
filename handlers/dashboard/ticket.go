package dashboard

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"mauve/models"
	"mauve/models/problem"
	"mauve/models/search"
	"mauve/models/wire"
	"mauve/templates"
	"mauve/templates/words"
	"mauve/web"
)

// showTicket answers with the whole page, or with the part of it that the page asks for.
func showTicket(c *call) error {
	t, err := c.scope.Ticket(c.id())
	if err != nil {
		return err
	}
	f := templates.Frame{CSRF: c.server.CSRF(c.Ctx)}
	v := templates.TicketView{Ticket: ticketRow(c, t), ConversationID: string(t.ConversationID)}
	switch c.Query("fragment") {
	case "bar":
		return c.draw(templates.TicketBar(f, v))
	case "timeline":
		opened, err := talkOf(c, t)
		if err == nil {
			err = readTimeline(c, &v, t, opened)
		}
		if err != nil {
			return err
		}
		return c.draw(templates.Timeline(f, v))
	case "details":
		if v, err = readTicket(c, t); err != nil {
			return err
		}
		return c.draw(templates.TicketDetails(f, v))
	}
	return c.drawTicket(nil, t, nil)
}

// drawTicket draws the page with what was wrong with the form just sent, if
// anything was; change puts back what was typed.
func (c *call) drawTicket(bad error, t *models.Ticket, change func(*templates.TicketView)) error {
	v, err := readTicket(c, t)
	if err != nil {
		return err
	}
	f, err := c.formFrame(bad, v.Ticket.Name(), "tickets", "")
	if err != nil {
		return err
	}
	c.offerUndo(&f)
	if change != nil {
		change(&v)
	}
	return c.draw(templates.Ticket(f, v))
}

// readTicket fills everything the page of a ticket shows.
func readTicket(c *call, t *models.Ticket) (v templates.TicketView, err error) {
	v = templates.TicketView{Ticket: ticketRow(c, t), Subject: t.Subject, Priority: strconv.Itoa(t.Priority), Status: string(t.Status),
		CategoryID: string(t.CategoryID), AssigneeID: string(t.AssigneeID), ContactID: string(t.ContactID), ConversationID: string(t.ConversationID),
		Version: t.Version(), Seen: wire.Stamp(t.UpdatedAt)}
	v.Tags = strings.Join(v.Ticket.Tags, ", ")
	if v.Choices, err = ticketChoices(c); err != nil {
		return v, err
	}
	v.Choices.Categories = withCurrent(v.Choices.Categories, v.CategoryID, t.Category)
	v.Choices.Members = withCurrent(v.Choices.Members, v.AssigneeID, t.Assignee)
	for _, read := range []func(*call, *templates.TicketView, *models.Ticket) error{readAttributes, readParty, readTalk} {
		if err = read(c, &v, t); err != nil {
			return v, err
		}
	}
	v.Facts = ticketFacts(c.words(), t)
	return v, nil
}

// talkOf is the ticket's conversation, nil without one.
func talkOf(c *call, t *models.Ticket) (*models.Conversation, error) {
	if t.ConversationID == "" {
		return nil, nil
	}
	return c.scope.Conversation(models.ID(t.ConversationID))
}

// readTalk fills the timeline and the composer.
func readTalk(c *call, v *templates.TicketView, t *models.Ticket) error {
	opened, err := talkOf(c, t)
	if err == nil {
		err = readTimeline(c, v, t, opened)
	}
	if err != nil {
		return err
	}
	return readComposer(c, v, t, opened)
}

// withCurrent adds what the ticket has, though it could not be newly set: an archived category, somebody who left.
func withCurrent(choices []templates.Choice, id, name string) []templates.Choice {
	if id == "" || slices.ContainsFunc(choices, func(c templates.Choice) bool { return c.ID == id }) {
		return choices
	}
	return append(choices, templates.Choice{ID: id, Name: name})
}

// readAttributes fills the fields of the attributes in use, and of archived ones that the ticket has.
func readAttributes(c *call, v *templates.TicketView, t *models.Ticket) error {
	all, err := c.scope.Attributes(models.AttributeOfTicket, true)
	if err != nil {
		return err
	}
	for _, a := range all {
		value := t.Attributes[string(a.ID)]
		if a.ArchivedAt != nil && value == nil {
			continue
		}
		field := templates.AttributeField{Name: a.Name, Kind: string(a.Kind), Value: typed(value), Choices: a.Choices}
		if a.Kind == models.ChoiceAttribute && field.Value != "" && !a.Choices.Has(field.Value) {
			field.Choices = append(slices.Clone(field.Choices), field.Value)
		}
		v.Attributes = append(v.Attributes, field)
	}
	return nil
}

// typed writes a value as its form field holds it; untyped reads it back.
func typed(value any) string {
	switch value := value.(type) {
	case bool:
		if value {
			return "yes"
		}
		return "no"
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64)
	case string:
		return value
	}
	return ""
}

func untyped(kind models.AttributeKind, text string) any {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	if n, err := strconv.ParseFloat(text, 64); kind == models.NumberAttribute && err == nil {
		return n
	}
	if kind == models.YesNoAttribute && (text == "yes" || text == "no") {
		return text == "yes"
	}
	if text == "" {
		return nil
	}
	return text
}

// readParty fills whom the ticket is with: the contact and their other tickets, and where replies could go.
func readParty(c *call, v *templates.TicketView, t *models.Ticket) error {
	if t.ContactID == "" {
		return nil
	}
	v.ContactURL = "/contacts/" + string(t.ContactID)
	others, err := search.Tickets(c.scope, search.TicketFilter{ContactID: models.ID(t.ContactID)}, models.Page{Size: 9})
	if err != nil {
		return err
	}
	for _, o := range others.Items {
		if o.ID != t.ID {
			v.Previous = append(v.Previous, ticketRow(c, o))
		}
	}
	if t.ConversationID != "" {
		return nil
	}
	talks, err := search.Conversations(c.scope, search.ConversationFilter{ContactID: models.ID(t.ContactID)}, models.Page{Size: 20})
	if err != nil {
		return err
	}
	for _, talk := range talks.Items {
		v.Talks = append(v.Talks, templates.Choice{ID: string(talk.ID), Name: words.Moment(c.words(), talk.LastActivityAt) + " · " + talk.LastBody})
	}
	return nil
}

// readTimeline fills the newest page of what was said and done, or the older one the address asks for.
func readTimeline(c *call, v *templates.TicketView, t *models.Ticket, opened *models.Conversation) error {
	l, err := search.LatestTimeline(c.scope, t.ID, models.Page{Size: 60, Cursor: c.Query("cursor")})
	if err != nil {
		return err
	}
	v.Thread.Members = v.Choices.Members
	v.Thread.ID, v.Thread.Path, v.Thread.Name = string(t.ID), v.Ticket.URL(), v.Ticket.Contact
	if l.Next != "" {
		v.Thread.OlderURL = v.Ticket.URL() + "?cursor=" + l.Next
	}
	slices.Reverse(l.Items)
	v.Thread.Messages, err = timelineOf(c, l.Items, v.Ticket.URL(), opened)
	return err
}

// readComposer fills what the composer starts with.
func readComposer(c *call, v *templates.TicketView, t *models.Ticket, opened *models.Conversation) error {
	v.Thread.ClientID = string(models.NewID(time.Now()))
	if v.Thread.Name == "" {
		v.Thread.Name = words.T(c.words(), "the contact")
	}
	if opened == nil {
		v.Thread.CannotReply = words.T(c.words(), "No conversation is linked.")
		return nil
	}
	contact, err := c.scope.Contact(models.ID(t.ContactID))
	if err != nil {
		return err
	}
	if contact.Blocked {
		v.Thread.CannotReply = words.T(c.words(), "This contact is blocked.")
	}
	draft, err := c.scope.SavedDraft(opened.ID)
	if err != nil {
		return err
	}
	v.Thread.Draft, v.Thread.Kind, v.Thread.DraftURL = draft.Body, kindOf(draft.Kind), "/inbox/"+string(opened.ID)+"/draft"
	v.Thread.Reacts = opened.ChannelKind.Capabilities().Sends(models.TypeReaction)
	about := c.Query("about")
	if c.Method() == "POST" {
		about = c.form("reply_to")
	}
	return aboutOf(c, &v.Thread, opened.ID, about)
}

// sayOnTicket sends a reply through the ticket's conversation, or writes a note on the ticket.
func sayOnTicket(c *call) error {
	if refused := web.RefusedFile(c.Ctx); refused != nil {
		return c.saidOnTicket(refused)
	}
	return c.saidOnTicket(c.say(c.id()))
}

// reactOnTicket puts an emoji at the message that the composer is about, or takes it back.
func reactOnTicket(c *call) error {
	_, err := c.scope.ReactOnTicket(c.id(), messageID(c.form("reply_to")), c.form("emoji"))
	return c.saidOnTicket(err)
}

// saidOnTicket leads back to the ticket. What was refused comes back with what was typed, where no script keeps it.
func (c *call) saidOnTicket(bad error) error {
	if bad == nil {
		return c.then("/tickets/"+string(c.id()), "")
	}
	if c.isPart() {
		return bad
	}
	var f templates.Frame
	if err := c.refuse(bad, &f); err != nil {
		return err
	}
	t, err := c.scope.Ticket(c.id())
	if err != nil {
		return err
	}
	files, err := c.attached()
	if err != nil {
		return err
	}
	return c.drawTicket(nil, t, func(v *templates.TicketView) {
		v.Thread.Attached = files
		v.Thread.MessageError, v.Thread.MessageText, v.Thread.Kind = f.Bad, c.form("body"), c.form("kind")
	})
}

func (c *call) say(ticket models.ID) error {
	if c.form("kind") != "note" {
		_, err := c.scope.ReplyEachOnTicket(ticket, c.draft(models.Reply))
		return err
	}
	if len(c.attachments()) > 0 {
		return problem.InvalidField("file", "a note holds text alone")
	}
	if _, err := c.scope.WriteTicketNote(ticket, c.form("body"), c.form("client_id")); err != nil {
		return err
	}
	t, err := c.scope.Ticket(ticket)
	if err != nil || t.ConversationID == "" {
		return err
	}
	return c.scope.SaveDraft(models.ID(t.ConversationID), models.SavedDraft{Kind: models.PrivateNote}, "")
}
