package models

import (
	"slices"
	"strings"

	"mauve/models/rights"
	"mauve/models/store"
)

// BoardColumn is one column of the board of tickets: a status, or what is not
// resolved of one assignee.
type BoardColumn struct {
	Status   TicketStatus
	Assignee Named     // the empty one: nobody
	Tickets  []*Ticket // newest first
	Total    int64
}

// mostAssignees is how many people have a column of their own: those with the most open work.
const mostAssignees = 24

// BoardByStatus returns a column for each status with at most most tickets.
func (s *Scope) BoardByStatus(most int) ([]*BoardColumn, error) {
	totals, err := s.boardTotals("SELECT status, sum(n) FROM counts WHERE workspace_id = ? AND what = 'ticket' GROUP BY status")
	if err != nil {
		return nil, err
	}
	var columns []*BoardColumn
	var parts []boardPart
	for _, status := range TicketStatuses {
		columns = append(columns, &BoardColumn{Status: status, Total: totals[string(status)]})
		parts = append(parts, boardPart{"t.status = " + status.literal(), nil})
	}
	err = s.fillBoard(columns, parts, most, func(c *BoardColumn, t *Ticket) bool { return c.Status == t.Status })
	return columns, err
}

// BoardByAssignee returns a column for nobody and one for each member, with at
// most most tickets that are not resolved.
func (s *Scope) BoardByAssignee(most int) ([]*BoardColumn, error) {
	totals, err := s.boardTotals("SELECT assignee_id, sum(n) FROM counts WHERE workspace_id = ? AND what = 'ticket' AND status <> 'resolved' GROUP BY assignee_id")
	if err != nil {
		return nil, err
	}
	members, err := s.Members()
	if err != nil {
		return nil, err
	}
	if len(members) > mostAssignees {
		slices.SortStableFunc(members, func(a, b *Member) int { return int(totals[string(b.ID)] - totals[string(a.ID)]) })
		members = members[:mostAssignees]
	}
	columns := []*BoardColumn{{Total: totals[""]}}
	parts := []boardPart{{"t.assignee_id IS NULL AND t.status <> 'resolved'", nil}}
	for _, m := range members {
		columns = append(columns, &BoardColumn{Assignee: Named{m.ID, m.Name}, Total: totals[string(m.ID)]})
		parts = append(parts, boardPart{"t.assignee_id = ? AND t.status <> 'resolved'", []any{string(m.ID)}})
	}
	err = s.fillBoard(columns, parts, most, func(c *BoardColumn, t *Ticket) bool { return c.Assignee.ID == ID(t.AssigneeID) })
	return columns, err
}

// boardTotals reads the running totals by the first column of the query.
func (s *Scope) boardTotals(query string) (map[string]int64, error) {
	if err := s.May(rights.ReadTickets); err != nil {
		return nil, err
	}
	totals := map[string]int64{}
	return totals, s.rows.QueryEach(query, nil, func(row store.Scan) error {
		var of string
		var n int64
		err := row(&of, &n)
		totals[of] += n
		return err
	})
}

// fillBoard reads every column's newest tickets in one statement.
func (s *Scope) fillBoard(columns []*BoardColumn, parts []boardPart, most int, belongs func(*BoardColumn, *Ticket) bool) error {
	query, args := boardQuery(parts, most, string(s.rows.Workspace))
	found, err := s.readTickets(query, args)
	for _, t := range found {
		for _, c := range columns {
			if belongs(c, t) {
				c.Tickets = append(c.Tickets, t)
			}
		}
	}
	return err
}

// boardPart is the condition for the tickets of one column.
type boardPart struct {
	condition string
	args      []any
}

// boardQuery asks for each part's newest tickets; args follow the first
// workspace, which rows binds.
func boardQuery(parts []boardPart, most int, workspace string) (query string, args []any) {
	pieces := make([]string, len(parts))
	for i, part := range parts {
		l := &store.Listing{Table: "tickets t", Alias: "t"}
		l.And(part.condition)
		pieces[i] = "SELECT * FROM (" + l.From(TicketTable.Columns.String(), TicketTable.Joins) + " ORDER BY t.created_at DESC, t.id DESC LIMIT " + decimal(most) + ") p" + decimal(i)
		if i > 0 {
			args = append(args, workspace)
		}
		args = append(args, part.args...)
	}
	return strings.Join(pieces, " UNION ALL "), args
}

// OpenTickets counts the open tickets assigned to who asks.
func (s *Scope) OpenTickets() (n int64, err error) {
	if err = s.May(rights.ReadTickets); err != nil {
		return 0, err
	}
	err = s.rows.Batch(Total(Count{What: "ticket", Status: string(TicketOpen), AssigneeID: s.actor.ID}, &n))
	return n, err
}

// OpenTicket returns the conversation's ticket that is not resolved, nil if there is none.
func (s *Scope) OpenTicket(conversation ID) (*Ticket, error) {
	if err := s.May(rights.ReadTickets); err != nil {
		return nil, err
	}
	found, err := s.ticketsUpTo(1, "t.conversation_id = ? AND t.status <> 'resolved' ORDER BY t.created_at DESC", string(conversation))
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}
