package models

import (
	"errors"
	"strings"
	"time"

	"gorm.io/gorm"

	"mauve/models/content"
	"mauve/models/input"
	"mauve/models/problem"
	"mauve/models/wire"
)

// Sender is how a vendor knows a person; a sender has at least one of the ids.
type Sender struct {
	WhatsApp string // digits of the number, or what stands in its place
	ScopedID string // business-scoped user id, for people who hide their number
	LID      string // 1234@lid: the same, on WhatsApp Web
	Group    string // 1234@g.us: many people, in whose place one wrote; then it is the only id
	Name     string // as they call themselves, in any script
	Username string
}

// Incoming is a message that a vendor passed on.
type Incoming struct {
	From       Sender            // the contact, also of an echo
	By         *wire.Participant // who of a group wrote it; nil: the contact is one person
	ExternalID string
	At         time.Time
	Type       MessageType
	Body       string
	Content    Content
	Media      *MediaRef // the file to fetch for it; nil: none
	Echo       bool      // the business wrote it, on its own phone
	Edits      string    // the vendor's id of the message that this one replaces
	Deletes    string    // … that this one takes back
	History    bool      // it was said before the channel was connected: it stands at its time and wakes nobody
}

const (
	longestBody = content.LongestText
	// Vendors resend for seven days (Meta, "Webhooks", 2026-10); a time before that is nonsense.
	oldestNews = 8 * 24 * time.Hour
)

// Receive writes a message that came in on a channel, with its contact and
// conversation, in one commit. The same vendor's id again is the same message.
func (s System) Receive(channel ID, in Incoming) (Ending, error) {
	in.tidy()
	if in.ExternalID == "" {
		return Ending{Became: BecameIgnored, Because: noVendorID.With()}, nil
	}
	if in.From.WhatsApp == "" && in.From.ScopedID == "" && in.From.LID == "" && in.From.Group == "" {
		if in.Echo {
			return Ending{Became: BecameIgnored, Because: noRecipient.With()}, nil
		}
		return Ending{Became: BecameIgnored, Because: noSender.With()}, nil
	}
	var o Ending
	err := repeated(func() (err error) {
		o, err = s.receive(channel, in)
		return err
	})
	return o, err
}

// repeated tries a change again when another wrote the same contact or message in this moment, or merged the contact.
func repeated(try func() error) (err error) {
	for range 4 {
		if err = try(); !errors.Is(err, gorm.ErrDuplicatedKey) && problem.KindOf(err) != problem.Conflict && problem.KindOf(err) != problem.NotFound {
			break
		}
	}
	return err
}

func (in *Incoming) tidy() {
	in.ExternalID, in.Edits, in.Deletes = input.CleanLine(in.ExternalID, 200), input.CleanLine(in.Edits, 200), input.CleanLine(in.Deletes, 200)
	in.From.WhatsApp, in.From.ScopedID = input.CleanLine(strings.TrimPrefix(in.From.WhatsApp, "+"), 64), input.CleanLine(in.From.ScopedID, 128)
	in.From.LID, in.From.Group = input.CleanLine(in.From.LID, 64), input.CleanLine(in.From.Group, 128)
	if by := in.By; by != nil {
		by.Name, by.Phone, by.ExternalID = input.Visible(input.CleanLine(by.Name, 200)), input.CleanLine(by.Phone, 32), input.CleanLine(by.ExternalID, 128)
	}
	in.From.Name, in.From.Username = input.Visible(input.CleanLine(in.From.Name, 200)), input.Visible(input.CleanLine(in.From.Username, 200))
	in.Body = input.Clean(in.Body, longestBody)
	if in.Type == "" {
		in.Type = TypeUnsupported
	}
	in.Content.Tidy()
	if l := in.Content.Location; l != nil && !content.OnEarth(l) {
		in.Type, in.Body, in.Content.Location, in.Content.Problem = TypeUnsupported, "", nil, notOnEarth.With().Kept()
	}
	if in.Edits != "" && in.Type == TypeUnsupported { // what it replaces stays, and this stands as an answer to it
		in.Content.QuotedID, in.Edits = in.Edits, ""
	}
}

func (s *Scope) receive(channel ID, in Incoming) (o Ending, err error) {
	err = s.change(func(tx *Tx) error {
		tx.past = in.History
		switch {
		case in.History && in.Deletes+in.Edits != "":
			o = Ending{Became: BecameIgnored, Because: historyIsAfter.With()}
			return nil
		case in.Deletes != "":
			o, err = tx.takeBack(channel, in)
			return err
		case in.Edits != "":
			known, err := tx.byExternalID(channel, in.Edits)
			if err == nil && known != nil {
				o, err = tx.rewrite(known, in)
			}
			if err != nil || known != nil {
				return err
			}
			in.ExternalID = in.Edits // the message it replaces never came: this is all there is of it
		}
		known, err := tx.byExternalID(channel, in.ExternalID)
		if err != nil {
			return err
		}
		if known != nil {
			o = Ending{Became: BecameRepeat, Because: messageHere.With(), MessageID: known.ID}
			return nil
		}
		m, err := tx.takeIn(channel, in)
		switch {
		case errors.Is(err, errBlocked): // by what they are known now is kept, or the block would end with a new number
			o, err = Ending{Became: BecameIgnored, Because: contactBlocked.With()}, nil
		case err == nil:
			o = Ending{Became: BecameMessage, MessageID: m.ID}
		}
		return err
	})
	return o, err
}

func (tx *Tx) byExternalID(channel ID, external string) (*Message, error) {
	var m Message
	err := tx.Locking().Where("channel_id = ? AND external_id = ?", string(channel), external).Limit(1).Find(&m).Error
	if err != nil || m.ID == "" {
		return nil, err
	}
	return &m, nil
}

// takeIn writes the message into the contact's conversation on the channel.
func (tx *Tx) takeIn(channel ID, in Incoming) (*Message, error) {
	news := in.Content.System
	if err := tx.uniteNews(in.From, news); err != nil {
		return nil, err
	}
	person, err := tx.person(in.From)
	if err != nil {
		return nil, err
	}
	if err := tx.heed(person, news); err != nil {
		return nil, err
	}
	if person.Blocked {
		return nil, errBlocked
	}
	c, err := tx.lastThread(person.ID, channel, in)
	if err != nil {
		return nil, err
	}
	m := tx.blank(c)
	if in.History {
		m.CreatedAt, in.Content.History = tx.longAgo(in.At), true
		m.ID = NewID(m.CreatedAt)
	}
	m.Type, m.Body, m.Content, m.ExternalID = in.Type, in.Body, &in.Content, &in.ExternalID
	m.Direction, m.Status, m.AuthorKind, m.AuthorID, m.AuthorName = Inbound, Received, ActorContact, person.ID, person.Name
	if in.By != nil {
		m.Content.Participant, m.AuthorName = in.By, in.By.Name
	}
	if in.Echo {
		m.Direction, m.Status, m.AuthorKind, m.AuthorID, m.AuthorName = Outbound, Sent, ActorSystem, "", c.ChannelKind.OwnApp()
	}
	if in.Edits != "" {
		m.EditedAt = &m.CreatedAt
	}
	if at := tx.clock(in.At); in.History {
		m.SentAt = &m.CreatedAt
	} else {
		m.SentAt = &at
	}
	if err := tx.quoted(m); err != nil {
		return nil, err
	}
	expected := tx.expect(m, in.Media)
	if in.History {
		err = tx.shelve(c, m)
	} else {
		err = tx.put(c, m)
	}
	if err == nil && expected {
		err = tx.fetchLater(m, in.Media)
	}
	return m, err
}

// clock is the vendor's time where it can be true.
func (tx *Tx) clock(at time.Time) time.Time {
	now := tx.Now()
	if at = at.UTC().Truncate(time.Millisecond); at.After(now) || at.Before(now.Add(-oldestNews)) {
		return now
	}
	return at
}

// lastThread returns the contact's newest conversation on the channel, open or not, else starts one
// for the message: a closed one for what was said long ago.
func (tx *Tx) lastThread(contact, channel ID, in Incoming) (*Conversation, error) {
	var c Conversation
	err := tx.DB.Select("id").Where("contact_id = ? AND channel_id = ?", string(contact), string(channel)).
		Order("last_activity_at DESC").Limit(1).Find(&c).Error
	if err != nil {
		return nil, err
	}
	if c.ID == "" && in.History {
		return tx.begin(contact, channel, StatusClosed, tx.longAgo(in.At))
	}
	if c.ID == "" {
		return tx.StartConversation(contact, channel)
	}
	return tx.conversationForUpdate(c.ID)
}

// quoted finds the messages that the message answers or reacts to by the vendor's ids.
func (tx *Tx) quoted(m *Message) error {
	if m.Content.QuotedID != "" {
		to, err := tx.byExternalID(m.ChannelID, m.Content.QuotedID)
		if err != nil {
			return err
		}
		if to != nil && to.ConversationID == m.ConversationID {
			m.ReplyToID = to.ID
		}
	}
	r := m.Content.Reaction
	if r == nil {
		return nil
	}
	to, err := tx.byExternalID(m.ChannelID, r.ExternalID)
	if err == nil && to != nil && to.ConversationID == m.ConversationID {
		m.Content.Reaction = &wire.Reaction{MessageID: to.ID.With(PrefixMessage), ExternalID: r.ExternalID, Emoji: r.Emoji}
	}
	return err
}
