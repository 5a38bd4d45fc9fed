package models

import (
	"errors"
	"slices"
	"strings"
	"time"

	"mauve/models/input"
	"mauve/models/problem"
	"mauve/models/rights"
	"mauve/models/store"
)

// TicketStatus is where a ticket stands.
type TicketStatus string

// The statuses of a ticket.
const (
	TicketOpen     TicketStatus = "open"     // needs us
	TicketPending  TicketStatus = "pending"  // on a third party, or for later
	TicketWaiting  TicketStatus = "waiting"  // on the customer
	TicketResolved TicketStatus = "resolved" // done
)

// TicketStatuses are the statuses in the order people read them.
var TicketStatuses = []TicketStatus{TicketOpen, TicketPending, TicketWaiting, TicketResolved}

// The priorities of a ticket.
const (
	LowPriority    = 1
	NormalPriority = 2
	HighPriority   = 3
)

const mostTicketTags = 50

// Ticket is a case that somebody works on until it is resolved.
type Ticket struct {
	ID              ID `gorm:"primaryKey"`
	WorkspaceID     WorkspaceID
	Number          int64 // from 1 in each workspace
	Subject         string
	Search          string // what q looks through, lower case
	Status          TicketStatus
	Priority        int
	CategoryID      Ref
	AssigneeID      Ref
	ContactID       Ref
	ConversationID  Ref // replies go there; empty: nowhere until one is linked
	ChannelID       ID  // the conversation's, empty without one
	ChannelKind     ChannelKind
	Tags            Words      // ids of tags
	Attributes      Attributes // by the attribute's id
	ReopenedCount   int
	FirstCustomerAt *time.Time // when the customer first wrote
	FirstResponseAt *time.Time // when the team first answered
	ResolvedAt      *time.Time
	WaitingSince    *time.Time // our last word, while waiting
	CreatedAt       time.Time
	UpdatedAt       time.Time

	// Set by every read of this package.
	Category string       `gorm:"-"` // the category's name
	Assignee string       `gorm:"-"` // the assignee's name
	Contact  ContactBrief `gorm:"-"`
	Tagged   []Named      `gorm:"-"` // the tags by name
	Facts    []Fact       `gorm:"-"` // the attributes by name
}

// Named is an id with the name that people read.
type Named struct {
	ID   ID
	Name string
}

// Fact is a ticket's value of one attribute.
type Fact struct {
	Named
	Value any // text, number or boolean
}

// TicketChange says what to set; nil leaves a field as it is.
type TicketChange struct {
	Subject          *string
	Status           *TicketStatus
	Priority         *int
	Category         *ID            // the empty ID: none
	Assignee         *ID            // the empty ID: nobody
	Contact          *ID            // the empty ID: nobody
	Conversation     *ID            // the empty ID: none
	Tags             *[]string      // all of them: ids in either form, or names
	Attributes       map[string]any // by name, merged; nil clears one
	DefineAttributes bool           // attributes that nobody defined are defined, as texts
	Version          string         // of Ticket.Version, to refuse a change of what was changed since
}

// Empty reports whether the change names nothing to set.
func (c TicketChange) Empty() bool {
	return c.Subject == nil && c.Status == nil && c.Priority == nil && c.Category == nil && c.Assignee == nil &&
		c.Contact == nil && c.Conversation == nil && c.Tags == nil && len(c.Attributes) == 0
}

// Version is a text that changes with the ticket, for ETags.
func (t *Ticket) Version() string { return version(t.ID, t.UpdatedAt) }

// TicketTable is how tickets are read, as t, with the names of their category, assignee and contact. Those of tags and
// attributes are looked up after, by NameTickets.
var TicketTable = store.Table[Ticket]{
	Columns: store.ColumnsOf[Ticket]("t", "search").
		And("coalesce(k.name, '')", func(t *Ticket) any { return &t.Category }).
		And("coalesce(m.name, '')", func(t *Ticket) any { return &t.Assignee }).
		And("coalesce(p.name, '')", func(t *Ticket) any { return &t.Contact.Name }).
		And("coalesce(p.phone, '')", func(t *Ticket) any { return &t.Contact.Phone }).
		And("coalesce(p.email, '')", func(t *Ticket) any { return &t.Contact.Email }),
	Joins: " LEFT JOIN categories k ON k.workspace_id = t.workspace_id AND k.id = t.category_id" +
		" LEFT JOIN members m ON m.workspace_id = t.workspace_id AND m.id = t.assignee_id" +
		" LEFT JOIN contacts p ON p.workspace_id = t.workspace_id AND p.id = t.contact_id",
}

// Ticket returns one ticket.
func (s *Scope) Ticket(id ID) (*Ticket, error) {
	if err := s.May(rights.ReadTickets); err != nil {
		return nil, err
	}
	found, err := s.ticketsWhere("t.id = ?", string(id))
	if err == nil && len(found) == 0 {
		err = problem.NoSuch("ticket")
	}
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

// ticketsWhere reads whole tickets, at most LargestPage; the condition may hold an ORDER BY.
func (s *Scope) ticketsWhere(condition string, args ...any) ([]*Ticket, error) {
	return s.ticketsUpTo(LargestPage, condition, args...)
}

func (s *Scope) ticketsUpTo(most int, condition string, args ...any) ([]*Ticket, error) {
	l := &store.Listing{Table: "tickets t", Alias: "t"}
	l.And(condition, args...)
	return s.readTickets(l.From(TicketTable.Columns.String(), TicketTable.Joins)+" LIMIT "+decimal(most), l.Args)
}

// readTickets reads the TicketTable.Columns that the query asks for.
func (s *Scope) readTickets(query string, args []any) ([]*Ticket, error) {
	var found []*Ticket
	if err := s.rows.QueryEach(query, args, TicketTable.Columns.Read(&found)); err != nil {
		return nil, err
	}
	return found, s.nameAll(found)
}

// NameTickets fills in the names of the tags and attributes of tickets that were read by TicketTable.
func (s *Scope) NameTickets(tickets []*Ticket) error {
	if err := s.May(rights.ReadTickets); err != nil {
		return err
	}
	return s.nameAll(tickets)
}

// nameAll fills in the names of the tickets' tags and attributes: two look-ups for any number of tickets.
func (s *Scope) nameAll(tickets []*Ticket) error {
	var tags, attributes []string
	for _, t := range tickets {
		tags = append(tags, t.Tags...)
		attributes = append(attributes, sortedNames(t.Attributes)...)
	}
	tagNames, err := s.names(&Tag{}, tags)
	if err != nil {
		return err
	}
	attributeNames, err := s.names(&Attribute{}, attributes)
	if err != nil {
		return err
	}
	for _, t := range tickets {
		t.name(tagNames, attributeNames)
	}
	return nil
}

func (s *Scope) names(of any, ids []string) (map[ID]string, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	slices.Sort(ids)
	var found []Named
	if err := s.rows.DB.Model(of).Select("id", "name").Where("id IN ?", slices.Compact(ids)).Find(&found).Error; err != nil {
		return nil, err
	}
	names := map[ID]string{}
	for _, n := range found {
		names[n.ID] = n.Name
	}
	return names, nil
}

// name spells the ticket's tags and attributes, in the order of their names.
func (t *Ticket) name(tags, attributes map[ID]string) {
	t.Tagged, t.Facts = nil, nil
	for _, id := range t.Tags {
		t.Tagged = append(t.Tagged, Named{ID(id), tags[ID(id)]})
	}
	for id, v := range t.Attributes {
		t.Facts = append(t.Facts, Fact{Named{ID(id), attributes[ID(id)]}, v})
	}
	slices.SortFunc(t.Tagged, byName)
	slices.SortFunc(t.Facts, func(a, b Fact) int { return byName(a.Named, b.Named) })
}

func byName(a, b Named) int {
	if c := strings.Compare(input.Fold(a.Name), input.Fold(b.Name)); c != 0 {
		return c
	}
	return strings.Compare(string(a.ID), string(b.ID))
}

// ticketForUpdate locks the ticket, so that what is read after is what will be
// changed. Where the change may touch the conversation, that is locked first,
// in the order a message does.
func (tx *Tx) ticketForUpdate(id ID, withConversation bool) (*Ticket, error) {
	if withConversation {
		err := tx.LockWhere("conversations", "id = (SELECT conversation_id FROM tickets WHERE workspace_id = ? AND id = ?)", string(tx.Workspace()), string(id))
		if err != nil {
			return nil, err
		}
	}
	if err := errors.Join(tx.Lock("tickets", id), tx.askHooks()); err != nil {
		return nil, err
	}
	return tx.Ticket(id)
}

// steps are the running totals that the ticket counts in, n times each.
func (t *Ticket) steps(all map[Count]int64, n int64) {
	c := Count{What: "ticket", Status: string(t.Status), AssigneeID: ID(t.AssigneeID), Priority: decimal(t.Priority)}
	c.GroupID = ID(t.CategoryID)
	all[c] += n
	c.What = "ticket_tag"
	for _, id := range t.Tags {
		c.GroupID = ID(id)
		all[c] += n
	}
}
