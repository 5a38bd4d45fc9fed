package dashboard

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"mauve/models"
	"mauve/models/problem"
	"mauve/models/search"
	"mauve/templates"
	"mauve/templates/words"
)

// has reports whether the form sent has the field.
func (c *call) has(name string) bool { return c.Request().PostArgs().Has(name) }

// field returns a form field, nil where the form does not have it.
func (c *call) field(name string) *string {
	if !c.has(name) {
		return nil
	}
	return new(c.form(name))
}

// rowID returns a form field that names another row, the empty id for none; nil
// where the form does not have it. What is no id names nothing there is.
func (c *call) rowID(name string) *models.ID {
	text := c.form(name)
	if !c.has(name) {
		return nil
	}
	id, ok := models.ParseID("", text)
	if !ok && text != "" {
		id = "none"
	}
	return &id
}

// ticketChange reads what the form sets: the fields that it has.
func ticketChange(c *call) models.TicketChange {
	change := models.TicketChange{Subject: c.field("subject"), Category: c.rowID("categoryId"), Assignee: c.rowID("assigneeId"),
		Contact: c.rowID("contactId"), Conversation: c.rowID("conversationId"), Version: c.form("version")}
	if c.has("status") {
		change.Status = new(models.TicketStatus(c.form("status")))
	}
	if c.has("priority") {
		priority, _ := strconv.Atoi(c.form("priority")) // what is no number is none that a ticket has
		change.Priority = &priority
	}
	return change
}

// updateTicket changes all fields of the form, or none.
func updateTicket(c *call) error {
	t, err := c.scope.Ticket(c.id())
	if err != nil {
		return err
	}
	change := ticketChange(c)
	readTags(c, &change, t)
	if err = readValues(c, &change); err != nil {
		return err
	}
	_, err = c.scope.UpdateTicket(t.ID, change)
	switch problem.KindOf(err) {
	case problem.Precondition:
		return c.drawChangedSince(err, t)
	default:
		if err != nil {
			return c.drawTicket(err, t, func(v *templates.TicketView) { retype(c, v, nil) })
		}
	}
	return c.then("/tickets/"+string(t.ID), "saved")
}

// readTags reads the tags' names. Untouched they are not set, for a name may hold a comma.
func readTags(c *call, change *models.TicketChange, t *models.Ticket) {
	text := strings.TrimSpace(c.form("tags"))
	if !c.has("tags") || text == strings.Join(ticketRow(c, t).Tags, ", ") {
		return
	}
	tags := []string{}
	for _, name := range split(text) {
		if name = strings.TrimSpace(name); name != "" {
			tags = append(tags, name)
		}
	}
	change.Tags = &tags
}

// readValues reads the attributes that the form has.
func readValues(c *call, change *models.TicketChange) error {
	all, err := c.scope.Attributes(models.AttributeOfTicket, true)
	for _, a := range all {
		if text := c.field("attributes." + a.Name); text != nil {
			if change.Attributes == nil {
				change.Attributes = map[string]any{}
			}
			change.Attributes[a.Name] = untyped(a.Kind, *text)
		}
	}
	return err
}

// retype puts what was typed back into the form, but not into the fields that somebody else changed.
func retype(c *call, v *templates.TicketView, theirs []string) {
	for name, into := range map[string]*string{"subject": &v.Subject, "status": &v.Status, "priority": &v.Priority, "categoryId": &v.CategoryID,
		"assigneeId": &v.AssigneeID, "tags": &v.Tags} {
		if c.has(name) && !slices.Contains(theirs, strings.TrimSuffix(name, "Id")) {
			*into = c.form(name)
		}
	}
	for i, a := range v.Attributes {
		if name := "attributes." + a.Name; c.has(name) && !slices.Contains(theirs, name) {
			v.Attributes[i].Value = c.form(name)
		}
	}
}

// drawChangedSince draws the form again with what others changed since it was
// drawn, who and how; what the person typed into other fields stays.
func (c *call) drawChangedSince(bad error, t *models.Ticket) error {
	l, err := search.LatestTimeline(c.scope, t.ID, models.Page{Size: models.LargestPage})
	if err != nil {
		return err
	}
	seen, err := time.Parse(time.RFC3339, c.form("seen"))
	if err != nil {
		seen = t.UpdatedAt.Add(-time.Millisecond) // a form that does not say learns of the last change
	}
	var theirs, told []string
	for _, entry := range slices.Backward(l.Items) {
		if e := entry.Event; e != nil && e.CreatedAt.After(seen) {
			theirs = append(theirs, e.Changes.Names()...)
			told = append(told, ticketHappened(c.words(), e))
		}
	}
	return c.drawTicket(bad, t, func(v *templates.TicketView) {
		retype(c, v, theirs)
		v.ChangedSince = told
	})
}

func newTicket(c *call) error {
	v := templates.NewTicketView{Priority: strconv.Itoa(models.NormalPriority), Assignee: string(c.scope.Actor().ID)}
	if c.Query("conversation") != "" {
		talk, err := c.talkOf(c.Query("conversation"))
		if err != nil {
			return err
		}
		open, err := search.OpenTicket(c.scope, talk.ID)
		if err != nil {
			return err
		}
		if open != nil {
			return c.then("/tickets/"+string(open.ID), "")
		}
		v.Subject, v.ConversationID, v.Contact = talk.LastBody, string(talk.ID), talk.Contact.Called()
	}
	return c.drawNewTicket(nil, v)
}

// talkOf returns the conversation that a text names; what is no id names none there is.
func (c *call) talkOf(text string) (*models.Conversation, error) {
	id, ok := models.ParseID(models.PrefixConversation, text)
	if !ok {
		id = "none"
	}
	return c.scope.Conversation(id)
}

func (c *call) drawNewTicket(bad error, v templates.NewTicketView) (err error) {
	if v.Choices, err = ticketChoices(c); err != nil {
		return err
	}
	f, err := c.formFrame(bad, words.T(c.words(), "New ticket"), "tickets", "")
	if err != nil {
		return err
	}
	return c.draw(templates.NewTicket(f, v))
}

func createTicket(c *call) error {
	change := ticketChange(c)
	if change.Conversation != nil && *change.Conversation == "" {
		change.Conversation = nil
	}
	made, err := c.scope.CreateTicket(models.TicketStart{TicketChange: change})
	if err == nil {
		return c.then("/tickets/"+string(made.ID), "")
	}
	v := templates.NewTicketView{Subject: c.form("subject"), Priority: c.form("priority"), Category: c.form("categoryId"), Assignee: c.form("assigneeId")}
	if text := c.form("conversationId"); text != "" {
		talk, err := c.talkOf(text)
		if err != nil {
			return err
		}
		v.ConversationID, v.Contact = string(talk.ID), talk.Contact.Called()
	}
	return c.drawNewTicket(err, v)
}
