package search

import (
	"slices"
	"strconv"
	"strings"

	"mauve/models"
	"mauve/models/rights"
	"mauve/models/store"
)

// BoardColumn is one column of the board of tickets: a status, or what is not
// resolved of one assignee.
type BoardColumn struct {
	Status   models.TicketStatus
	Assignee models.Named     // the empty one: nobody
	Tickets  []*models.Ticket // newest first
	Total    int64
}

// mostAssignees is how many people have a column of their own: those with the most open work.
const mostAssignees = 24

// BoardByStatus returns a column for each status with at most most tickets.
func BoardByStatus(scope *models.Scope, most int) ([]*BoardColumn, error) {
	r, totals, err := boardTotals(scope, "SELECT status, sum(n) FROM counts WHERE workspace_id = ? AND what = 'ticket' GROUP BY status")
	if err != nil {
		return nil, err
	}
	var columns []*BoardColumn
	var parts []boardPart
	for _, status := range models.TicketStatuses {
		columns = append(columns, &BoardColumn{Status: status, Total: totals[string(status)]})
		parts = append(parts, boardPart{"t.status = " + literal(status), nil})
	}
	err = fillBoard(scope, r, columns, parts, most, func(c *BoardColumn, t *models.Ticket) bool { return c.Status == t.Status })
	return columns, err
}

// BoardByAssignee returns a column for nobody and one for each member, with at
// most most tickets that are not resolved.
func BoardByAssignee(scope *models.Scope, most int) ([]*BoardColumn, error) {
	r, totals, err := boardTotals(scope, "SELECT assignee_id, sum(n) FROM counts WHERE workspace_id = ? AND what = 'ticket' AND status <> 'resolved' GROUP BY assignee_id")
	if err != nil {
		return nil, err
	}
	members, err := scope.Members()
	if err != nil {
		return nil, err
	}
	if len(members) > mostAssignees {
		slices.SortStableFunc(members, func(a, b *models.Member) int { return int(totals[string(b.ID)] - totals[string(a.ID)]) })
		members = members[:mostAssignees]
	}
	columns := []*BoardColumn{{Total: totals[""]}}
	parts := []boardPart{{"t.assignee_id IS NULL AND t.status <> 'resolved'", nil}}
	for _, m := range members {
		columns = append(columns, &BoardColumn{Assignee: models.Named{ID: m.ID, Name: m.Name}, Total: totals[string(m.ID)]})
		parts = append(parts, boardPart{"t.assignee_id = ? AND t.status <> 'resolved'", []any{string(m.ID)}})
	}
	err = fillBoard(scope, r, columns, parts, most, func(c *BoardColumn, t *models.Ticket) bool { return c.Assignee.ID == models.ID(t.AssigneeID) })
	return columns, err
}

// boardTotals reads the running totals by the first column of the query.
func boardTotals(scope *models.Scope, query string) (*store.Reader, map[string]int64, error) {
	r, err := scope.Reader(rights.ReadTickets)
	if err != nil {
		return nil, nil, err
	}
	totals := map[string]int64{}
	return r, totals, r.QueryEach(query, nil, func(row store.Scan) error {
		var of string
		var n int64
		err := row(&of, &n)
		totals[of] += n
		return err
	})
}

// fillBoard reads every column's newest tickets in one statement.
func fillBoard(scope *models.Scope, r *store.Reader, columns []*BoardColumn, parts []boardPart, most int,
	belongs func(*BoardColumn, *models.Ticket) bool) error {
	query, args := boardQuery(parts, most, r.Workspace())
	found, err := readTickets(scope, r, query, args)
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
// workspace, which the reader binds.
func boardQuery(parts []boardPart, most int, workspace string) (query string, args []any) {
	pieces := make([]string, len(parts))
	for i, part := range parts {
		l := &store.Listing{Table: "tickets t", Alias: "t"}
		l.And(part.condition)
		pieces[i] = "SELECT * FROM (" + l.From(models.TicketTable.Columns.String(), models.TicketTable.Joins) + " ORDER BY t.created_at DESC, t.id DESC LIMIT " + strconv.Itoa(most) + ") p" + strconv.Itoa(i)
		if i > 0 {
			args = append(args, workspace)
		}
		args = append(args, part.args...)
	}
	return strings.Join(pieces, " UNION ALL "), args
}
