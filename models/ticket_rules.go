package models

import (
	"errors"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"mauve/models/problem"
	"mauve/models/rights"
)

// TicketRules are what a workspace decided about its tickets. Their row also
// holds the newest ticket's number.
type TicketRules struct {
	WorkspaceID       WorkspaceID `gorm:"primaryKey"`
	LastNumber        int64
	ReopenDays        int  // within so many days of its resolution a customer's message reopens a ticket
	FollowUp          bool // later than that, the message opens a new ticket
	WaitingOnReply    bool // an agent's reply on an open ticket makes it waiting
	ManyOpen          bool // a conversation may have several tickets that are not resolved
	ResolveAfterHours int  // a ticket that waits for so long is resolved; 0: never
}

// TicketRulesChange says what to set; nil leaves a field as it is.
type TicketRulesChange struct {
	ReopenDays        *int
	FollowUp          *bool
	WaitingOnReply    *bool
	ManyOpen          *bool
	ResolveAfterHours *int
}

// TableName names the table.
func (TicketRules) TableName() string { return "ticket_rules" }

// DefaultTicketRules are those of a new workspace.
func DefaultTicketRules() TicketRules {
	return TicketRules{ReopenDays: 7, FollowUp: true, WaitingOnReply: true}
}

// TicketRules returns what the workspace decided.
func (s *Scope) TicketRules() (*TicketRules, error) {
	if err := s.May(rights.ReadTicketRules); err != nil {
		return nil, err
	}
	return ticketRules(s.rows.DB)
}

// ticketRules is TicketRules for the rules themselves, whoever brings them about.
func ticketRules(rows *gorm.DB) (*TicketRules, error) {
	var r TicketRules
	return &r, rows.First(&r).Error
}

// UpdateTicketRules applies the change. Changing nothing is not an event; a
// change that names nothing is refused.
func (s *Scope) UpdateTicketRules(c TicketRulesChange) (*TicketRules, error) {
	if err := s.May(rights.WriteTicketRules); err != nil {
		return nil, err
	}
	if c == (TicketRulesChange{}) {
		return nil, problem.InvalidField("body", "holds nothing to change")
	}
	var r *TicketRules
	err := s.change(func(tx *Tx) (err error) {
		if r, err = ticketRules(tx.Locking()); err != nil {
			return err
		}
		var fs faults
		var d Changes
		columns := map[string]any{}
		setNumber(&fs, &d, columns, "reopen_days", "reopenDays", c.ReopenDays, &r.ReopenDays, 365)
		setNumber(&fs, &d, columns, "resolve_after_hours", "resolveAfterHours", c.ResolveAfterHours, &r.ResolveAfterHours, 24*365)
		setYesNo(&d, columns, "follow_up", "followUp", c.FollowUp, &r.FollowUp)
		setYesNo(&d, columns, "waiting_on_reply", "waitingOnReply", c.WaitingOnReply, &r.WaitingOnReply)
		setYesNo(&d, columns, "many_open", "manyOpen", c.ManyOpen, &r.ManyOpen)
		if err = fs.Err(); err != nil || len(d) == 0 {
			return err
		}
		return tx.Update(r, columns, &Event{Kind: TicketRulesUpdated, SubjectID: tx.Workspace(), Changes: d})
	})
	return r, err
}

func setNumber(fs *faults, d *Changes, columns map[string]any, column, field string, to, have *int, most int) {
	if to == nil || *to == *have {
		return
	}
	if *to < 0 || *to > most {
		fs.Add(field, "is a number from 0 to %d", most)
	}
	d.Note(field, decimal(*have), decimal(*to))
	columns[column], *have = *to, *to
}

func setYesNo(d *Changes, columns map[string]any, column, field string, to, have *bool) {
	if to == nil || *to == *have {
		return
	}
	d.Note(field, yesNo(*have), yesNo(*to))
	columns[column], *have = *to, *to
}

// nextTicketNumber takes a number. Tickets of one workspace are made one after the other, without gaps.
func (tx *Tx) nextTicketNumber() (int64, error) {
	var r TicketRules
	err := tx.WithoutEvent("a number is told with its ticket", func(db *gorm.DB) error {
		return db.Model(&r).Clauses(clause.Returning{Columns: []clause.Column{{Name: "last_number"}}}).Where("1 = 1").
			Update("last_number", gorm.Expr("last_number + 1")).Error
	})
	if err == nil && r.LastNumber == 0 {
		err = errors.New("models: a workspace without ticket rules")
	}
	return r.LastNumber, err
}
