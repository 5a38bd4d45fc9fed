package models

import (
	"strings"
	"time"

	"mauve/models/input"
	"mauve/models/problem"
	"mauve/models/rights"
	"mauve/models/store"
)

// TicketSort is the order of a list of tickets.
type TicketSort string

// The orders. The empty one is NewestTickets.
const (
	NewestTickets  TicketSort = "-createdAt"
	OldestTickets  TicketSort = "createdAt"
	LatestTickets  TicketSort = "-updatedAt" // changed last
	StalestTickets TicketSort = "updatedAt"
)

// TicketFilter narrows a list of tickets; empty fields match all.
type TicketFilter struct {
	Status         TicketStatus
	Priority       int
	CategoryID     string // an id, or "none"
	AssigneeID     string // an id, or "none"
	Tags           []ID   // any of them
	ContactID      ID
	ConversationID ID
	Channel        ChannelKind
	Origin         ChannelKind // the channel, or api where there is no conversation
	Number         int64
	Attribute      string // NAME:VALUE
	Q              string // in the subject
	CreatedSince   time.Time
	CreatedBefore  time.Time // exclusive
	UpdatedSince   time.Time
	Sort           TicketSort
}

// Tickets returns a page of tickets in the order asked for.
func (s *Scope) Tickets(f TicketFilter, p Page) (*List[*Ticket], error) {
	if err := s.May(rights.ReadTickets); err != nil {
		return nil, err
	}
	p, err := p.Settle()
	if err != nil {
		return nil, err
	}
	l, at, err := f.Sort.listing()
	if err != nil {
		return nil, err
	}
	counted, err := s.narrowTickets(l, f)
	if err != nil {
		return nil, err
	}
	total := int64(0)
	if !p.Uncounted {
		if total, err = s.totalTickets(l, f, counted); err != nil {
			return nil, err
		}
		if total == 0 { // a rare filter would walk the whole index to find nothing
			return store.Empty[*Ticket](p), nil
		}
	}
	list, err := store.PageOf(s.rows.Reader(), l, p, total, at, TicketTable)
	if err != nil {
		return nil, err
	}
	return list, s.nameAll(list.Items)
}

// listing returns the list in that order, and where a row is in it.
func (o TicketSort) listing() (*store.Listing, func(*Ticket) store.Position, error) {
	created := func(t *Ticket) store.Position { return store.Position{At: t.CreatedAt, ID: t.ID} }
	updated := func(t *Ticket) store.Position { return store.Position{At: t.UpdatedAt, ID: t.ID} }
	l := &store.Listing{Table: "tickets t", Alias: "t", By: "created_at", Oldest: o == OldestTickets || o == StalestTickets}
	switch o {
	case "", NewestTickets, OldestTickets:
		return l, created, nil
	case LatestTickets, StalestTickets:
		l.By = "updated_at"
		return l, updated, nil
	}
	return nil, nil, problem.InvalidField("sort", "is one of -createdAt, createdAt, -updatedAt, updatedAt")
}

// totalTickets answers from the running totals where they hold the filter.
func (s *Scope) totalTickets(l *store.Listing, f TicketFilter, counted bool) (n int64, err error) {
	c := Count{What: "ticket", Status: string(f.Status), AssigneeID: ID(f.AssigneeID), GroupID: ID(f.CategoryID)}
	if f.Priority != 0 {
		c.Priority = decimal(f.Priority)
	}
	switch {
	case counted && len(f.Tags) == 0:
		err = s.rows.Batch(Total(c, &n))
		return n, err
	case counted && len(f.Tags) == 1 && f.CategoryID == "":
		c.What, c.GroupID = "ticket_tag", f.Tags[0]
		err = s.rows.Batch(Total(c, &n))
		return n, err
	}
	return s.rows.QueryInt(l.From("count(*)", ""), l.Args...)
}

// narrowTickets adds the filter's conditions and reports whether running totals may answer for them.
func (s *Scope) narrowTickets(l *store.Listing, f TicketFilter) (counted bool, err error) {
	s.narrowState(l, f)
	plain := len(l.Where)
	var fs faults
	fs.narrowParty(l, f)
	since(l, "t.created_at >= ?", f.CreatedSince)
	since(l, "t.created_at < ?", f.CreatedBefore)
	since(l, "t.updated_at >= ?", f.UpdatedSince)
	if q := fs.Line("q", f.Q, 0, 200); q != "" && len(fs.Faults) == 0 {
		condition, args := s.matchingSubject(q)
		l.And(condition, args...)
	}
	if f.Attribute != "" {
		if err = fs.Take(s.narrowAttribute(l, f.Attribute)); err != nil {
			return false, err
		}
	}
	return len(l.Where) == plain, fs.Err()
}

// narrowState narrows by what running totals count. A tag's own rows are in the
// order of creation, so a list of one tag walks those; what else it asks is only
// checked, spelled so that no index of tickets offers itself for it.
func (s *Scope) narrowState(l *store.Listing, f TicketFilter) {
	byTag := len(f.Tags) == 1 && l.By == "created_at"
	if byTag {
		l.Table = "ticket_tags g JOIN tickets t ON t.workspace_id = g.workspace_id AND t.id = g.ticket_id"
		l.Alias, l.ID = "g", "ticket_id"
		l.And("g.tag_id = ?", string(f.Tags[0]))
	} else if len(f.Tags) > 0 {
		among, args := store.OneOf("g.tag_id", f.Tags)
		l.And("EXISTS (SELECT 1 FROM ticket_tags g WHERE g.workspace_id = ? AND g.ticket_id = t.id AND "+among+")", append([]any{string(s.rows.Workspace)}, args...)...)
	}
	is := func(column, value string) {
		switch {
		case value == "":
		case byTag:
			l.And("coalesce(t."+column+", 'none') = ?", value)
		case value == Nobody:
			l.And("t." + column + " IS NULL")
		default:
			l.And("t."+column+" = ?", value)
		}
	}
	if f.Status == "" || byTag {
		is("status", string(f.Status))
	} else {
		l.And("t.status = " + f.Status.literal())
	}
	is("category_id", f.CategoryID)
	is("assignee_id", f.AssigneeID)
	if f.Priority != 0 {
		l.And("t.priority = ?", f.Priority)
	}
}

// narrowParty narrows by whom the ticket is with and by its number.
func (fs *faults) narrowParty(l *store.Listing, f TicketFilter) {
	if f.ContactID != "" {
		l.And("t.contact_id = ?", string(f.ContactID))
	}
	if f.ConversationID != "" {
		l.And("t.conversation_id = ?", string(f.ConversationID))
	}
	if f.Channel != "" {
		l.And("t.channel_kind = ?", fs.Line("channel", string(f.Channel), 0, 40))
	}
	switch f.Origin {
	case "":
	case ChannelAPI:
		l.And("t.channel_kind IN ('', 'api')")
	default:
		l.And("t.channel_kind = ?", fs.Line("origin", string(f.Origin), 0, 40))
	}
	if f.Number != 0 {
		l.And("t.number = ?", f.Number)
	}
}

func since(l *store.Listing, condition string, at time.Time) {
	if !at.IsZero() {
		l.And(condition, at.UTC())
	}
}

// narrowAttribute keeps the tickets whose attribute has the value.
func (s *Scope) narrowAttribute(l *store.Listing, text string) error {
	name, value, ok := strings.Cut(text, ":")
	if !ok || !input.Readable(text) || len(text) > 400 {
		return problem.InvalidField("attribute", "is written as NAME:VALUE")
	}
	var a Attribute
	if err := s.rows.DB.Where("subject = ? AND folded = ?", AttributeOfTicket, input.Fold(name)).Limit(1).Find(&a).Error; err != nil {
		return err
	}
	if a.ID == "" {
		return problem.InvalidField("attribute", "there is no attribute %q of tickets", input.Cut(name, 80))
	}
	l.And("t.id IN (SELECT ticket_id FROM ticket_values WHERE workspace_id = ? AND attribute_id = ? AND value = ?)",
		string(s.rows.Workspace), string(a.ID), input.Compared(value))
	return nil
}

// matchingSubject is the condition that a subject holds the text. Three
// characters or more go through the trigram index of either store.
func (s *Scope) matchingSubject(q string) (condition string, args []any) {
	q = strings.ToLower(q)
	if !s.rows.Postgres() && len([]rune(q)) >= 3 {
		return "t.n IN (SELECT rowid FROM ticket_search WHERE ticket_search MATCH ?)", []any{`"` + strings.ReplaceAll(q, `"`, `""`) + `"`}
	}
	pattern := "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(q) + "%"
	return `t.search LIKE ? ESCAPE '\'`, []any{pattern}
}
