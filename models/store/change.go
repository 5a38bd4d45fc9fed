package store

import (
	"errors"
	"fmt"
	"reflect"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Tx is an open change, of a program whose events are E. Its verbs write a row
// and the event that tells of it in one breath; nothing else may write a
// workspace's rows but WithoutEvent.
type Tx[E any] struct {
	*Scope
	Events []*E // recorded so far; whoever opened the change writes them

	writing *gorm.DB // may write a workspace's rows
}

// Change runs fn in one transaction, on PostgreSQL again when it has to. What fn
// wrote is committed when it returns nil, all of it or nothing.
func Change[E any](s *Scope, fn func(tx *Tx[E]) error) error {
	return s.store.write(s.Ctx, func(db *gorm.DB) error {
		inner := *s
		inner.DB, inner.open = db.WithContext(inWorkspace(s.Ctx, s.Workspace)).Session(&gorm.Session{}), true
		inner.pipe, _ = db.Statement.ConnPool.(*pipeline)
		return fn(&Tx[E]{Scope: &inner, writing: writing(inner.DB)})
	})
}

// Insert writes a new row and tells of it.
func (tx *Tx[E]) Insert(row any, event *E) error {
	return errors.Join(tx.Record(event), tx.writing.Create(row).Error)
}

// Update writes the named columns of a row and tells of it. It names the row by
// its primary key, so that one event tells of one row.
func (tx *Tx[E]) Update(row any, columns map[string]any, event *E) error {
	return errors.Join(tx.Record(event), tx.oneRow(row), tx.unanswered().Model(row).Updates(columns).Error)
}

// Remove deletes a row and tells of it.
func (tx *Tx[E]) Remove(row any, event *E) error {
	return errors.Join(tx.Record(event), tx.oneRow(row), tx.unanswered().Delete(row).Error)
}

// Record adds an event to the change, of a row that WithoutEvent wrote.
func (tx *Tx[E]) Record(event *E) error {
	if event == nil {
		return errors.New("store: a write without its event")
	}
	tx.Events = append(tx.Events, event)
	return nil
}

// WithoutEvent runs fn, whose writes nobody is told of, or by an event of their own. why is for the reader.
func (tx *Tx[E]) WithoutEvent(why string, fn func(db *gorm.DB) error) error {
	return because(why, fn(tx.writing))
}

// oneRow refuses a row whose primary key is not filled: a statement would be over all of the workspace.
func (tx *Tx[E]) oneRow(row any) error {
	stmt := &gorm.Statement{DB: tx.DB}
	if err := stmt.Parse(row); err != nil {
		return err
	}
	value := reflect.Indirect(reflect.ValueOf(row))
	keyed := value.Kind() == reflect.Struct && len(stmt.Schema.PrimaryFields) > 0
	for _, key := range stmt.Schema.PrimaryFields {
		if keyed {
			_, empty := key.ValueOf(tx.Ctx, value)
			keyed = !empty
		}
	}
	if !keyed {
		return fmt.Errorf("store: a row of %s without its key", stmt.Schema.Table)
	}
	return nil
}

// unanswered is the handle of statements whose outcome nobody waits for.
func (tx *Tx[E]) unanswered() *gorm.DB {
	if tx.pipe == nil {
		return tx.writing
	}
	return onConnection(tx.writing, unanswered{pipeline: tx.pipe})
}

// Ahead asks a query whose answer is not needed before the next statement's: on
// PostgreSQL both come in one round trip.
func (tx *Tx[E]) Ahead(q Query) error {
	if tx.pipe == nil {
		return tx.Batch(q)
	}
	w, err := tx.asked(q)
	if err == nil {
		tx.pipe.wait = append(tx.pipe.wait, w)
	}
	return err
}

// Lock locks a row until the change ends, so that what is read after is what will
// be changed. It waits for the next statement. SQLite has one writer and needs none.
func (tx *Tx[E]) Lock(table string, id ID) error { return tx.LockWhere(table, "id = ?", string(id)) }

// LockWhere is Lock for the rows of which the condition holds.
func (tx *Tx[E]) LockWhere(table, condition string, args ...any) error {
	if tx.pipe == nil {
		return nil
	}
	return tx.Ahead(Query{"SELECT 1 FROM " + table + " WHERE workspace_id = ? AND " + condition + ForUpdate, args, func(Scan) error { return nil }})
}

// ForUpdate locks rows that will be changed and not removed. Rows that refer to them can be written meanwhile: a full
// FOR UPDATE of a contact would wait for everybody who writes of one of its conversations, and they for it.
const ForUpdate = " FOR NO KEY UPDATE"

// Locking is for reading rows that the change will write; SQLite has one writer and needs none.
func (tx *Tx[E]) Locking() *gorm.DB {
	return tx.DB.Clauses(clause.Locking{Strength: "NO KEY UPDATE"}).Session(&gorm.Session{})
}

// Removing is for reading rows that the change will remove: nothing new may refer to them.
func (tx *Tx[E]) Removing() *gorm.DB {
	return tx.DB.Clauses(clause.Locking{Strength: "UPDATE"}).Session(&gorm.Session{})
}

// Across is for reading the rows of every workspace in the change.
func (tx *Tx[E]) Across() *gorm.DB { return tx.DB.WithContext(inWorkspace(tx.Ctx, EveryWorkspace)) }

// SkipLocked is for claiming rows that others may be claiming too.
func SkipLocked(db *gorm.DB) *gorm.DB {
	return db.Clauses(clause.Locking{Strength: "NO KEY UPDATE", Options: "SKIP LOCKED"})
}

// FindLocked loads a row that the change will write, or that decides what it
// does, locked until the change ends. Missing and foreign are the same NotFound.
func (tx *Tx[E]) FindLocked(row any, noun string, id ID) error {
	return find(tx.Locking(), row, noun, id)
}

// FindToRemove is FindLocked for a row that the change will remove: it waits for
// whoever is about to refer to it.
func (tx *Tx[E]) FindToRemove(row any, noun string, id ID) error {
	return find(tx.Removing(), row, noun, id)
}
