package models

import (
	"slices"
	"strings"

	"mauve/models/input"
	"mauve/models/problem"
	"mauve/models/rights"
)

// mentions are the members whom a note names, as its event keeps them: their ids, each once.
func (tx *Tx) mentions(text string) (Changes, error) {
	if !strings.Contains(text, "@") {
		return nil, nil
	}
	members, err := tx.team()
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, m := range input.Mentions(text, MemberNames(members)) {
		if id := string(members[m.Of].ID); !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	return Changes{"mentions": {To: strings.Join(ids, ",")}}, nil
}

// MemberNames are the names of the members, in their order.
func MemberNames(members []*Member) []string {
	names := make([]string, len(members))
	for i, m := range members {
		names[i] = m.Name
	}
	return names
}

// mentionsIn is mentions for a message: only a private note has any.
func (tx *Tx) mentionsIn(m *Message) (Changes, error) {
	if m.Kind != PrivateNote {
		return nil, nil
	}
	return tx.mentions(m.Body)
}

// Mentioned returns the ids of the members whom the note of this event names.
func (e *Event) Mentioned() []string {
	if e.Changes["mentions"].To == "" {
		return nil
	}
	return strings.Split(e.Changes["mentions"].To, ",")
}

// Ticket returns the id of the ticket the event is about, empty if of none.
func (e *Event) Ticket() ID {
	switch e.Kind {
	case TicketCreated, TicketUpdated:
		return e.SubjectID
	case NoteCreated:
		return ID(e.Changes["ticketId"].To)
	}
	return ""
}

// Mention returns the event of somebody else's note that names who asks. Any other is NotFound.
func (s *Scope) Mention(event ID) (*Event, error) {
	if err := s.May(rights.ReadConversations); err != nil {
		return nil, err
	}
	var e Event
	if err := s.rows.Find(&e, "mention", event); err != nil {
		return nil, err
	}
	if !slices.Contains(e.Mentioned(), string(s.actor.ID)) || e.ActorID == s.actor.ID {
		return nil, problem.NoSuch("mention")
	}
	return &e, nil
}
