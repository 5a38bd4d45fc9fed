package search

import (
	"mauve/models"
	"mauve/models/rights"
	"mauve/models/store"
)

// Notes returns a page of a contact's notes, newest first.
func Notes(scope *models.Scope, contact models.ID, p models.Page) (*models.List[*models.Note], error) {
	r, err := scope.Reader(rights.ReadContacts)
	if err != nil {
		return nil, err
	}
	if _, err = scope.Contact(contact); err != nil {
		return nil, err
	}
	l := &store.Listing{Table: "notes n", Alias: "n", By: "created_at"}
	l.And("n.contact_id = ?", string(contact))
	at := func(n *models.Note) store.Position { return store.Position{At: n.CreatedAt, ID: n.ID} }
	return store.CountedPage(r, l, p, at, models.NoteTable)
}

// TicketNotes returns a page of a ticket's notes, newest first.
func TicketNotes(scope *models.Scope, ticket models.ID, p models.Page) (*models.List[*models.TicketNote], error) {
	r, err := scope.Reader(rights.ReadMessages)
	if err != nil {
		return nil, err
	}
	if _, err = scope.Ticket(ticket); err != nil {
		return nil, err
	}
	l := &store.Listing{Table: "ticket_notes n", Alias: "n", By: "created_at"}
	l.And("n.ticket_id = ?", string(ticket))
	at := func(n *models.TicketNote) store.Position { return store.Position{At: n.CreatedAt, ID: n.ID} }
	return store.CountedPage(r, l, p, at, models.TicketNoteTable)
}
