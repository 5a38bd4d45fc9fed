package api

import (
	"strconv"
	"strings"

	"mauve/models"
	"mauve/models/search"
	"mauve/models/wire"
)

// TicketFields are what can be set of a ticket; huma reads embedded structs only when exported.
type TicketFields struct {
	Subject        *string        `json:"subject,omitempty"`
	Status         *string        `json:"status,omitempty" enum:"open,pending,waiting,resolved" doc:"open needs us, waiting is on the customer, pending is on a third party or for later, resolved is done"`
	Priority       *int           `json:"priority,omitempty" minimum:"1" maximum:"3" doc:"1 low, 2 normal, 3 high"`
	CategoryID     maybe[string]  `json:"categoryId,omitempty" doc:"null: none"`
	AssigneeID     maybe[string]  `json:"assigneeId,omitempty" doc:"null: nobody"`
	ContactID      maybe[string]  `json:"contactId,omitempty" doc:"null: nobody"`
	ConversationID maybe[string]  `json:"conversationId,omitempty" doc:"Replies go there; it brings its contact. null: none"`
	Tags           labels         `json:"tags,omitempty" doc:"All of them, by id or name"`
	Attributes     map[string]any `json:"attributes,omitempty" doc:"By name, merged; null clears one"`
}

func (f TicketFields) change() (models.TicketChange, error) {
	c := models.TicketChange{Subject: f.Subject, Priority: f.Priority, Tags: f.Tags.pointer(), Attributes: f.Attributes}
	if f.Status != nil {
		status := models.TicketStatus(*f.Status)
		c.Status = &status
	}
	for _, r := range []struct {
		prefix, field string
		in            maybe[string]
		into          **models.ID
	}{
		{models.PrefixCategory, "categoryId", f.CategoryID, &c.Category}, {models.PrefixMember, "assigneeId", f.AssigneeID, &c.Assignee},
		{models.PrefixContact, "contactId", f.ContactID, &c.Contact}, {models.PrefixConversation, "conversationId", f.ConversationID, &c.Conversation},
	} {
		if !r.in.Sent {
			continue
		}
		id, err := fieldID(r.prefix, r.field, r.in.Value)
		if err != nil {
			return c, err
		}
		*r.into = &id
	}
	return c, nil
}

type ticketOut = one[wire.Ticket]

func ticket(t *models.Ticket, status int) *ticketOut {
	return &ticketOut{ETag: etag(t.Version()), Location: Prefix + "/tickets/" + t.ID.With(models.PrefixTicket), Status: status, Body: t.Wire()}
}

type ticketQuery struct {
	Paging
	Status         string `query:"status" enum:"open,pending,waiting,resolved"`
	Priority       int    `query:"priority" minimum:"1" maximum:"3"`
	CategoryID     string `query:"categoryId" doc:"A category's id, or none"`
	AssigneeID     string `query:"assigneeId" doc:"A member's id, or none"`
	TagID          string `query:"tagId"`
	ContactID      string `query:"contactId"`
	ConversationID string `query:"conversationId"`
	Channel        string `query:"channel" doc:"The kind of the conversation's channel"`
	Number         int64  `query:"number" minimum:"1"`
	Attribute      string `query:"attribute" maxLength:"300" doc:"NAME:VALUE"`
	Q              string `query:"q" maxLength:"200" doc:"In the subject"`
	CreatedSince   string `query:"createdSince" format:"date-time"`
	CreatedBefore  string `query:"createdBefore" format:"date-time" doc:"Exclusive"`
	UpdatedSince   string `query:"updatedSince" format:"date-time"`
	Sort           string `query:"sort" enum:"-createdAt,createdAt,-updatedAt,updatedAt" default:"-createdAt"`
}

// filter reads the query; the ids in either form.
func (in *ticketQuery) filter() (f search.TicketFilter, err error) {
	f = search.TicketFilter{Status: models.TicketStatus(in.Status), Priority: in.Priority, Channel: models.ChannelKind(in.Channel),
		Number: in.Number, Attribute: in.Attribute, Q: in.Q, Sort: search.TicketSort(in.Sort)}
	if f.CategoryID, err = idOrNone(models.PrefixCategory, "categoryId", in.CategoryID); err != nil {
		return f, err
	}
	if f.AssigneeID, err = idOrNone(models.PrefixMember, "assigneeId", in.AssigneeID); err != nil {
		return f, err
	}
	tag, err := fieldID(models.PrefixTag, "tagId", in.TagID)
	if err != nil {
		return f, err
	}
	if tag != "" {
		f.Tags = []models.ID{tag}
	}
	if f.ContactID, err = fieldID(models.PrefixContact, "contactId", in.ContactID); err != nil {
		return f, err
	}
	if f.ConversationID, err = fieldID(models.PrefixConversation, "conversationId", in.ConversationID); err != nil {
		return f, err
	}
	if f.CreatedSince, err = fieldTime("createdSince", in.CreatedSince); err != nil {
		return f, err
	}
	if f.CreatedBefore, err = fieldTime("createdBefore", in.CreatedBefore); err != nil {
		return f, err
	}
	f.UpdatedSince, err = fieldTime("updatedSince", in.UpdatedSince)
	return f, err
}

// idOrNone reads the filter of a field that may be empty.
func idOrNone(prefix, field, text string) (string, error) {
	if text == "none" {
		return "none", nil
	}
	id, err := fieldID(prefix, field, text)
	return string(id), err
}

func listTickets(s *models.Scope, in *ticketQuery) (*listOut[wire.Ticket], error) {
	f, err := in.filter()
	if err != nil {
		return nil, err
	}
	l, err := search.Tickets(s, f, in.ask())
	if err != nil {
		return nil, err
	}
	digits := func(n int64) string { return strings.TrimPrefix(strconv.FormatInt(n, 10), "0") }
	q := query("status", in.Status, "priority", digits(int64(in.Priority)), "categoryId", in.CategoryID, "assigneeId", in.AssigneeID,
		"tagId", in.TagID, "contactId", in.ContactID, "conversationId", in.ConversationID, "channel", in.Channel, "number", digits(in.Number),
		"attribute", in.Attribute, "q", in.Q, "createdSince", in.CreatedSince, "createdBefore", in.CreatedBefore, "updatedSince", in.UpdatedSince,
		"sort", in.Sort)
	return page(l, "/tickets", q, (*models.Ticket).Wire), nil
}

func createTicket(s *models.Scope, in *struct {
	Body struct {
		TicketFields
		Contact *ContactFields `json:"contact,omitempty" doc:"Instead of contactId: found by externalId, email or phone, or made"`
	}
}) (*ticketOut, error) {
	change, err := in.Body.change()
	if err != nil {
		return nil, err
	}
	start := models.TicketStart{TicketChange: change}
	if in.Body.Contact != nil {
		person := in.Body.Contact.change()
		start.Person = &person
	}
	t, err := s.CreateTicket(start)
	if err != nil {
		return nil, err
	}
	return ticket(t, 201), nil
}

func showTicket(s *models.Scope, in *ByID) (*ticketOut, error) {
	id, err := idOf(models.PrefixTicket, in.ID, "ticket")
	if err != nil {
		return nil, err
	}
	t, err := s.Ticket(id)
	if err != nil {
		return nil, err
	}
	return ticket(t, 200), nil
}

func updateTicket(s *models.Scope, in *struct {
	ByID
	UnlessChanged
	Body TicketFields
}) (*ticketOut, error) {
	id, err := idOf(models.PrefixTicket, in.ID, "ticket")
	if err != nil {
		return nil, err
	}
	change, err := in.Body.change()
	if err != nil {
		return nil, err
	}
	change.Version = in.version()
	t, err := s.UpdateTicket(id, change)
	if err != nil {
		return nil, err
	}
	return ticket(t, 200), nil
}

func listContactTickets(s *models.Scope, in *struct {
	ByID
	Paging
}) (*listOut[wire.Ticket], error) {
	id, err := idOf(models.PrefixContact, in.ID, "contact")
	if err != nil {
		return nil, err
	}
	if _, err := s.Contact(id); err != nil {
		return nil, err
	}
	l, err := search.Tickets(s, search.TicketFilter{ContactID: id}, in.ask())
	if err != nil {
		return nil, err
	}
	return page(l, "/contacts/"+id.With(models.PrefixContact)+"/tickets", "", (*models.Ticket).Wire), nil
}
