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
// one breath; nothing else may write a workspace's rows.
type Tx struct {
	*Scope
	events []*Event
	tally  *tally
	pipe   *pipeline  // nil on SQLite
	behind *gorm.DB   // its statements wait for the commit; on SQLite they do not
	hooks  []*Webhook // the enabled endpoints, once hooked
	hooked bool
	rights bool // somebody's rights changed without an event that says so: a session ended
	past   bool // it takes in what was said long ago: no endpoint is told of it
}

// tally counts the rows a change wrote against the events it told. More rows
// than events, and the change is rolled back: somebody forgot to say so.
type tally struct {
	wrote, told int64
	quiet       int
}

const tallyKey = "mauve:tally"

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
		t := &tally{}
		inner := *s
		inner.db = db.WithContext(inWorkspace(s.ctx, s.workspace)).Set(tallyKey, t).Session(&gorm.Session{})
		tx := &Tx{Scope: &inner, tally: t, behind: inner.db}
		if pipe, ok := db.Statement.ConnPool.(*pipeline); ok {
			tx.pipe, tx.behind = pipe, onConnection(inner.db, withCommit{pipe})
		}
		inner.tx = tx
		if err := fn(tx); err != nil {
			return err
		}
		if t.wrote > t.told {
			return fmt.Errorf("models: a change wrote %d rows and told of %d", t.wrote, t.told)
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

// insert writes a new row and tells of it. A nil event is only for rows that
// insertQuietly would serve better, and refused.
func (tx *Tx) insert(row any, event *Event) error {
	if err := tx.db.Create(row).Error; err != nil {
		return err
	}
	return tx.note(event)
}

// insertWithCommit is insert for a row whose keys cannot clash, or not so that the
// caller must know: it costs no round trip of its own.
func (tx *Tx) insertWithCommit(row any, event *Event) error {
	if err := tx.behind.Create(row).Error; err != nil {
		return err
	}
	return tx.note(event)
}

// update writes the named columns of a row and tells of it.
func (tx *Tx) update(row any, columns map[string]any, event *Event) error {
	if err := tx.db.Model(row).Updates(columns).Error; err != nil {
		return err
	}
	return tx.note(event)
}

// remove deletes a row and tells of it.
func (tx *Tx) remove(row any, event *Event) error {
	if err := tx.db.Delete(row).Error; err != nil {
		return err
	}
	return tx.note(event)
}

// note adds one event to the change; it pays for one written row.
func (tx *Tx) note(event *Event) error {
	if event == nil {
		return errors.New("models: a write without its event")
	}
	tx.tally.told++
	tx.events = append(tx.events, event)
	return nil
}

// quietly runs fn, whose writes are nobody's news. The reason is for the reader.
func (tx *Tx) quietly(reason string, fn func(db *gorm.DB) error) error {
	return tx.quiet(reason, tx.db, fn)
}

// quietlyWithCommit is quietly for writes whose outcome nobody waits for.
func (tx *Tx) quietlyWithCommit(reason string, fn func(db *gorm.DB) error) error {
	return tx.quiet(reason, tx.behind, fn)
}

func (tx *Tx) quiet(reason string, db *gorm.DB, fn func(db *gorm.DB) error) error {
	tx.tally.quiet++
	defer func() { tx.tally.quiet-- }()
	if err := fn(db); err != nil {
		return fmt.Errorf("%s: %w", reason, err)
	}
	return nil
}

// lock locks a row until the change ends, so that what is read after is what will
// be changed. It waits for the next statement. SQLite has one writer and needs none.
func (tx *Tx) lock(table string, id ID) error {
	if tx.pipe == nil {
		return nil
	}
	return tx.ask("SELECT 1 FROM "+table+" WHERE workspace_id = ? AND id = ?"+forUpdate, []any{string(id)}, func(scan) error { return nil })
}

// ask is each for an answer that is not needed before the next one: on
// PostgreSQL both come in one round trip.
func (tx *Tx) ask(query string, args []any, take func(scan) error) error {
	if tx.pipe == nil {
		return tx.each(query, args, take)
	}
	args, err := tx.bind(query, args)
	if err == nil {
		ask(tx.pipe.wait, query, args, take)
	}
	return err
}

// forUpdate locks rows that will be changed and not removed. Rows that refer to them can be written meanwhile: a full
// FOR UPDATE of a contact would wait for everybody who writes of one of its conversations, and they for it.
const forUpdate = " FOR NO KEY UPDATE"

// locking is for reading rows that the change will write; SQLite has one writer and needs none.
func (tx *Tx) locking() *gorm.DB { return tx.db.Clauses(clause.Locking{Strength: "NO KEY UPDATE"}) }

// locked returns the scope for reading rows that decide what the change does:
// what it reads is locked until the change ends.
func (tx *Tx) locked() *Scope { return tx.withRows(tx.locking()) }

// lockWorkspace lets changes that decide by how many rows there are, or by other
// rows than the one they write, go one after the other: who is the last owner,
// whether there is room for one more.
func (tx *Tx) lockWorkspace() error { return tx.lock("workspaces", tx.Workspace()) }

// removing is for reading rows that the change will remove: nothing new may refer to them.
func (tx *Tx) removing() *gorm.DB { return tx.db.Clauses(clause.Locking{Strength: "UPDATE"}) }

// leaving is locked for rows that the change will remove: it waits for whoever is
// about to refer to them.
func (tx *Tx) leaving() *Scope { return tx.withRows(tx.removing()) }

// withRows is the change's scope with another way to read rows.
func (tx *Tx) withRows(rows *gorm.DB) *Scope {
	own := *tx.Scope
	own.db = rows.Session(&gorm.Session{})
	return &own
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
	return tx.quietlyWithCommit("events and deliveries are the telling itself", func(db *gorm.DB) error {
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

// written is how many rows a statement wrote. One that waits for the commit does
// not know yet; an insert then counts the rows it was given, and others are refused.
func written(db *gorm.DB) int64 {
	if _, waits := db.Statement.ConnPool.(withCommit); !waits {
		return db.RowsAffected
	}
	if _, inserts := db.Statement.Clauses["INSERT"]; !inserts {
		_ = db.AddError(errors.New("models: a write that waits for the commit must be quiet or an insert"))
		return 0
	}
	if rows := db.Statement.ReflectValue; rows.Kind() == reflect.Slice {
		return int64(rows.Len())
	}
	return 1
}

// watchWrites refuses writes of a workspace's rows outside a change and tallies those inside.
func watchWrites(db *gorm.DB) error {
	owned := func(db *gorm.DB) bool {
		return db.Statement.Schema != nil && db.Statement.Schema.LookUpField("WorkspaceID") != nil
	}
	guard := func(db *gorm.DB) {
		if !owned(db) {
			return
		}
		if _, ok := db.Get(tallyKey); !ok {
			_ = db.AddError(fmt.Errorf("models: a write of %s outside a change", db.Statement.Table))
		}
	}
	count := func(db *gorm.DB) {
		if v, ok := db.Get(tallyKey); ok && owned(db) && v.(*tally).quiet == 0 {
			v.(*tally).wrote += written(db)
		}
	}
	c := db.Callback()
	return errors.Join(
		c.Create().Before("gorm:create").Register("mauve:guard_create", guard),
		c.Update().Before("gorm:update").Register("mauve:guard_update", guard),
		c.Delete().Before("gorm:delete").Register("mauve:guard_delete", guard),
		c.Create().After("gorm:create").Register("mauve:tally_create", count),
		c.Update().After("gorm:update").Register("mauve:tally_update", count),
		c.Delete().After("gorm:delete").Register("mauve:tally_delete", count),
	)
}
