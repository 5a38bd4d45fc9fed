package models

import (
	"time"

	"mauve/models/rights"
	"mauve/models/store"
)

// Note is what the team remembers about a contact; it is never sent.
type Note struct {
	ID          ID `gorm:"primaryKey"`
	WorkspaceID WorkspaceID
	ContactID   ID
	Body        string
	AuthorKind  ActorKind
	AuthorID    ID
	AuthorName  string
	CreatedAt   time.Time
}

// AddNote writes a note about a contact.
func (s *Scope) AddNote(contact ID, body string) (*Note, error) {
	if err := s.May(rights.WriteContacts); err != nil {
		return nil, err
	}
	var n *Note
	err := s.change(func(tx *Tx) error {
		if _, err := tx.Contact(contact); err != nil {
			return err
		}
		var fs faults
		now := tx.Now()
		n = &Note{ID: NewID(now), ContactID: contact, Body: fs.Text("body", body, 10_000), CreatedAt: now,
			AuthorKind: tx.actor.Kind, AuthorID: tx.actor.ID, AuthorName: tx.actor.Name}
		if err := fs.Err(); err != nil {
			return err
		}
		return tx.Insert(n, &Event{Kind: NoteCreated, SubjectID: n.ID, ContactID: contact, Payload: n.Wire()})
	})
	return n, err
}

// NoteTable is how notes about contacts are read, as n.
var NoteTable = store.Table[Note]{Columns: store.ColumnsOf[Note]("n")}
