package dashboard

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"mauve/models"
	"mauve/models/problem"
	"mauve/models/search"
	"mauve/templates"
	"mauve/templates/words"
)

// filtersOf reads the narrowing and the order from the address. What no ticket
// could have is not asked for.
func filtersOf(c *call) (templates.TicketFilters, search.TicketFilter) {
	f := templates.TicketFilters{Status: c.Query("status"), Priority: c.Query("priority"), Category: c.Query("category"), Assignee: c.Query("assignee"),
		Tag: c.Query("tag"), Attribute: c.Query("attribute"), Query: strings.TrimSpace(c.Query("q")), Sort: c.Query("sort")}
	if !slices.Contains(models.TicketStatuses, models.TicketStatus(f.Status)) {
		f.Status = ""
	}
	priority, err := strconv.Atoi(f.Priority)
	if err != nil || priority < models.LowPriority || priority > models.HighPriority {
		f.Priority, priority = "", 0
	}
	for _, id := range []*string{&f.Category, &f.Assignee, &f.Tag} {
		if _, ok := models.ParseID("", *id); !ok && (*id != "none" || id == &f.Tag) {
			*id = ""
		}
	}
	narrow := search.TicketFilter{Status: models.TicketStatus(f.Status), Priority: priority, CategoryID: f.Category, AssigneeID: f.Assignee,
		Attribute: f.Attribute, Q: f.Query, Sort: search.TicketSort(f.Sort)}
	if f.Tag != "" {
		narrow.Tags = []models.ID{models.ID(f.Tag)}
	}
	if n, err := strconv.ParseInt(strings.TrimPrefix(f.Query, "#"), 10, 64); err == nil && strings.HasPrefix(f.Query, "#") {
		narrow.Number, narrow.Q = n, ""
	}
	return f, narrow
}

func showTickets(c *call) error {
	switch c.Query("fragment") {
	case "work":
		return c.drawWork()
	case "rows":
		v, err := readTickets(c)
		if err != nil {
			return err
		}
		return c.draw(templates.TicketRows(v))
	}
	return c.drawTickets(nil)
}

// drawTickets draws the table, with what was wrong with the form just sent, if anything was.
func (c *call) drawTickets(bad error) error {
	v, err := readTickets(c)
	if bad == nil && problem.KindOf(err) == problem.Invalid {
		bad, err = err, nil
	}
	if err != nil {
		return err
	}
	f, err := c.frame(words.T(c.words(), "Tickets"), "tickets", "")
	if err == nil && bad != nil {
		err = c.refuse(bad, &f)
	}
	if err != nil {
		return err
	}
	c.offerUndo(&f)
	if v.Choices, err = ticketChoices(c); err != nil {
		return err
	}
	if v.Attributes, err = attributeNames(c); err != nil {
		return err
	}
	if v.Views, err = savedViews(c, v.Filters); err != nil {
		return err
	}
	return c.draw(templates.Tickets(f, v))
}

// readTickets reads the page of the table that the address asks for.
func readTickets(c *call) (v templates.TicketsView, err error) {
	var narrow search.TicketFilter
	v.Filters, narrow = filtersOf(c)
	v.Columns, v.Cursor = columnsOf(c), c.Query("cursor")
	l, err := search.Tickets(c.scope, narrow, models.Page{Size: listed, Cursor: v.Cursor})
	if err != nil {
		return v, err
	}
	v.Total = l.Total
	for _, t := range l.Items {
		v.Rows = append(v.Rows, ticketRow(c, t))
	}
	if l.Next != "" {
		v.Next = v.Filters.Address("/tickets", "cursor", l.Next)
	}
	if l.Total == 0 && v.Filters.Narrowed() {
		return v, nil
	}
	v.IsNew = l.Total == 0
	return v, nil
}

func ticketRow(c *call, t *models.Ticket) templates.TicketRow {
	row := templates.TicketRow{ID: string(t.ID), Number: t.Number, Subject: t.Subject, Status: string(t.Status), Priority: t.Priority,
		Category: t.Category, Assignee: t.Assignee, Created: t.CreatedAt, Updated: t.UpdatedAt}
	if row.Subject == "" {
		row.Subject = words.T(c.words(), "No subject")
	}
	if t.ContactID != "" {
		row.Contact = t.Contact.Called()
	}
	for _, tag := range t.Tagged {
		row.Tags = append(row.Tags, tag.Name)
	}
	return row
}

const columnsCookie = "mauve_ticket_columns"

// columnsOf are the columns that the person chose: just now, or before.
func columnsOf(c *call) []string {
	if c.Query("columns") == "" {
		return knownColumns(split(c.Cookies(columnsCookie, "status,priority,assignee,contact,tags,updated")))
	}
	var asked []string
	for _, name := range c.Request().URI().QueryArgs().PeekMulti("column") {
		asked = append(asked, string(name))
	}
	chosen := knownColumns(asked)
	c.Cookie(&fiber.Cookie{Name: columnsCookie, Value: strings.Join(chosen, ","), Path: "/", MaxAge: int((365 * 24 * time.Hour).Seconds()),
		HTTPOnly: true, SameSite: fiber.CookieSameSiteLaxMode})
	return chosen
}

func knownColumns(asked []string) (known []string) {
	for _, name := range templates.TicketColumns {
		if slices.Contains(asked, name) {
			known = append(known, name)
		}
	}
	return known
}

// ticketChoices are what the fields of a ticket can be set to.
func ticketChoices(c *call) (choices templates.TicketChoices, err error) {
	members, err := c.scope.Members()
	if err != nil {
		return choices, err
	}
	categories, err := c.scope.Categories(false)
	if err != nil {
		return choices, err
	}
	tags, err := c.scope.Tags(false)
	if err != nil {
		return choices, err
	}
	for _, m := range members {
		choices.Members = append(choices.Members, templates.Choice{ID: string(m.ID), Name: m.Name})
	}
	for _, k := range categories {
		choices.Categories = append(choices.Categories, templates.Choice{ID: string(k.ID), Name: k.Name})
	}
	for _, t := range tags {
		choices.Tags = append(choices.Tags, templates.Choice{ID: string(t.ID), Name: t.Name})
	}
	return choices, nil
}

func attributeNames(c *call) (names []string, err error) {
	all, err := c.scope.Attributes(models.AttributeOfTicket, false)
	for _, a := range all {
		names = append(names, a.Name)
	}
	return names, err
}

// drawWork answers with the side bar's links to work, refreshed.
func (c *call) drawWork() error {
	mine, err := search.OpenTickets(c.scope)
	if err != nil {
		return err
	}
	return c.draw(templates.SideWork(templates.Frame{Active: c.Query("active"), Views: templates.Views{Tickets: mine}}))
}
