package store

import (
	"errors"
	"fmt"

	"gorm.io/gorm"

	"mauve/models/problem"
)

// Unique is a row with a key that people choose. Taken says what it means that
// another row has it.
type Unique interface{ Taken() *problem.Error }

const writingKey = "mauve:writing"

// writing is the handle as those have it who may write a workspace's rows.
func writing(db *gorm.DB) *gorm.DB { return db.Set(writingKey, true).Session(&gorm.Session{}) }

func because(why string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", why, err)
	}
	return nil
}

// guardWrites refuses writes of a workspace's rows by who may not, lets inserts
// wait for the statement that follows, and says what a key that is taken means.
func guardWrites(db *gorm.DB) error {
	guard := func(db *gorm.DB) {
		owned := db.Statement.Schema != nil && db.Statement.Schema.LookUpField("WorkspaceID") != nil
		if _, may := db.Get(writingKey); owned && !may {
			_ = db.AddError(fmt.Errorf("store: a write of %s outside a change", db.Statement.Table))
		}
	}
	wait := func(db *gorm.DB) {
		guard(db)
		_, asks := db.Statement.Clauses["ON CONFLICT"] // how many rows are new
		if pipe, ok := db.Statement.ConnPool.(*pipeline); ok && !asks {
			db.Statement.ConnPool = unanswered{pipeline: pipe}
		}
		explained(db)
	}
	taken := func(db *gorm.DB) {
		if row, ok := db.Statement.Model.(Unique); ok && errors.Is(db.Error, gorm.ErrDuplicatedKey) {
			db.Error = row.Taken().By(db.Error)
		}
	}
	c := db.Callback()
	return errors.Join(
		c.Create().Before("gorm:create").Register("mauve:wait", wait),
		c.Create().After("gorm:create").Register("mauve:taken_create", taken),
		c.Update().Before("gorm:update").Register("mauve:guard_update", func(db *gorm.DB) { guard(db); explained(db) }),
		c.Update().After("gorm:update").Register("mauve:taken_update", taken),
		c.Delete().Before("gorm:delete").Register("mauve:guard_delete", guard),
	)
}

// explained lets a statement that waits say later what a key that is taken means.
func explained(db *gorm.DB) {
	if late, ok := db.Statement.ConnPool.(unanswered); ok {
		late.row, _ = db.Statement.Model.(Unique)
		db.Statement.ConnPool = late
	}
}
