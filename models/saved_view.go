package models

import (
	"net/url"
	"time"

	"gorm.io/gorm"

	"mauve/models/problem"
	"mauve/models/rights"
)

const viewsAreBookmarks = "a saved view changes nothing that anybody is told of"

// mostViews is how many saved views a workspace keeps.
const mostViews = 500

// SavedView is a narrowing of the tickets that a member keeps under a name, for
// themselves or, shared, for the whole team.
type SavedView struct {
	ID          ID `gorm:"primaryKey"`
	WorkspaceID WorkspaceID
	MemberID    ID // who keeps it
	Name        string
	Query       string // the filters as an address holds them
	Shared      bool
	CreatedAt   time.Time
}

// SavedViews returns the member's views and those shared with everybody, oldest first.
func (s *Scope) SavedViews() ([]*SavedView, error) {
	if err := s.May(rights.ReadTickets); err != nil {
		return nil, err
	}
	var all []*SavedView
	return all, s.rows.DB.Where("shared = ? OR member_id = ?", true, string(s.actor.ID)).Order("created_at, id").Limit(mostViews).Find(&all).Error
}

// SaveView keeps a view. The query is that of an address, such as "status=open".
func (s *Scope) SaveView(name, query string, shared bool) (*SavedView, error) {
	if err := s.May(rights.WriteTickets); err != nil {
		return nil, err
	}
	if s.actor.Kind != ActorMember {
		return nil, problem.Fail(problem.Forbidden, "members_only", "Views are kept for members.")
	}
	var fs faults
	v := &SavedView{MemberID: s.actor.ID, Name: fs.Line("name", name, 1, 60), Query: fs.Line("query", query, 1, 2000), Shared: shared}
	if _, err := url.ParseQuery(v.Query); err != nil {
		fs.Add("query", "is not the query of an address")
	}
	if err := fs.Err(); err != nil {
		return nil, err
	}
	return v, s.change(func(tx *Tx) error {
		if _, err := tx.room(&SavedView{}, mostViews); err != nil {
			return err
		}
		v.CreatedAt = tx.Now()
		v.ID = NewID(v.CreatedAt)
		return tx.WithoutEvent(viewsAreBookmarks, func(db *gorm.DB) error { return db.Create(v).Error })
	})
}

// MayForget reports whether who asks may forget the view: it is theirs, or
// shared and they run the workspace.
func (s *Scope) MayForget(v *SavedView) bool {
	return v.MemberID == s.actor.ID || v.Shared && s.actor.Grants.Has(rights.WriteWorkspace)
}

// ForgetView removes a view. Another member's own is NotFound.
func (s *Scope) ForgetView(id ID) error {
	if err := s.May(rights.WriteTickets); err != nil {
		return err
	}
	return s.change(func(tx *Tx) error {
		var v SavedView
		if err := tx.Find(&v, "view", id); err != nil {
			return err
		}
		if !v.Shared && v.MemberID != tx.actor.ID {
			return problem.NoSuch("view")
		}
		if !tx.MayForget(&v) {
			return tx.May(rights.WriteWorkspace)
		}
		return tx.WithoutEvent(viewsAreBookmarks, func(db *gorm.DB) error { return db.Delete(&v).Error })
	})
}
