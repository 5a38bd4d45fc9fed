package models

import (
	"errors"
	"slices"
	"time"

	"gorm.io/gorm"

	"mauve/models/problem"
	"mauve/models/rights"
	"mauve/models/store"
)

// Tag is a word that tickets carry, any number of them.
type Tag struct {
	ID          ID `gorm:"primaryKey"`
	WorkspaceID WorkspaceID
	Name        string
	Folded      string     // the name as it is compared
	ArchivedAt  *time.Time // stays on old tickets and cannot be newly set
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// TagChange says what to set; nil leaves a field as it is.
type TagChange struct {
	Name     *string
	Archived *bool
	Version  string
}

// TicketTag says that a ticket carries a tag; lists filter by it. The ticket
// repeats its tags in a column, for showing.
type TicketTag struct {
	WorkspaceID WorkspaceID
	TagID       ID
	TicketID    ID
	CreatedAt   time.Time // the ticket's, so that a tag's tickets are read in order
}

const mostTags = 1000

// Version is a text that changes with the tag, for ETags.
func (t *Tag) Version() string { return version(t.ID, t.UpdatedAt) }

// Tags returns the workspace's tags by name, those archived too if asked for.
func (s *Scope) Tags(archived bool) ([]*Tag, error) {
	if err := s.May(rights.ReadCatalogue); err != nil {
		return nil, err
	}
	var all []*Tag
	return all, s.kept(archived).Order("folded").Limit(mostTags).Find(&all).Error
}

// Tag returns one tag, archived or not.
func (s *Scope) Tag(id ID) (*Tag, error) {
	if err := s.May(rights.ReadCatalogue); err != nil {
		return nil, err
	}
	var t Tag
	return &t, s.rows.Find(&t, "tag", id)
}

// CreateTag adds a tag. A name that another has is a Conflict.
func (s *Scope) CreateTag(change TagChange) (*Tag, error) {
	if err := s.May(rights.WriteCatalogue); err != nil {
		return nil, err
	}
	var t *Tag
	err := s.change(func(tx *Tx) error {
		if _, err := tx.room(&Tag{}, mostTags); err != nil {
			return err
		}
		now := tx.Now()
		t = &Tag{ID: NewID(now), CreatedAt: now, UpdatedAt: now}
		if change.Name == nil {
			change.Name = new(string)
		}
		if _, err := tx.applyTag(t, change); err != nil {
			return err
		}
		return tx.Insert(t, &Event{Kind: TagCreated, SubjectID: t.ID})
	})
	return t, err
}

// UpdateTag applies the change. Changing nothing is not an event.
func (s *Scope) UpdateTag(id ID, change TagChange) (*Tag, error) {
	if err := s.May(rights.WriteCatalogue); err != nil {
		return nil, err
	}
	var t *Tag
	err := s.change(func(tx *Tx) (err error) {
		if t, err = locked[Tag](tx, "tag", id); err != nil {
			return err
		}
		if err = checkVersion(change.Version, t.Version()); err != nil {
			return err
		}
		d, err := tx.applyTag(t, change)
		if err != nil || len(d) == 0 {
			return err
		}
		t.UpdatedAt = tx.later(t.UpdatedAt)
		return tx.Update(t, map[string]any{"name": t.Name, "folded": t.Folded, "archived_at": t.ArchivedAt, "updated_at": t.UpdatedAt},
			&Event{Kind: TagUpdated, SubjectID: t.ID, Changes: d})
	})
	return t, err
}

func (tx *Tx) applyTag(t *Tag, change TagChange) (d Changes, err error) {
	var fs faults
	fs.rename(&d, change.Name, &t.Name, &t.Folded)
	tx.archive(&d, change.Archived, &t.ArchivedAt)
	return d, fs.Err()
}

// MergeTags puts the tag id on every ticket that carries the tag from, which
// goes away. It is told once, not per ticket: where a trail names the tag from,
// it means id since.
func (s *Scope) MergeTags(id, from ID) (*Tag, error) {
	if err := s.May(rights.WriteCatalogue); err != nil {
		return nil, err
	}
	if id == from {
		return nil, problem.InvalidField("from", "is the tag itself")
	}
	var t *Tag
	err := s.change(func(tx *Tx) (err error) {
		if err = tx.lockWorkspace(); err != nil { // one merge after the other, in whichever order they name the tags
			return err
		}
		if t, err = locked[Tag](tx, "tag", id); err != nil {
			return err
		}
		gone, err := leaving[Tag](tx, "tag", from)
		if problem.KindOf(err) == problem.NotFound {
			return problem.InvalidField("from", "there is no such tag")
		}
		if err != nil {
			return err
		}
		if err = tx.WithoutEvent("told as the merge", func(db *gorm.DB) error { return tx.moveTag(db, id, from) }); err != nil {
			return err
		}
		var d Changes
		d.Note("merged", gone.Name, t.Name)
		return tx.Remove(gone, &Event{Kind: TagMerged, SubjectID: id, Changes: d,
			Payload: map[string]string{"id": from.With(PrefixTag), "into": id.With(PrefixTag)}})
	})
	return t, err
}

// moveTag rewrites the tickets' rows and columns in whole sets, however many there are.
func (tx *Tx) moveTag(db *gorm.DB, id, from ID) error {
	carrying := func(tag ID) *gorm.DB {
		return db.Model(&TicketTag{}).Select("ticket_id").Where("tag_id = ?", string(tag))
	}
	quoted := func(tag ID) string { return `"` + string(tag) + `"` }
	tickets := func() *gorm.DB { return db.Model(&Ticket{}).Where("id IN (?)", carrying(from)) }
	var last time.Time // coalesce keeps the index of all tickets out of it
	err := tx.QueryEach("SELECT t.updated_at FROM ticket_tags g JOIN tickets t ON t.workspace_id = g.workspace_id AND t.id = g.ticket_id "+
		"WHERE g.workspace_id = ? AND g.tag_id = ? ORDER BY coalesce(t.updated_at, t.created_at) DESC LIMIT 1", []any{string(from)}, func(row store.Scan) error { return row(&last) })
	if err != nil {
		return err
	}
	at := tx.later(last)
	set := func(q *gorm.DB, old, fresh string) error {
		return q.Updates(map[string]any{"tags": gorm.Expr("replace(tags, ?, ?)", old, fresh), "updated_at": at}).Error
	}
	return errors.Join(
		tx.countMerged(id, from),
		set(tickets().Where("id NOT IN (?)", carrying(id)), quoted(from), quoted(id)),
		// Those that carry both lose one, with the comma before or after it.
		set(tickets().Where("id IN (?)", carrying(id)), quoted(from)+",", ""),
		set(tickets().Where("id IN (?)", carrying(id)), ","+quoted(from), ""),
		db.Where("tag_id = ? AND ticket_id IN (?)", string(from), carrying(id)).Delete(&TicketTag{}).Error,
		db.Model(&TicketTag{}).Where("tag_id = ?", string(from)).Updates(map[string]any{"tag_id": string(id)}).Error,
	)
}

// countMerged moves the running totals of the tag from to id, counting once what carries both.
func (tx *Tx) countMerged(id, from ID) error {
	sums := map[Count]int64{}
	query := "SELECT t.status, coalesce(t.assignee_id, ''), CAST(t.priority AS text), count(*), count(*) - count(b.tag_id) " +
		"FROM (SELECT ticket_id FROM ticket_tags WHERE workspace_id = ? AND tag_id = ?) a JOIN tickets t ON t.workspace_id = ? AND t.id = a.ticket_id " +
		"LEFT JOIN ticket_tags b ON b.workspace_id = t.workspace_id AND b.ticket_id = t.id AND b.tag_id = ? GROUP BY 1, 2, 3"
	err := tx.QueryEach(query, []any{string(from), string(tx.Workspace()), string(id)}, func(row store.Scan) error {
		c := Count{What: "ticket_tag"}
		var carried, moved int64
		if err := row(&c.Status, &c.AssigneeID, &c.Priority, &carried, &moved); err != nil {
			return err
		}
		c.GroupID = from
		sums[c] -= carried
		c.GroupID = id
		sums[c] += moved
		return nil
	})
	if err != nil {
		return err
	}
	return tx.steps(sums)
}

// retag makes the rows of a ticket's tags what its column says now.
func (tx *Tx) retag(t *Ticket, old Words) error {
	return tx.WithoutEvent("told with the ticket", func(db *gorm.DB) error {
		var gone []string
		var add []TicketTag
		for _, id := range old {
			if !t.Tags.Has(id) {
				gone = append(gone, id)
			}
		}
		for _, id := range t.Tags {
			if !slices.Contains(old, id) {
				add = append(add, TicketTag{TagID: ID(id), TicketID: t.ID, CreatedAt: t.CreatedAt})
			}
		}
		if len(gone) > 0 {
			if err := db.Where("ticket_id = ? AND tag_id IN ?", string(t.ID), gone).Delete(&TicketTag{}).Error; err != nil {
				return err
			}
		}
		if len(add) == 0 {
			return nil
		}
		return db.Create(&add).Error
	})
}
