package templates

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"time"

	"mauve/templates/ui"
	"mauve/templates/words"
)

// TicketRow is one ticket in a table or on a board.
type TicketRow struct {
	ID, Subject       string
	Number            int64
	Status            string // "open", "pending", "waiting", "resolved"
	Priority          int    // 1 low, 2 normal, 3 high
	Category          string // names; empty is none
	Assignee, Contact string
	Tags              []string
	Created, Updated  time.Time
}

// URL is the ticket's page.
func (r TicketRow) URL() string { return "/tickets/" + r.ID }

// Name is what the ticket's page is called.
func (r TicketRow) Name() string { return ticketNumber(r.Number) + " " + r.Subject }

// TicketFilters are the narrowing and the order of a list of tickets, as they stand in its address.
type TicketFilters struct {
	Status, Priority, Category, Assignee, Tag, Attribute, Query, Sort string
}

func (f TicketFilters) values() url.Values {
	values := url.Values{}
	for name, value := range map[string]string{"status": f.Status, "priority": f.Priority, "category": f.Category, "assignee": f.Assignee,
		"tag": f.Tag, "attribute": f.Attribute, "q": f.Query, "sort": f.Sort} {
		if value != "" {
			values.Set(name, value)
		}
	}
	return values
}

// FiltersFrom reads the filters out of an address's query; what is no filter is left out.
func FiltersFrom(q url.Values) TicketFilters {
	return TicketFilters{Status: q.Get("status"), Priority: q.Get("priority"), Category: q.Get("category"), Assignee: q.Get("assignee"),
		Tag: q.Get("tag"), Attribute: q.Get("attribute"), Query: q.Get("q"), Sort: q.Get("sort")}
}

// Encode writes the filters as an address's query.
func (f TicketFilters) Encode() string { return f.values().Encode() }

// Narrowed reports whether anything but the order is asked for.
func (f TicketFilters) Narrowed() bool {
	f.Sort = ""
	return f != TicketFilters{}
}

// Address is the table with these filters; pairs are added to it.
func (f TicketFilters) Address(path string, pairs ...string) string {
	values := f.values()
	for i := 0; i+1 < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	return address(path, values)
}

// SavedView is a narrowing that a person keeps under a name.
type SavedView struct {
	ID, Name, URL   string
	Shared, Current bool
	Own             bool // may be changed by who looks
}

// TicketChoices are what the fields of a ticket can be set to.
type TicketChoices struct{ Categories, Tags, Members []Choice }

// TicketsView is the table of tickets.
type TicketsView struct {
	Filters TicketFilters
	Columns []string // chosen ones, of TicketColumns
	Rows    []TicketRow
	Total   int64
	Cursor  string // where this page starts
	Next    string
	Views   []SavedView
	Choices TicketChoices

	Attributes []string // their names
	IsNew      bool     // there is no ticket at all
}

// TicketColumns are the columns of the table that one can choose, besides number and subject.
var TicketColumns = []string{"status", "priority", "category", "assignee", "contact", "tags", "updated", "created"}

func columnName(ctx context.Context, column string) string {
	switch column {
	case "status":
		return words.T(ctx, "Status")
	case "priority":
		return words.T(ctx, "Priority")
	case "category":
		return words.T(ctx, "Category")
	case "assignee":
		return words.T(ctx, "Assignee")
	case "contact":
		return words.T(ctx, "Contact")
	case "tags":
		return words.T(ctx, "Tags")
	case "updated":
		return words.T(ctx, "Updated")
	}
	return words.T(ctx, "Created")
}

// liveURL answers with the rows of this page alone.
func (v TicketsView) liveURL() string {
	if v.Cursor != "" {
		return v.Filters.Address("/tickets", "fragment", "rows", "cursor", v.Cursor)
	}
	return v.Filters.Address("/tickets", "fragment", "rows")
}

func (v TicketsView) shows(column string) bool { return slices.Contains(v.Columns, column) }

// BoardColumn is one column of the board: a status or an assignee.
type BoardColumn struct {
	Value, Title string
	Tickets      []TicketRow
	Total        int64
	MoreURL      string // the table with the rest; empty when all are shown
}

// BoardView is the board by status or by assignee.
type BoardView struct {
	By      string // "status" or "assignee": the field that a move sets
	Columns []BoardColumn
}

// TicketStatuses are the statuses in the order people read them.
var TicketStatuses = []string{"open", "pending", "waiting", "resolved"}

// StatusName names a ticket's status.
func StatusName(ctx context.Context, status string) string {
	switch status {
	case "open":
		return words.T(ctx, "Open")
	case "pending":
		return words.T(ctx, "Pending")
	case "waiting":
		return words.T(ctx, "Waiting")
	}
	return words.T(ctx, "Resolved")
}

func statusIcon(status string) string {
	switch status {
	case "open":
		return "circle-alert"
	case "pending":
		return "clock"
	case "waiting":
		return "message-circle"
	}
	return "circle-check"
}

func ticketTone(status string) string {
	switch status {
	case "open":
		return "accent"
	case "waiting":
		return "warn"
	case "resolved":
		return "good"
	}
	return ""
}

// PriorityName names a ticket's priority.
func PriorityName(ctx context.Context, priority int) string {
	switch priority {
	case 1:
		return words.T(ctx, "Low")
	case 3:
		return words.T(ctx, "High")
	}
	return words.T(ctx, "Normal")
}

func statusOptions(ctx context.Context) []ui.Option {
	var options []ui.Option
	for _, status := range TicketStatuses {
		options = append(options, ui.Option{Value: status, Label: StatusName(ctx, status)})
	}
	return options
}

func priorityOptions(ctx context.Context) []ui.Option {
	var options []ui.Option
	for priority := 3; priority >= 1; priority-- {
		options = append(options, ui.Option{Value: strconv.Itoa(priority), Label: PriorityName(ctx, priority)})
	}
	return options
}

// optionsOf are choices with a first one that stands for none or all.
func optionsOf(first ui.Option, choices []Choice) []ui.Option {
	options := []ui.Option{first}
	for _, c := range choices {
		options = append(options, ui.Option{Value: c.ID, Label: c.Name})
	}
	return options
}

func sortOptions(ctx context.Context) []ui.Option {
	return []ui.Option{
		{Value: "", Label: words.T(ctx, "Newest first")},
		{Value: "createdAt", Label: words.T(ctx, "Oldest first")},
		{Value: "-updatedAt", Label: words.T(ctx, "Changed last first")},
		{Value: "updatedAt", Label: words.T(ctx, "Untouched for longest first")},
	}
}

// moves are the columns that a ticket can go to from this one.
func (v BoardView) moves(from BoardColumn) []ui.Item {
	var items []ui.Item
	for _, column := range v.Columns {
		if column.Value != from.Value {
			items = append(items, ui.Item{Label: column.Title, Name: v.By, Value: column.Value})
		}
	}
	return items
}

// ticketNumber is how people call a ticket.
func ticketNumber(n int64) string { return "#" + strconv.FormatInt(n, 10) }
