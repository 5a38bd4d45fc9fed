package models

import (
	"errors"

	"gorm.io/gorm"

	"mauve/models/store"
)

// dropTickets removes a contact's tickets with all that hangs on them.
func (tx *Tx) dropTickets(contact ID) error {
	all := map[Count]int64{}
	err := errors.Join(
		tx.uncount(all, "ticket", "SELECT status, coalesce(assignee_id, ''), coalesce(category_id, ''), CAST(priority AS text), count(*) FROM tickets "+
			"WHERE workspace_id = ? AND contact_id = ? GROUP BY 1, 2, 3, 4", string(contact)),
		tx.uncount(all, "ticket_tag", "SELECT t.status, coalesce(t.assignee_id, ''), g.tag_id, CAST(t.priority AS text), count(*) FROM ticket_tags g "+
			"JOIN tickets t ON t.workspace_id = g.workspace_id AND t.id = g.ticket_id WHERE g.workspace_id = ? AND t.contact_id = ? GROUP BY 1, 2, 3, 4", string(contact)),
	)
	if err == nil {
		err = tx.steps(all)
	}
	if err != nil {
		return err
	}
	return tx.WithoutEvent("told as the contact's removal", func(db *gorm.DB) error {
		mine := func() *gorm.DB { return db.Model(&Ticket{}).Select("id").Where("contact_id = ?", string(contact)) }
		return errors.Join(
			db.Where("ticket_id IN (?)", mine()).Delete(&TicketTag{}).Error,
			db.Where("ticket_id IN (?)", mine()).Delete(&TicketValue{}).Error,
			db.Where("ticket_id IN (?)", mine()).Delete(&TicketNote{}).Error,
			db.Where("contact_id = ?", string(contact)).Delete(&Ticket{}).Error,
		)
	})
}

// uncount takes what the query counts off the running totals.
func (tx *Tx) uncount(all map[Count]int64, what, query string, args ...any) error {
	return tx.QueryEach(query, args, func(row store.Scan) error {
		c := Count{What: what}
		var n int64
		if err := row(&c.Status, &c.AssigneeID, &c.GroupID, &c.Priority, &n); err != nil {
			return err
		}
		all[c] -= n
		return nil
	})
}
