package models

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"mauve/models/problem"
	"mauve/models/rights"
)

// Mention is a member's name behind an @ in a note.
type Mention struct {
	Member     *Member
	Start, End int // bytes of the text, from the @ on
}

// Mentions finds the members whose names stand behind an @ in the text, in its
// order. Case does not matter; of two names that fit, the longer one is meant.
func Mentions(text string, members []*Member) []Mention {
	members = slices.Clone(members)
	slices.SortStableFunc(members, func(a, b *Member) int { return cmp.Compare(len(b.Name), len(a.Name)) })
	var found []Mention
	for at := 0; ; {
		next := strings.IndexByte(text[at:], '@')
		if next < 0 {
			return found
		}
		start := at + next
		at = start + 1
		if last, _ := utf8.DecodeLastRuneInString(text[:start]); isWord(last) {
			continue // an e-mail address
		}
		if m, end := named(text, at, members); m != nil {
			found = append(found, Mention{m, start, end})
			at = end
		}
	}
}

// named returns the member whose name stands at that byte of the text, and where it ends.
func named(text string, at int, members []*Member) (*Member, int) {
	for _, m := range members {
		end := at + len(m.Name)
		if m.Name == "" || end > len(text) || !strings.EqualFold(text[at:end], m.Name) {
			continue
		}
		if next, _ := utf8.DecodeRuneInString(text[end:]); end == len(text) || !isWord(next) {
			return m, end
		}
	}
	return nil, 0
}

func isWord(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

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
	for _, m := range Mentions(text, members) {
		if id := string(m.Member.ID); !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	return Changes{"mentions": {To: strings.Join(ids, ",")}}, nil
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
