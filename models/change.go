package models

import (
	"encoding/json"
	"time"

	"gorm.io/gorm"

	"mauve/models/store"
)

// Tx is an open change: the scope that the change is of, and the store's verbs.
type Tx struct {
	*Scope
	*store.Tx[Event]
	hooks  []*Webhook // the enabled endpoints, once hooked
	hooked bool
	rights bool // somebody's rights changed without an event that says so: a session ended
	past   bool // it takes in what was said long ago: no endpoint is told of it
}

// change runs fn in one transaction and then, in the same transaction, writes
// the events fn told and the webhook deliveries they owe. A change inside a
// change joins it.
func (s *Scope) change(fn func(tx *Tx) error) error {
	if s.tx != nil {
		return fn(s.tx)
	}
	var done *Tx
	err := store.Change(s.rows, func(rows *store.Tx[Event]) error {
		inner := *s
		inner.rows = rows.Scope
		done = &Tx{Scope: &inner, Tx: rows}
		inner.tx = done
		if err := fn(done); err != nil {
			return err
		}
		return done.tell()
	})
	if err != nil {
		return err
	}
	if len(done.Events) > 0 || done.rights {
		news := News{Workspace: s.Workspace(), Rights: done.rights}
		for _, e := range done.Events {
			news.Rights = news.Rights || e.Kind == KeyRevoked || e.Kind == KeyUpdated || e.Kind == MemberUpdated
			news.Outbound = news.Outbound || e.sends()
		}
		s.store.wake(news)
	}
	return nil
}

// locked returns a row that the change will write, or that decides what it does,
// locked until the change ends. Missing and foreign are the same NotFound.
func locked[T any](tx *Tx, noun string, id ID) (*T, error) {
	row := new(T)
	return row, tx.FindLocked(row, noun, id)
}

// leaving is locked for a row that the change will remove: it waits for whoever is
// about to refer to it.
func leaving[T any](tx *Tx, noun string, id ID) (*T, error) {
	row := new(T)
	return row, tx.FindToRemove(row, noun, id)
}

// lockWorkspace lets changes that decide by how many rows there are, or by other
// rows than the one they write, go one after the other: who is the last owner,
// whether there is room for one more.
func (tx *Tx) lockWorkspace() error { return tx.Lock("workspaces", tx.Workspace()) }

// later is now, or the millisecond after t: the order of a row's times never lies.
func (tx *Tx) later(t time.Time) time.Time {
	if now := tx.Now(); now.After(t) {
		return now
	}
	return t.Add(time.Millisecond).UTC()
}

// tell writes the events and the deliveries they owe.
func (tx *Tx) tell() error {
	if len(tx.Events) == 0 {
		return nil
	}
	return tx.WithoutEvent("events and deliveries are the telling itself", func(db *gorm.DB) error {
		now := tx.Now()
		for _, e := range tx.Events {
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
		if err := db.Omit("Seq", "Txid").CreateInBatches(tx.Events, 500).Error; err != nil {
			return err
		}
		return tx.owe(db, tx.Events)
	})
}
