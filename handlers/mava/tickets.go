package mava

import (
	"bytes"
	"encoding/json"

	"github.com/gofiber/fiber/v2"

	"mauve/models"
	"mauve/models/problem"
	"mauve/models/search"
)

// assignee is a member of a body where null means nobody.
type assignee struct {
	sent bool
	id   models.ID
}

// UnmarshalJSON notes that it was sent.
func (a *assignee) UnmarshalJSON(b []byte) error {
	a.sent = true
	if bytes.Equal(b, []byte("null")) {
		return nil
	}
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return problem.InvalidField("assignedTo", "is not an id")
	}
	id, ok := models.ParseID(models.PrefixMember, text)
	if a.id = id; !ok {
		return problem.InvalidField("assignedTo", "is not an id")
	}
	return nil
}

// ticketFields are what creating and updating a ticket share.
type ticketFields struct {
	Status     *string   `json:"status"`
	Priority   *int      `json:"priority"`
	AssignedTo assignee  `json:"assignedTo"`
	Tags       *[]string `json:"tags"`
}

func (f ticketFields) change(categoryID *string) (models.TicketChange, error) {
	c := models.TicketChange{Priority: f.Priority, Tags: f.Tags}
	if f.Status != nil {
		status, ok := statuses[*f.Status]
		if !ok {
			return c, problem.InvalidField("status", "is one of Open, Pending, Waiting, Resolved")
		}
		c.Status = &status
	}
	if categoryID != nil {
		id, ok := models.ParseID(models.PrefixCategory, *categoryID)
		if !ok {
			return c, problem.InvalidField("categoryId", "is not an id")
		}
		c.Category = &id
	}
	if f.AssignedTo.sent {
		c.Assignee = &f.AssignedTo.id
	}
	return c, nil
}

// updateTicket is Mava's PUT /ticket: all of the change or none.
func updateTicket(s *models.Scope, c *fiber.Ctx) (any, error) {
	in, err := read[struct {
		TicketID   string  `json:"ticketId"`
		CategoryID *string `json:"categoryId"`
		ticketFields
	}](c)
	if err != nil {
		return nil, err
	}
	id, err := ticketID(in.TicketID)
	if err != nil {
		return nil, err
	}
	change, err := in.change(in.CategoryID)
	if err != nil {
		return nil, err
	}
	if change.Empty() {
		return nil, problem.Fail(problem.Invalid, "invalid", "Nothing to update: give status, priority, categoryId, assignedTo or tags")
	}
	if _, err = s.UpdateTicket(id, change); err != nil {
		return nil, missing(err, "Ticket not found")
	}
	return fiber.Map{"message": "Ticket updated"}, nil
}

func ticketID(text string) (models.ID, error) {
	id, ok := models.ParseID(models.PrefixTicket, text)
	if !ok {
		return "", problem.InvalidField("ticketId", "is not an id")
	}
	return id, nil
}

type createIn struct {
	ticketFields
	CustomerID string `json:"customerId"`
	Customer   *struct {
		Name       *string  `json:"name"`
		Email      *string  `json:"email"`
		Attributes labelled `json:"attributes"`
	} `json:"customer"`
	Category   *string  `json:"category"`
	Subject    string   `json:"emailSubjectLine"`
	Attributes labelled `json:"attributes"`
	Message    *words   `json:"message"`
	Silent     bool     `json:"silent"`
}

// createTicket makes a ticket with its customer, a conversation for the replies and what the customer wrote.
func createTicket(s *models.Scope, c *fiber.Ctx) (any, error) {
	in, err := read[createIn](c)
	if err != nil {
		return nil, err
	}
	start, err := in.start()
	if err != nil {
		return nil, err
	}
	t, err := s.CreateTicket(start)
	if err != nil {
		return nil, missing(err, "Customer not found")
	}
	out, err := whole(s.Answering(), []*models.Ticket{t}, true)
	if err != nil {
		return nil, err
	}
	return out[0], nil
}

func (in *createIn) start() (start models.TicketStart, err error) {
	if start.TicketChange, err = in.change(in.Category); err != nil {
		return start, err
	}
	start.Thread, start.Silent = true, in.Silent
	start.Attributes, start.DefineAttributes = in.Attributes, true
	if in.Subject != "" {
		start.Subject = &in.Subject
	}
	if err = in.party(&start); err != nil || in.Message == nil {
		return start, err
	}
	first, err := in.Message.draft()
	first.Direction = models.Inbound
	start.First = &first
	return start, err
}

// party says whose ticket it is: a known customer's, or one found or made by what is told of them.
func (in *createIn) party(start *models.TicketStart) error {
	if in.CustomerID != "" {
		id, ok := models.ParseID(models.PrefixContact, in.CustomerID)
		if !ok {
			return problem.InvalidField("customerId", "is not an id")
		}
		start.Contact = &id
		return nil
	}
	if in.Customer == nil {
		return problem.InvalidField("customer", "is missing: give customerId or customer")
	}
	start.Person = &models.ContactChange{Name: in.Customer.Name, Email: in.Customer.Email, Attributes: models.Attributes(in.Customer.Attributes), DefineAttributes: true}
	if given(in.Customer.Name) || given(in.Customer.Email) {
		return nil
	}
	name := anonymous
	start.Person.Name = &name
	return nil
}

func given(text *string) bool { return text != nil && *text != "" }

// messagesShown is how many of a ticket's newest messages an answer holds.
const messagesShown = 100

// whole spells tickets with their customers and, if asked for, what was said: a few look-ups for any number of them.
func whole(s *models.Scope, tickets []*models.Ticket, withMessages bool) ([]ticket, error) {
	ids := make([]models.ID, 0, len(tickets))
	for _, t := range tickets {
		ids = append(ids, models.ID(t.ContactID))
	}
	people, err := search.ContactsByID(s, ids)
	if err != nil {
		return nil, err
	}
	definitions, err := s.Attributes(models.AttributeOfContact, true)
	if err != nil {
		return nil, err
	}
	talk := map[models.ID][]*search.TimelineEntry{}
	if withMessages {
		if talk, err = search.Talk(s, tickets, messagesShown); err != nil {
			return nil, err
		}
	}
	out := make([]ticket, 0, len(tickets))
	for _, t := range tickets {
		one := spell(s.Workspace(), t)
		if person := people[models.ID(t.ContactID)]; person != nil {
			one.Customer = spellCustomer(person, definitions)
		}
		one.Messages = spellMessages(talk[t.ID])
		out = append(out, one)
	}
	return out, nil
}
