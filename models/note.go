package models

import (
	"time"
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
	if err := s.May(WriteContacts); err != nil {
		return nil, err
	}
	var n *Note
	err := s.change(func(tx *Tx) error {
		if _, err := tx.Contact(contact); err != nil {
			return err
		}
		var fs faults
		now := tx.Now()
		n = &Note{ID: NewID(now), ContactID: contact, Body: fs.body("body", body, 10_000), CreatedAt: now,
			AuthorKind: tx.actor.Kind, AuthorID: tx.actor.ID, AuthorName: tx.actor.Name}
		if err := fs.Err(); err != nil {
			return err
		}
		return tx.insert(n, &Event{Kind: NoteCreated, SubjectID: n.ID, ContactID: contact, Payload: n.Wire()})
	})
	return n, err
}

// Notes returns a page of a contact's notes, newest first.
func (s *Scope) Notes(contact ID, p Page) (*List[*Note], error) {
	if _, err := s.Contact(contact); err != nil {
		return nil, err
	}
	p, err := p.settle()
	if err != nil {
		return nil, err
	}
	l := &listing{table: "notes n", alias: "n", by: "created_at"}
	l.and("n.contact_id = ?", string(contact))
	total, err := s.count(l.from("count(*)", ""), l.args...)
	if err != nil {
		return nil, err
	}
	at := func(n *Note) position { return position{n.CreatedAt, n.ID} }
	return pageOf(s, l, p, total, at, func(n *Note) []any {
		return []any{&n.ID, &n.ContactID, &n.Body, &n.AuthorKind, &n.AuthorID, &n.AuthorName, &n.CreatedAt}
	}, "n.id, n.contact_id, n.body, n.author_kind, n.author_id, n.author_name, n.created_at", "")
}
