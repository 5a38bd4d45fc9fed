package dashboard

import (
	"strconv"
	"strings"

	"mauve/models"
	"mauve/models/search"
	"mauve/templates"
	"mauve/templates/words"
)

// onBoard is how many tickets a column of the board shows.
const onBoard = 25

// boardBy is what the board's columns stand for: the address says.
func boardBy(c *call) string {
	if c.Query("by") == "assignee" {
		return "assignee"
	}
	return "status"
}

func showBoard(c *call) error {
	v, err := readBoard(c)
	if err != nil {
		return err
	}
	if c.Query("fragment") != "" {
		return c.draw(templates.BoardColumns(templates.Frame{CSRF: c.server.CSRF(c.Ctx)}, v))
	}
	f, err := c.frame(words.T(c.words(), "Tickets"), "tickets", "")
	if err != nil {
		return err
	}
	c.offerUndo(&f)
	return c.draw(templates.Board(f, v))
}

func readBoard(c *call) (v templates.BoardView, err error) {
	v.By = boardBy(c)
	read := search.BoardByStatus
	if v.By == "assignee" {
		read = search.BoardByAssignee
	}
	columns, err := read(c.scope, onBoard)
	for _, column := range columns {
		v.Columns = append(v.Columns, boardColumn(c, v.By, column))
	}
	return v, err
}

func boardColumn(c *call, by string, of *search.BoardColumn) templates.BoardColumn {
	column := templates.BoardColumn{Value: string(of.Status), Title: templates.StatusName(c.words(), string(of.Status)), Total: of.Total}
	more := templates.TicketFilters{Status: string(of.Status)}
	if by == "assignee" {
		column.Value, column.Title = string(of.Assignee.ID), of.Assignee.Name
		more = templates.TicketFilters{Assignee: column.Value}
		if column.Value == "" {
			column.Title, more.Assignee = words.T(c.words(), "Nobody"), "none"
		}
	}
	for _, t := range of.Tickets {
		column.Tickets = append(column.Tickets, ticketRow(c, t))
	}
	if int64(len(of.Tickets)) < of.Total {
		column.MoreURL = more.Address("/tickets")
	}
	return column
}

// moveTicket sets the status or the assignee of one ticket, from the board or from its own page; it can be undone.
func moveTicket(c *call) error {
	by, change := boardBy(c), models.TicketChange{}
	if by == "assignee" {
		change.Assignee = c.rowID("assignee")
	} else if c.has("status") {
		change.Status = new(models.TicketStatus(c.form("status")))
	}
	_, undo, err := c.scope.UpdateTickets([]models.ID{c.id()}, change)
	if err != nil {
		return err
	}
	back := "/tickets/board?by=" + by
	if c.Query("from") == "ticket" {
		back = "/tickets/" + string(c.id())
	}
	return c.thenUndo(back, "moved", undo)
}

// changeTicked applies one change to the ticked tickets, to all or none.
func changeTicked(c *call) error {
	var ids []models.ID
	for _, text := range c.texts("ticket") {
		id, ok := models.ParseID(models.PrefixTicket, text)
		if !ok {
			id = "none"
		}
		ids = append(ids, id)
	}
	n, undo, err := c.scope.UpdateTickets(ids, bulkChange(c))
	if err != nil {
		return c.drawTickets(err)
	}
	filters, _ := filtersOf(c)
	return c.thenUndo(filters.Address("/tickets", "n", strconv.Itoa(n)), "changed", undo)
}

// bulkChange reads the bulk bar: a field left at its first line is not changed.
func bulkChange(c *call) (change models.TicketChange) {
	if text := c.form("status"); text != "" {
		change.Status = new(models.TicketStatus(text))
	}
	if text := c.form("priority"); text != "" {
		priority, _ := strconv.Atoi(text) // what is no number is none that a ticket has
		change.Priority = &priority
	}
	for name, into := range map[string]**models.ID{"assignee": &change.Assignee, "category": &change.Category} {
		if c.form(name) == "" {
			continue
		}
		*into = c.rowID(name)
		if c.form(name) == "none" {
			*into = new(models.ID(""))
		}
	}
	return change
}

// undoTickets takes a change back and returns to where it was made.
func undoTickets(c *call) error {
	_, left, err := c.scope.UndoTickets(c.id())
	if err != nil {
		return err
	}
	back := c.form("back")
	if !strings.HasPrefix(back, "/tickets") {
		back = "/tickets"
	}
	if left > 0 {
		return c.then(back, "undone-some")
	}
	return c.then(back, "undone")
}

// thenUndo leads to the page after a change that can be taken back.
func (c *call) thenUndo(path, said string, undo models.ID) error {
	if undo != "" {
		path += separator(path) + "undo=" + string(undo)
	}
	return c.then(path, said)
}

// offerUndo puts the undo of the change just made into the frame's toast.
func (c *call) offerUndo(f *templates.Frame) {
	undo, ok := models.ParseID("", c.Query("undo"))
	if !ok || f.Flash == "" {
		return
	}
	f.UndoURL, f.UndoFields = "/tickets/undo/"+string(undo), map[string]string{"back": c.hereWithout("undo", "said", "n")}
}

// hereWithout is the page's own address without some of its parameters.
func (c *call) hereWithout(names ...string) string {
	here := c.Request().URI()
	query := here.QueryArgs()
	for _, name := range names {
		query.Del(name)
	}
	if query.Len() == 0 {
		return string(here.Path())
	}
	return string(here.Path()) + "?" + query.String()
}
