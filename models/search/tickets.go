package search

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"mauve/models"
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
	Status         models.TicketStatus
	Priority       int
	CategoryID     string      // an id, or "none"
	AssigneeID     string      // an id, or "none"
	Tags           []models.ID // any of them
	ContactID      models.ID
	ConversationID models.ID
	Channel        models.ChannelKind
	Origin         models.ChannelKind // the channel, or api where there is no conversation
	Number         int64
	Attribute      string // NAME:VALUE
	Q              string // in the subject
	CreatedSince   time.Time
	CreatedBefore  time.Time // exclusive
	UpdatedSince   time.Time
	Sort           TicketSort
}

// Tickets returns a page of tickets in the order asked for.
func Tickets(scope *models.Scope, f TicketFilter, p models.Page) (*models.List[*models.Ticket], error) {
	r, err := scope.Reader(rights.ReadTickets)
	if err != nil {
		return nil, err
	}
	if p, err = p.Settle(); err != nil {
		return nil, err
	}
	l, at, err := f.Sort.listing()
	if err != nil {
		return nil, err
	}
	counted, err := narrowTickets(r, l, f)
	if err != nil {
		return nil, err
	}
	total := int64(0)
	if !p.Uncounted {
		if total, err = totalTickets(r, l, f, counted); err != nil {
			return nil, err
		}
		if total == 0 { // a rare filter would walk the whole index to find nothing
			return store.Empty[*models.Ticket](p), nil
		}
	}
	list, err := store.PageOf(r, l, p, total, at, models.TicketTable)
	if err != nil {
		return nil, err
	}
	return list, scope.NameTickets(list.Items)
}

// listing returns the list in that order, and where a row is in it.
func (o TicketSort) listing() (*store.Listing, func(*models.Ticket) store.Position, error) {
	created := func(t *models.Ticket) store.Position { return store.Position{At: t.CreatedAt, ID: t.ID} }
	updated := func(t *models.Ticket) store.Position { return store.Position{At: t.UpdatedAt, ID: t.ID} }
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
func totalTickets(r *store.Reader, l *store.Listing, f TicketFilter, counted bool) (n int64, err error) {
	c := models.Count{What: "ticket", Status: string(f.Status), AssigneeID: models.ID(f.AssigneeID), GroupID: models.ID(f.CategoryID)}
	if f.Priority != 0 {
		c.Priority = strconv.Itoa(f.Priority)
	}
	switch {
	case counted && len(f.Tags) == 0:
		err = r.Batch(models.Total(c, &n))
		return n, err
	case counted && len(f.Tags) == 1 && f.CategoryID == "":
		c.What, c.GroupID = "ticket_tag", f.Tags[0]
		err = r.Batch(models.Total(c, &n))
		return n, err
	}
	return r.QueryInt(l.From("count(*)", ""), l.Args...)
}

// narrowTickets adds the filter's conditions and reports whether running totals may answer for them.
func narrowTickets(r *store.Reader, l *store.Listing, f TicketFilter) (counted bool, err error) {
	narrowState(r, l, f)
	plain := len(l.Where)
	var fs input.Reader
	narrowParty(&fs, l, f)
	since(l, "t.created_at >= ?", f.CreatedSince)
	since(l, "t.created_at < ?", f.CreatedBefore)
	since(l, "t.updated_at >= ?", f.UpdatedSince)
	if q := fs.Line("q", f.Q, 0, 200); q != "" && len(fs.Faults) == 0 {
		condition, args := matching(r, "t", "ticket_search", q)
		l.And(condition, args...)
	}
	if f.Attribute != "" {
		if err = fs.Take(narrowAttribute(r, l, f.Attribute)); err != nil {
			return false, err
		}
	}
	return len(l.Where) == plain, fs.Err()
}

// narrowState narrows by what running totals count. A tag's own rows are in the
// order of creation, so a list of one tag walks those; what else it asks is only
// checked, spelled so that no index of tickets offers itself for it.
func narrowState(r *store.Reader, l *store.Listing, f TicketFilter) {
	byTag := len(f.Tags) == 1 && l.By == "created_at"
	if byTag {
		l.Table = "ticket_tags g JOIN tickets t ON t.workspace_id = g.workspace_id AND t.id = g.ticket_id"
		l.Alias, l.ID = "g", "ticket_id"
		l.And("g.tag_id = ?", string(f.Tags[0]))
	} else if len(f.Tags) > 0 {
		among, args := store.OneOf("g.tag_id", f.Tags)
		l.And("EXISTS (SELECT 1 FROM ticket_tags g WHERE g.workspace_id = ? AND g.ticket_id = t.id AND "+among+")", append([]any{r.Workspace()}, args...)...)
	}
	is := func(column, value string) {
		switch {
		case value == "":
		case byTag:
			l.And("coalesce(t."+column+", 'none') = ?", value)
		case value == models.Nobody:
			l.And("t." + column + " IS NULL")
		default:
			l.And("t."+column+" = ?", value)
		}
	}
	if f.Status == "" || byTag {
		is("status", string(f.Status))
	} else {
		l.And("t.status = " + literal(f.Status))
	}
	is("category_id", f.CategoryID)
	is("assignee_id", f.AssigneeID)
	if f.Priority != 0 {
		l.And("t.priority = ?", f.Priority)
	}
}

// literal spells a status in a statement. Bound, SQLite would plan every call anew,
// because partial indexes hang on its value. What is no status is equal to nothing.
func literal(status models.TicketStatus) string {
	if slices.Contains(models.TicketStatuses, status) {
		return "'" + string(status) + "'"
	}
	return "NULL"
}

// narrowParty narrows by whom the ticket is with and by its number.
func narrowParty(fs *input.Reader, l *store.Listing, f TicketFilter) {
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
	case models.ChannelAPI:
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
func narrowAttribute(r *store.Reader, l *store.Listing, text string) error {
	name, value, ok := strings.Cut(text, ":")
	if !ok || !input.Readable(text) || len(text) > 400 {
		return problem.InvalidField("attribute", "is written as NAME:VALUE")
	}
	found, err := store.RowsOf[models.Attribute](r).Where("subject = ? AND folded = ?", models.AttributeOfTicket, input.Fold(name)).Most(1, "")
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return problem.InvalidField("attribute", "there is no attribute %q of tickets", input.Cut(name, 80))
	}
	l.And("t.id IN (SELECT ticket_id FROM ticket_values WHERE workspace_id = ? AND attribute_id = ? AND value = ?)",
		r.Workspace(), string(found[0].ID), input.Compared(value))
	return nil
}

// OpenTickets counts the open tickets assigned to who asks.
func OpenTickets(scope *models.Scope) (n int64, err error) {
	r, err := scope.Reader(rights.ReadTickets)
	if err != nil {
		return 0, err
	}
	err = r.Batch(models.Total(models.Count{What: "ticket", Status: string(models.TicketOpen), AssigneeID: scope.Actor().ID}, &n))
	return n, err
}

// OpenTicket returns the conversation's ticket that is not resolved, nil if there is none.
func OpenTicket(scope *models.Scope, conversation models.ID) (*models.Ticket, error) {
	r, err := scope.Reader(rights.ReadTickets)
	if err != nil {
		return nil, err
	}
	l := &store.Listing{Table: "tickets t", Alias: "t"}
	l.And("t.conversation_id = ? AND t.status <> 'resolved' ORDER BY t.created_at DESC", string(conversation))
	found, err := readTickets(scope, r, l.From(models.TicketTable.Columns.String(), models.TicketTable.Joins)+" LIMIT 1", l.Args)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

// readTickets reads the columns of TicketTable that the query asks for.
func readTickets(scope *models.Scope, r *store.Reader, query string, args []any) ([]*models.Ticket, error) {
	var found []*models.Ticket
	if err := r.QueryEach(query, args, models.TicketTable.Columns.Read(&found)); err != nil {
		return nil, err
	}
	return found, scope.NameTickets(found)
}
