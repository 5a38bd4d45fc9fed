package models

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Tx is an open change. Its verbs write a row and the event that tells of it in
// one breath; nothing else may write a workspace's rows but withoutEvent.
type Tx struct {
	*Scope
	events  []*Event
	pipe    *pipeline  // nil on SQLite
	writing *gorm.DB   // may write a workspace's rows
	hooks   []*Webhook // the enabled endpoints, once hooked
	hooked  bool
	rights  bool // somebody's rights changed without an event that says so: a session ended
	past    bool // it takes in what was said long ago: no endpoint is told of it
}

// change runs fn in one transaction and then, in the same transaction, writes
// the events fn told and the webhook deliveries they owe. A change inside a
// change joins it.
func (s *Scope) change(fn func(tx *Tx) error) error {
	if s.tx != nil {
		return fn(s.tx)
	}
	var kept []*Event
	rights := false
	err := s.store.write(s.ctx, func(db *gorm.DB) error {
		inner := *s
		inner.db = db.WithContext(inWorkspace(s.ctx, s.workspace)).Session(&gorm.Session{})
		tx := &Tx{Scope: &inner, writing: writing(inner.db)}
		tx.pipe, _ = db.Statement.ConnPool.(*pipeline)
		inner.tx = tx
		if err := fn(tx); err != nil {
			return err
		}
		kept, rights = tx.events, tx.rights
		return tx.tell()
	})
	if err != nil {
		return err
	}
	if len(kept) > 0 || rights {
		news := News{Workspace: ID(s.workspace), Rights: rights}
		for _, e := range kept {
			news.Rights = news.Rights || e.Kind == KeyRevoked || e.Kind == KeyUpdated || e.Kind == MemberUpdated
			news.Outbound = news.Outbound || e.sends()
		}
		s.store.wake(news)
	}
	return nil
}

// insert writes a new row and tells of it.
func (tx *Tx) insert(row any, event *Event) error {
	return errors.Join(tx.record(event), tx.writing.Create(row).Error)
}

// update writes the named columns of a row and tells of it. It names the row by
// its primary key, so that one event tells of one row.
func (tx *Tx) update(row any, columns map[string]any, event *Event) error {
	return errors.Join(tx.record(event), tx.oneRow(row), tx.unanswered().Model(row).Updates(columns).Error)
}

// remove deletes a row and tells of it.
func (tx *Tx) remove(row any, event *Event) error {
	return errors.Join(tx.record(event), tx.oneRow(row), tx.unanswered().Delete(row).Error)
}

// record adds an event to the change, of a row that withoutEvent wrote.
func (tx *Tx) record(event *Event) error {
	if event == nil {
		return errors.New("models: a write without its event")
	}
	tx.events = append(tx.events, event)
	return nil
}

// withoutEvent runs fn, whose writes nobody is told of, or by an event of their own. why is for the reader.
func (tx *Tx) withoutEvent(why string, fn func(db *gorm.DB) error) error {
	return because(why, fn(tx.writing))
}

// oneRow refuses a row whose primary key is not filled: a statement would be over all of the workspace.
func (tx *Tx) oneRow(row any) error {
	stmt := &gorm.Statement{DB: tx.db}
	if err := stmt.Parse(row); err != nil {
		return err
	}
	value := reflect.Indirect(reflect.ValueOf(row))
	keyed := value.Kind() == reflect.Struct && len(stmt.Schema.PrimaryFields) > 0
	for _, key := range stmt.Schema.PrimaryFields {
		if keyed {
			_, empty := key.ValueOf(tx.ctx, value)
			keyed = !empty
		}
	}
	if !keyed {
		return fmt.Errorf("models: a row of %s without its key", stmt.Schema.Table)
	}
	return nil
}

// unanswered is the handle of statements whose outcome nobody waits for.
func (tx *Tx) unanswered() *gorm.DB {
	if tx.pipe == nil {
		return tx.writing
	}
	return onConnection(tx.writing, unanswered{pipeline: tx.pipe})
}

// lock locks a row until the change ends, so that what is read after is what will
// be changed. It waits for the next statement. SQLite has one writer and needs none.
func (tx *Tx) lock(table string, id ID) error { return tx.lockWhere(table, "id = ?", string(id)) }

// lockWhere is lock for the rows of which the condition holds.
func (tx *Tx) lockWhere(table, condition string, args ...any) error {
	if tx.pipe == nil {
		return nil
	}
	return tx.ahead(question{"SELECT 1 FROM " + table + " WHERE workspace_id = ? AND " + condition + forUpdate, args, func(scan) error { return nil }})
}

// ahead asks a question whose answer is not needed before the next statement's:
// on PostgreSQL both come in one round trip.
func (tx *Tx) ahead(q question) error {
	if tx.pipe == nil {
		return tx.together(q)
	}
	w, err := tx.asked(q)
	if err == nil {
		tx.pipe.wait = append(tx.pipe.wait, w)
	}
	return err
}

// forUpdate locks rows that will be changed and not removed. Rows that refer to them can be written meanwhile: a full
// FOR UPDATE of a contact would wait for everybody who writes of one of its conversations, and they for it.
const forUpdate = " FOR NO KEY UPDATE"

// locking is for reading rows that the change will write; SQLite has one writer and needs none.
func (tx *Tx) locking() *gorm.DB {
	return tx.db.Clauses(clause.Locking{Strength: "NO KEY UPDATE"}).Session(&gorm.Session{})
}

// locked returns a row that the change will write, or that decides what it does,
// locked until the change ends. Missing and foreign are the same NotFound.
func locked[T any](tx *Tx, noun string, id ID) (*T, error) {
	row := new(T)
	return row, find(tx.locking(), row, noun, id)
}

// lockWorkspace lets changes that decide by how many rows there are, or by other
// rows than the one they write, go one after the other: who is the last owner,
// whether there is room for one more.
func (tx *Tx) lockWorkspace() error { return tx.lock("workspaces", tx.Workspace()) }

// removing is for reading rows that the change will remove: nothing new may refer to them.
func (tx *Tx) removing() *gorm.DB {
	return tx.db.Clauses(clause.Locking{Strength: "UPDATE"}).Session(&gorm.Session{})
}

// leaving is locked for a row that the change will remove: it waits for whoever is
// about to refer to it.
func leaving[T any](tx *Tx, noun string, id ID) (*T, error) {
	row := new(T)
	return row, find(tx.removing(), row, noun, id)
}

// later is now, or the millisecond after t: the order of a row's times never lies.
func (tx *Tx) later(t time.Time) time.Time {
	if now := tx.Now(); now.After(t) {
		return now
	}
	return t.Add(time.Millisecond).UTC()
}

// tell writes the events and the deliveries they owe.
func (tx *Tx) tell() error {
	if len(tx.events) == 0 {
		return nil
	}
	return tx.withoutEvent("events and deliveries are the telling itself", func(db *gorm.DB) error {
		now := tx.Now()
		for _, e := range tx.events {
			// An event may say when and by whom: a customer's message reopens a ticket whoever records it.
			if e.CreatedAt.IsZero() {
				e.CreatedAt = now
			}
			if e.ID = NewID(now); e.ActorKind == "" {
				e.ActorKind, e.ActorID, e.ActorName = tx.actor.Kind, tx.actor.ID, tx.actor.Name
			}
			if e.Payload == nil {
				e.Payload = struct{}{}
			}
			data, err := json.Marshal(e.Payload)
			if err != nil {
				return err
			}
			e.Data = string(data)
		}
		if err := db.Omit("Seq", "Txid").CreateInBatches(tx.events, 500).Error; err != nil {
			return err
		}
		return tx.owe(db, tx.events)
	})
}
