package models

import (
	"time"

	"gorm.io/gorm"

	"mauve/models/input"
	"mauve/models/problem"
	"mauve/models/rights"
)

// Category is what a ticket is about: one of a short list that the team keeps in order.
type Category struct {
	ID          ID `gorm:"primaryKey"`
	WorkspaceID WorkspaceID
	Name        string
	Folded      string // the name as it is compared
	Position    int
	ArchivedAt  *time.Time // stays on old tickets and cannot be newly set
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// CategoryChange says what to set; nil leaves a field as it is.
type CategoryChange struct {
	Name     *string
	Position *int // the list's order, then the name's
	Archived *bool
	Version  string
}

// mostCategories is how many categories a workspace has, archived ones included.
const mostCategories = 500

// Version is a text that changes with the category, for ETags.
func (c *Category) Version() string { return version(c.ID, c.UpdatedAt) }

// Categories returns the workspace's categories in order, those archived too if asked for.
func (s *Scope) Categories(archived bool) ([]*Category, error) {
	if err := s.May(rights.ReadCatalogue); err != nil {
		return nil, err
	}
	var all []*Category
	return all, s.kept(archived).Order("position, folded").Limit(mostCategories).Find(&all).Error
}

// kept narrows a catalogue to what is not archived, unless all is asked for.
func (s *Scope) kept(archived bool) *gorm.DB {
	if archived {
		return s.rows.DB
	}
	return s.rows.DB.Where("archived_at IS NULL")
}

// Category returns one category, archived or not.
func (s *Scope) Category(id ID) (*Category, error) {
	if err := s.May(rights.ReadCatalogue); err != nil {
		return nil, err
	}
	var c Category
	return &c, s.rows.Find(&c, "category", id)
}

// CreateCategory adds a category, at the end unless the change says where. A
// name that another has is a Conflict.
func (s *Scope) CreateCategory(change CategoryChange) (*Category, error) {
	if err := s.May(rights.WriteCatalogue); err != nil {
		return nil, err
	}
	var c *Category
	err := s.change(func(tx *Tx) error {
		n, err := tx.room(&Category{}, mostCategories)
		if err != nil {
			return err
		}
		now := tx.Now()
		c = &Category{ID: NewID(now), Position: n + 1, CreatedAt: now, UpdatedAt: now}
		if change.Name == nil {
			change.Name = new(string)
		}
		if _, err := tx.applyCategory(c, change); err != nil {
			return err
		}
		return tx.Insert(c, &Event{Kind: CategoryCreated, SubjectID: c.ID})
	})
	return c, err
}

// room counts rows of a kind and refuses one more than most. It locks the
// workspace: two who ask have room for two.
func (tx *Tx) room(of any, most int, which ...any) (int, error) {
	if err := tx.lockWorkspace(); err != nil {
		return 0, err
	}
	var n int64
	rows := tx.DB.Model(of)
	if len(which) > 0 {
		rows = rows.Where(which[0], which[1:]...)
	}
	err := rows.Count(&n).Error
	if err == nil && n >= int64(most) {
		err = problem.Fail(problem.Conflict, "too_many", "There are %d of them already, and no room for more.", n)
	}
	return int(n), err
}

// UpdateCategory applies the change. Changing nothing is not an event.
func (s *Scope) UpdateCategory(id ID, change CategoryChange) (*Category, error) {
	if err := s.May(rights.WriteCatalogue); err != nil {
		return nil, err
	}
	var c *Category
	err := s.change(func(tx *Tx) (err error) {
		if c, err = locked[Category](tx, "category", id); err != nil {
			return err
		}
		if err = checkVersion(change.Version, c.Version()); err != nil {
			return err
		}
		d, err := tx.applyCategory(c, change)
		if err != nil || len(d) == 0 {
			return err
		}
		c.UpdatedAt = tx.later(c.UpdatedAt)
		return tx.Update(c, map[string]any{"name": c.Name, "folded": c.Folded, "position": c.Position, "archived_at": c.ArchivedAt,
			"updated_at": c.UpdatedAt}, &Event{Kind: CategoryUpdated, SubjectID: c.ID, Changes: d})
	})
	return c, err
}

func (tx *Tx) applyCategory(c *Category, change CategoryChange) (d Changes, err error) {
	var fs faults
	fs.rename(&d, change.Name, &c.Name, &c.Folded)
	fs.place(&d, change.Position, &c.Position)
	tx.archive(&d, change.Archived, &c.ArchivedAt)
	return d, fs.Err()
}

// rename reads a name and its compared form.
func (f *faults) rename(d *Changes, to *string, name, folded *string) {
	if to == nil {
		return
	}
	fresh := f.Line("name", *to, 1, 80)
	if fresh != *name {
		d.Note("name", *name, fresh)
	}
	*name, *folded = fresh, input.Fold(fresh)
}

func (f *faults) place(d *Changes, to *int, position *int) {
	if to == nil {
		return
	}
	if *to < 0 || *to > 1_000_000 {
		f.Add("position", "is a number from 0 to 1000000")
	}
	if *to != *position {
		d.Note("position", decimal(*position), decimal(*to))
		*position = *to
	}
}

// archive notes since when a row is archived; doing it twice changes nothing.
func (tx *Tx) archive(d *Changes, to *bool, at **time.Time) {
	if to == nil || *to == (*at != nil) {
		return
	}
	d.Note("archived", yesNo(*at != nil), yesNo(*to))
	if *at = nil; *to {
		now := tx.Now()
		*at = &now
	}
}

// Taken is that another category has the name.
func (*Category) Taken() *problem.Error { return nameTaken() }

// Taken is that another tag has the name.
func (*Tag) Taken() *problem.Error { return nameTaken() }

// Taken is that another attribute of the subject has the name.
func (*Attribute) Taken() *problem.Error { return nameTaken() }

func nameTaken() *problem.Error {
	return taken("name", "There is one of that name already, perhaps an archived one.")
}

// taken is the Conflict about a field whose value another row has.
func taken(field, sentence string) *problem.Error {
	return problem.Fail(problem.Conflict, "duplicate_"+field, "%s", problem.Word(sentence)).At(field, "%s", problem.Word(sentence))
}
