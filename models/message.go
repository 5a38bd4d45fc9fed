package models

import (
	"time"

	"gorm.io/gorm"

	"mauve/models/problem"
	"mauve/models/reason"
	"mauve/models/rights"
	"mauve/models/store"
	"mauve/models/wire"
)

// Directions of a message.
const (
	Inbound  = "inbound"
	Outbound = "outbound"
)

// MessageKind tells what is sent from what is only for the team.
type MessageKind string

// The kinds of message.
const (
	Reply       MessageKind = "message"
	PrivateNote MessageKind = "note" // never leaves the team
)

// MessageState is how far a message came.
type MessageState string

// The states of a message: received for inbound, the others in the order they come.
const (
	Received  MessageState = "received"
	Queued    MessageState = "queued"
	Sent      MessageState = "sent"
	Delivered MessageState = "delivered"
	ReadState MessageState = "read"
	Played    MessageState = "played" // only reported: the message is read, and has PlayedAt
	Failed    MessageState = "failed"
)

// Message is one thing said in a conversation.
type Message struct {
	ID             ID `gorm:"primaryKey"`
	WorkspaceID    WorkspaceID
	ConversationID ID
	ContactID      ID `gorm:"-"`
	ChannelID      ID
	ChannelKind    ChannelKind
	Direction      string
	Kind           MessageKind
	Type           MessageType
	Body           string
	Content        *Content
	ReplyToID      ID
	Status         MessageState
	ErrorCode      string
	ErrorDetail    reason.Reason
	AuthorKind     ActorKind
	AuthorID       ID
	AuthorName     string
	ClientID       *string // the sender's own id of it, unique in the conversation
	ExternalID     *string // the vendor's id of it, unique on the channel
	CreatedAt      time.Time
	SentAt         *time.Time
	DeliveredAt    *time.Time
	ReadAt         *time.Time
	PlayedAt       *time.Time // when a sound that we sent was first played
	EditedAt       *time.Time
	DeletedAt      *time.Time // when its writer took it back
	Amendment      Amendment  // what its channel is still to change of it, or refused to

	Attachments []*Attachment `gorm:"-"`

	SendState SendState
	Tries     int
	NextAt    *time.Time // when the sender is to look at it next; nil: not in the queue
}

// Draft is a message to be written.
type Draft struct {
	Body       string
	Content    Content     // at most one of media, location, contacts, reaction and template
	MediaType  MessageType // of Content.Media; empty: guessed from the file
	ReplyTo    ID          // the message it answers
	Kind       MessageKind // empty: Reply
	Direction  string      // empty: Outbound; Inbound only on an api channel
	ClientID   string      // a repeated one answers the first message
	ExternalID string      // of an inbound message; a repeated one answers the first

	Attachments []ID         // uploaded before; with any, the body may be empty
	Links       []wire.Media // files at their addresses, for SendEach alone: a message each
}

// IsInbound reports whether the contact wrote it.
func (m *Message) IsInbound() bool { return m.Direction == Inbound }

// Send writes a message into a conversation: queued for its channel, kept as a
// private note, or recorded as what the contact wrote.
func (s *Scope) Send(conversation ID, d Draft) (*Message, error) {
	if err := s.May(rights.WriteMessages); err != nil {
		return nil, err
	}
	var m *Message
	err := s.change(func(tx *Tx) error {
		c, err := tx.conversationForUpdate(conversation)
		if err != nil {
			return err
		}
		if m, err = tx.say(c, d); err == nil && tx.actor.Kind == ActorMember {
			err = tx.forgetDraft(c.ID)
		}
		return err
	})
	return m, err
}

// say writes the message into a conversation locked by the caller.
func (tx *Tx) say(c *Conversation, d Draft) (*Message, error) {
	m, err := tx.draft(c, d)
	if err != nil {
		return nil, err
	}
	again, err := tx.saidBefore(m)
	if err != nil {
		return nil, err
	}
	if again != nil {
		return again, tx.carry(again)
	}
	if m.Attachments, err = tx.picked(d.Attachments); err != nil {
		return nil, err
	}
	var fs faults
	if fs.loaded(m); fs.Err() != nil {
		return nil, fs.Err()
	}
	if err := tx.maySay(c, m); err != nil {
		return nil, err
	}
	return m, tx.put(c, m)
}

// maySay refuses what the contact or the channel does not take.
func (tx *Tx) maySay(c *Conversation, m *Message) error {
	if m.Kind == PrivateNote {
		return nil
	}
	if c.blocked {
		return errBlocked
	}
	if m.IsInbound() {
		return nil
	}
	if c.mute {
		return errMute
	}
	return tx.sendable(c, m)
}

var (
	errBlocked = problem.Fail(problem.Conflict, "contact_blocked", "This contact is blocked. Unblock them first.")
	errMute    = problem.Fail(problem.Conflict, "channel_removed", "The channel of this conversation was removed; nothing can be sent on it.")
)

// put writes a checked message, its event and what the conversation shows of it.
func (tx *Tx) put(c *Conversation, m *Message) error {
	before := *c
	told, err := tx.mentionsIn(m)
	if err != nil {
		return err
	}
	if err := tx.Insert(m, &Event{Kind: MessageCreated, SubjectID: m.ID, ConversationID: c.ID, ContactID: c.ContactID,
		ChannelID: c.ChannelID, Changes: told, Payload: m.Wire()}); err != nil {
		return err
	}
	if err := tx.attach(m); err != nil {
		return err
	}
	if m.Kind == PrivateNote {
		return nil
	}
	gist := m.Gist()
	columns := map[string]any{"last_body": gist, "last_direction": m.Direction, "last_at": m.CreatedAt,
		"last_activity_at": m.CreatedAt, "updated_at": m.CreatedAt}
	if m.wakes() {
		columns["unread_count"] = gorm.Expr("unread_count + 1")
		c.UnreadCount++
	}
	if at := m.opensWindow(c); at != nil {
		columns["last_inbound_at"], c.LastInboundAt = at, at
	}
	c.LastBody, c.LastDirection, c.LastAt, c.LastActivityAt, c.UpdatedAt = gist, m.Direction, &m.CreatedAt, m.CreatedAt, m.CreatedAt
	err = tx.WithoutEvent("told as the message", func(db *gorm.DB) error {
		return db.Model(&Conversation{}).Where("id = ?", string(c.ID)).Updates(columns).Error
	})
	if err == nil && (!m.IsInbound() || m.wakes()) {
		err = tx.hear(c, m)
	}
	if err != nil || !m.wakes() || c.Status == StatusOpen {
		return err
	}
	c.Status, c.SnoozedUntil = StatusOpen, nil // the contact wrote: it needs us again
	return tx.saveConversation(&before, c)
}

// wakes reports whether the contact wrote something that somebody should look at.
func (m *Message) wakes() bool {
	return m.IsInbound() && m.Type != TypeSystem && m.Type != TypeReaction
}

// opensWindow returns when the contact wrote, if that is later than what is known.
func (m *Message) opensWindow(c *Conversation) *time.Time {
	if !m.IsInbound() || m.Type == TypeSystem {
		return nil
	}
	at := m.CreatedAt
	if m.SentAt != nil {
		at = *m.SentAt
	}
	if c.LastInboundAt != nil && !at.After(*c.LastInboundAt) {
		return nil
	}
	return &at
}

// Message returns one message.
func (s *Scope) Message(id ID) (*Message, error) {
	if err := s.May(rights.ReadMessages); err != nil {
		return nil, err
	}
	var m Message
	if err := s.rows.Find(&m, "message", id); err != nil {
		return nil, err
	}
	return &m, s.carry(&m)
}

// MessageTable is how messages are read, as g. What they carry is loaded after, by Carry.
var MessageTable = store.Table[Message]{Columns: store.ColumnsOf[Message]("g", "send_state", "tries", "next_at")}

// ReactsTo is the message that a reaction is about, empty when it is no
// reaction or that message is not here.
func (m *Message) ReactsTo() ID {
	if m.Type != TypeReaction || m.Content == nil || m.Content.Reaction == nil {
		return ""
	}
	id, _ := ParseID(PrefixMessage, m.Content.Reaction.MessageID)
	return id
}
