package models

import (
	"time"

	"mauve/models/content"
	"mauve/models/problem"
	"mauve/models/rights"
	"mauve/models/store"
)

// TicketNote is what the team says among itself on a ticket; it is never sent.
type TicketNote struct {
	ID          ID `gorm:"primaryKey"`
	WorkspaceID WorkspaceID
	TicketID    ID
	Body        string
	AuthorKind  ActorKind
	AuthorID    ID
	AuthorName  string
	ClientID    *string // the writer's id of it, unique on the ticket
	CreatedAt   time.Time
}

// AddTicketNote writes a note on a ticket.
func (s *Scope) AddTicketNote(ticket ID, body string) (*TicketNote, error) {
	return s.WriteTicketNote(ticket, body, "")
}

// WriteTicketNote is AddTicketNote with the writer's id of the note: a repeated
// one answers the first note. Members whose names stand behind an @ in the text
// are told.
func (s *Scope) WriteTicketNote(ticket ID, body, clientID string) (*TicketNote, error) {
	if err := s.May(rights.WriteMessages); err != nil {
		return nil, err
	}
	var n *TicketNote
	err := s.change(func(tx *Tx) error {
		if err := tx.Lock("tickets", ticket); err != nil {
			return err
		}
		t, err := tx.Ticket(ticket)
		if err != nil {
			return err
		}
		var fs faults
		now, err := tx.afterTalk(t)
		if err != nil {
			return err
		}
		n = &TicketNote{ID: NewID(now), TicketID: ticket, Body: fs.Text("body", body, content.LongestText), CreatedAt: now, ClientID: fs.handle("clientId", clientID),
			AuthorKind: tx.actor.Kind, AuthorID: tx.actor.ID, AuthorName: tx.actor.Name}
		if err := fs.Err(); err != nil {
			return err
		}
		if again, err := tx.notedBefore(n); err != nil || again != nil {
			n = again
			return err
		}
		told, err := tx.mentions(n.Body)
		if err != nil {
			return err
		}
		told.Note("ticketId", "", string(ticket))
		return tx.Insert(n, &Event{Kind: NoteCreated, SubjectID: n.ID, ContactID: ID(t.ContactID), ConversationID: ID(t.ConversationID),
			ChannelID: t.ChannelID, Changes: told, Payload: n.Wire()})
	})
	return n, err
}

// afterTalk is now, or the millisecond after what was last said in the ticket's
// conversation: several messages of one call are spread over as many.
func (tx *Tx) afterTalk(t *Ticket) (time.Time, error) {
	if t.ConversationID == "" {
		return tx.Now(), nil
	}
	c, err := tx.Conversation(ID(t.ConversationID))
	if err != nil {
		return time.Time{}, err
	}
	return tx.later(c.LastActivityAt), nil
}

// notedBefore returns the note this one repeats, nil if none.
func (tx *Tx) notedBefore(n *TicketNote) (*TicketNote, error) {
	if n.ClientID == nil {
		return nil, nil
	}
	var old TicketNote
	err := tx.DB.Where("ticket_id = ? AND client_id = ?", string(n.TicketID), *n.ClientID).Limit(1).Find(&old).Error
	if err != nil || old.ID == "" {
		return nil, err
	}
	return &old, nil
}

// TicketNoteTable is how notes on tickets are read, as n.
var TicketNoteTable = store.Table[TicketNote]{Columns: store.ColumnsOf[TicketNote]("n")}

// ReplyOnTicket sends a message through the ticket's conversation. Without one
// there is nowhere to send it, a Conflict.
func (s *Scope) ReplyOnTicket(ticket ID, d Draft) (*Message, error) {
	var m *Message
	err := s.change(func(tx *Tx) error {
		talk, err := tx.talkOf(ticket)
		if err == nil {
			m, err = tx.Send(talk, d)
		}
		return err
	})
	return m, err
}

// ReplyEachOnTicket is ReplyOnTicket for what somebody composed: see SendEach.
func (s *Scope) ReplyEachOnTicket(ticket ID, d Draft) ([]*Message, error) {
	var all []*Message
	err := s.change(func(tx *Tx) error {
		talk, err := tx.talkOf(ticket)
		if err == nil {
			all, err = tx.SendEach(talk, d)
		}
		return err
	})
	return all, err
}

// ReactOnTicket is React on a message of the ticket's conversation.
func (s *Scope) ReactOnTicket(ticket, message ID, emoji string) (*Message, error) {
	var m *Message
	err := s.change(func(tx *Tx) error {
		talk, err := tx.talkOf(ticket)
		if err == nil {
			m, err = tx.React(talk, message, emoji)
		}
		return err
	})
	return m, err
}

// talkOf is the conversation that the ticket is answered in.
func (s *Scope) talkOf(ticket ID) (ID, error) {
	if err := s.May(rights.WriteMessages); err != nil {
		return "", err
	}
	t, err := s.Ticket(ticket)
	if err == nil && t.ConversationID == "" {
		err = problem.Fail(problem.Conflict, "no_conversation", "The ticket has no conversation to answer in. Link one first.")
	}
	if err != nil {
		return "", err
	}
	return ID(t.ConversationID), nil
}
