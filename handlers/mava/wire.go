package mava

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"

	"mauve/models"
	"mauve/models/search"
	"mauve/models/wire"
)

// Mava's shapes: ids bare under _id, times as everywhere, objects and arrays never null.

type category struct {
	MavaID string `json:"_id"`
	ID     string `json:"id"`
	Name   string `json:"name"`
}

type agent struct {
	ID       string  `json:"id"`
	Email    string  `json:"email"`
	Username string  `json:"username"`
	Wallet   *string `json:"walletAddress"` // Mauve knows no wallets
}

type named struct {
	ID   string `json:"_id"`
	Name string `json:"name"`
}

// value is one attribute of a ticket or a customer.
type value struct {
	ID          string  `json:"_id"`
	Attribute   *string `json:"attribute"` // the definition's id; null for a free field
	AttributeID *string `json:"attributeId"`
	Name        string  `json:"name"`
	Content     any     `json:"content"`
}

type customer struct {
	ID         string  `json:"_id"`
	Name       string  `json:"name"`
	Email      string  `json:"email"`
	Phone      string  `json:"phone"`
	ExternalID string  `json:"externalId"`
	Attributes []value `json:"attributes"`
	CreatedAt  string  `json:"createdAt"`
	UpdatedAt  string  `json:"updatedAt"`
}

type message struct {
	ID            string       `json:"_id"`
	Content       string       `json:"content"`
	FromCustomer  bool         `json:"fromCustomer"`
	SenderType    string       `json:"senderReferenceType"` // Customer or ClientMember
	Sender        string       `json:"sender"`
	SenderName    string       `json:"senderName"`
	Type          string       `json:"messageType"` // ExternalMessage, InternalNote or StatusAction
	ActionLogFrom string       `json:"actionLogFrom"`
	ActionLogTo   string       `json:"actionLogTo"`
	Attachments   []attachment `json:"attachments"`
	CreatedAt     string       `json:"createdAt"`
	UpdatedAt     string       `json:"updatedAt"`
}

type attachment struct {
	FileName string `json:"fileName"`
	URL      string `json:"url"`
	FileType string `json:"fileType"`
}

type ticket struct {
	ID              string    `json:"_id"`
	Client          string    `json:"client"`
	Number          int64     `json:"ticketNumber"`
	Subject         string    `json:"emailSubjectLine"`
	Status          string    `json:"status"`
	Priority        int       `json:"priority"`
	SourceType      string    `json:"sourceType"`
	Category        *named    `json:"category"`
	AssignedTo      *string   `json:"assignedTo"`
	Tags            []named   `json:"tags"`
	Attributes      []value   `json:"attributes"`
	Customer        customer  `json:"customer"`
	Messages        []message `json:"messages"`
	FirstCustomerAt *string   `json:"firstCustomerMessageCreatedAt"`
	FirstAgentAt    *string   `json:"firstAgentMessageCreatedAt"`
	ResolvedAt      *string   `json:"resolvedAt"`
	CreatedAt       string    `json:"createdAt"`
	UpdatedAt       string    `json:"updatedAt"`
}

// statuses are Mava's words for ours; they match in exactly this case.
var statuses = map[string]models.TicketStatus{"Open": models.TicketOpen, "Pending": models.TicketPending,
	"Waiting": models.TicketWaiting, "Resolved": models.TicketResolved}

func statusName(status string) string {
	for name, s := range statuses {
		if string(s) == status {
			return name
		}
	}
	return status
}

func moment(t *time.Time) *string {
	if t == nil {
		return nil
	}
	text := wire.Stamp(*t)
	return &text
}

func orNull(id string) *string {
	if id == "" {
		return nil
	}
	return &id
}

// valueID is a stable id for the value of one attribute of one row.
func valueID(row models.ID, attribute string) string {
	sum := sha256.Sum256([]byte(string(row) + attribute))
	return hex.EncodeToString(sum[:12])
}

// spell writes a ticket without its customer and messages.
func spell(client models.ID, t *models.Ticket) ticket {
	out := ticket{ID: string(t.ID), Client: string(client), Number: t.Number, Subject: t.Subject, Status: statusName(string(t.Status)),
		Priority: t.Priority, SourceType: string(t.ChannelKind), AssignedTo: orNull(string(t.AssigneeID)), Tags: []named{}, Attributes: []value{},
		Customer: customer{ID: string(t.ContactID), Name: t.Contact.Name, Email: t.Contact.Email, Attributes: []value{}}, Messages: []message{},
		FirstCustomerAt: moment(t.FirstCustomerAt), FirstAgentAt: moment(t.FirstResponseAt), ResolvedAt: moment(t.ResolvedAt),
		CreatedAt: wire.Stamp(t.CreatedAt), UpdatedAt: wire.Stamp(t.UpdatedAt)}
	if out.SourceType == "" {
		out.SourceType = string(models.ChannelAPI)
	}
	if t.CategoryID != "" {
		out.Category = &named{string(t.CategoryID), t.Category}
	}
	for _, tag := range t.Tagged {
		out.Tags = append(out.Tags, named{string(tag.ID), tag.Name})
	}
	for _, f := range t.Facts {
		id := string(f.ID)
		out.Attributes = append(out.Attributes, value{valueID(t.ID, id), &id, &id, f.Name, f.Value})
	}
	return out
}

// spellCustomer writes a contact; definitions are those of contacts.
func spellCustomer(c *models.Contact, definitions []*models.Attribute) customer {
	out := customer{ID: string(c.ID), Name: c.Name, Email: c.Email, Phone: c.Phone, ExternalID: c.ExternalID, Attributes: []value{},
		CreatedAt: wire.Stamp(c.CreatedAt), UpdatedAt: wire.Stamp(c.UpdatedAt)}
	for name, v := range c.Attributes {
		fact := value{ID: valueID(c.ID, name), Name: name, Content: v}
		if i := slices.IndexFunc(definitions, func(a *models.Attribute) bool { return a.Name == name }); i >= 0 {
			id := string(definitions[i].ID)
			fact.Attribute, fact.AttributeID = &id, &id
		}
		out.Attributes = append(out.Attributes, fact)
	}
	slices.SortFunc(out.Attributes, func(a, b value) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// spellMessages writes what was said, noted and done; an entry that Mava has no word for is left out.
func spellMessages(talk []*search.TimelineEntry) []message {
	all := []message{}
	for _, e := range talk {
		switch {
		case e.Message != nil:
			all = append(all, said(e.Message))
		case e.Note != nil:
			n := e.Note
			all = append(all, by(message{ID: string(n.ID), Content: n.Body, Type: "InternalNote", CreatedAt: wire.Stamp(n.CreatedAt)}, n.AuthorKind, n.AuthorID, n.AuthorName))
		case e.Event != nil && e.Event.Kind == models.TicketUpdated:
			if m, ok := done(e.Event); ok {
				all = append(all, m)
			}
		}
	}
	return all
}

// by says who it is from.
func by(m message, kind models.ActorKind, id models.ID, name string) message {
	m.FromCustomer = kind == models.ActorContact
	m.SenderType, m.Sender, m.SenderName = "ClientMember", string(id), name
	if m.FromCustomer {
		m.SenderType = "Customer"
	}
	m.Attachments, m.UpdatedAt = []attachment{}, m.CreatedAt
	return m
}

func said(m *models.Message) message {
	kind := "ExternalMessage"
	if m.Kind == models.PrivateNote {
		kind = "InternalNote"
	}
	out := by(message{ID: string(m.ID), Content: m.Body, Type: kind, CreatedAt: wire.Stamp(m.CreatedAt)}, m.AuthorKind, m.AuthorID, m.AuthorName)
	for _, a := range m.Attachments {
		out.Attachments = append(out.Attachments, attachment{FileName: a.FileName, URL: a.Link.URL, FileType: a.ContentType})
	}
	if m.Content != nil && m.Content.Media != nil && m.Content.Media.URL != "" && len(m.Attachments) == 0 {
		f := m.Content.Media
		out.Attachments = append(out.Attachments, attachment{FileName: f.FileName, URL: f.URL, FileType: f.MIMEType})
	}
	return out
}

// actions are the changes that Mava logs, by the name it shows.
var actions = []struct{ field, name string }{{"status", "Status"}, {"priority", "Priority"}, {"category", "Category"}, {"assignee", "Assignee"}, {"tags", "Tags"}}

func done(e *models.Event) (message, bool) {
	for _, a := range actions {
		change, ok := e.Changes[a.field]
		if !ok {
			continue
		}
		from, to := change.From, change.To
		if a.field == "status" {
			from, to = statusName(from), statusName(to)
		}
		m := message{ID: string(e.ID), Type: "StatusAction", ActionLogFrom: from, ActionLogTo: to, CreatedAt: wire.Stamp(e.CreatedAt),
			Content: a.name + " changed from " + strconv.Quote(from) + " to " + strconv.Quote(to)}
		return by(m, e.ActorKind, e.ActorID, e.ActorName), true
	}
	return message{}, false
}
