package models

import (
	"strings"
	"time"
	"unicode/utf8"

	"gorm.io/gorm"
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
	Failed    MessageState = "failed"
)

// LongestMessage is the most characters a message's body has.
const LongestMessage = 10_000

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
	Body           string
	Status         MessageState
	ErrorCode      string
	ErrorDetail    string
	AuthorKind     ActorKind
	AuthorID       ID
	AuthorName     string
	ClientID       *string // the sender's own id of it, unique in the conversation
	ExternalID     *string // the vendor's id of it, unique on the channel
	CreatedAt      time.Time
	SentAt         *time.Time
	DeliveredAt    *time.Time
	ReadAt         *time.Time
}

// Draft is a message to be written.
type Draft struct {
	Body       string
	Kind       MessageKind // empty: Reply
	Direction  string      // empty: Outbound; Inbound only on an api channel
	ClientID   string      // a repeated one answers the first message
	ExternalID string      // of an inbound message; a repeated one answers the first
}

// IsInbound reports whether the contact wrote it.
func (m *Message) IsInbound() bool { return m.Direction == Inbound }

// Send writes a message into a conversation: queued for its channel, kept as a
// private note, or recorded as what the contact wrote.
func (s *Scope) Send(conversation ID, d Draft) (*Message, error) {
	if err := s.may(WriteDesk); err != nil {
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
	if again, err := tx.saidBefore(m); err != nil || again != nil {
		return again, err
	}
	if m.IsInbound() || m.Kind == Reply {
		if c.blocked {
			return nil, Fail(Conflict, "contact_blocked", "This contact is blocked. Unblock them first.")
		}
		if c.mute && !m.IsInbound() {
			return nil, Fail(Conflict, "channel_removed", "The channel of this conversation was removed; nothing can be sent on it.")
		}
	}
	before := *c
	told, err := tx.mentionsIn(m)
	if err != nil {
		return nil, err
	}
	if err := tx.insertWithCommit(m, &Event{Kind: MessageCreated, SubjectID: m.ID, ConversationID: c.ID, ContactID: c.ContactID,
		ChannelID: c.ChannelID, Changes: told, Payload: m.Wire()}); err != nil {
		return nil, err
	}
	if m.Kind == PrivateNote {
		return m, nil
	}
	columns := map[string]any{"last_body": preview(m.Body), "last_direction": m.Direction, "last_at": m.CreatedAt,
		"last_activity_at": m.CreatedAt, "updated_at": m.CreatedAt}
	if m.IsInbound() {
		columns["unread_count"] = gorm.Expr("unread_count + 1")
		c.UnreadCount++
	}
	c.LastBody, c.LastDirection, c.LastAt, c.LastActivityAt, c.UpdatedAt = preview(m.Body), m.Direction, &m.CreatedAt, m.CreatedAt, m.CreatedAt
	err = tx.quietlyWithCommit("told as the message", func(db *gorm.DB) error {
		return db.Model(&Conversation{}).Where("id = ?", string(c.ID)).Updates(columns).Error
	})
	if err == nil {
		err = tx.hear(c, m)
	}
	if err != nil || !m.IsInbound() || c.Status == StatusOpen {
		return m, err
	}
	c.Status, c.SnoozedUntil = StatusOpen, nil // the contact wrote: it needs us again
	return m, tx.saveConversation(&before, c)
}

func (tx *Tx) draft(c *Conversation, d Draft) (*Message, error) {
	var fs faults
	now := tx.Now()
	if last := c.LastActivityAt; !now.After(last) {
		now = last.Add(time.Millisecond).UTC() // messages of a thread sort by time alone
	}
	m := &Message{ID: NewID(now), ConversationID: c.ID, ContactID: c.ContactID, ChannelID: c.ChannelID, ChannelKind: c.ChannelKind,
		Direction: d.Direction, Kind: d.Kind, Status: Queued, CreatedAt: now,
		AuthorKind: tx.actor.Kind, AuthorID: tx.actor.ID, AuthorName: tx.actor.Name}
	m.Body = fs.body("body", d.Body, LongestMessage)
	if m.Direction == "" {
		m.Direction = Outbound
	}
	if m.Kind == "" {
		m.Kind = Reply
	}
	if m.Kind != Reply && m.Kind != PrivateNote {
		fs.add("kind", "is message or note")
	}
	switch m.Direction {
	case Outbound:
	case Inbound:
		m.Status, m.AuthorKind, m.AuthorID, m.AuthorName = Received, ActorContact, c.ContactID, c.Contact.Name
		if c.ChannelKind != ChannelAPI {
			fs.add("direction", "inbound messages are recorded on api channels only")
		}
		if m.Kind == PrivateNote {
			fs.add("kind", "a note has no direction")
		}
	default:
		fs.add("direction", "is inbound or outbound")
	}
	if m.Kind == PrivateNote {
		m.Status = Sent
	}
	m.ClientID, m.ExternalID = fs.handle("clientId", d.ClientID), fs.handle("externalId", d.ExternalID)
	return m, fs.err()
}

// handle reads somebody else's id.
func (f *faults) handle(field, text string) *string {
	if text == "" {
		return nil
	}
	text = f.line(field, text, 1, 200)
	return &text
}

// saidBefore returns the message this one repeats, nil if none.
func (tx *Tx) saidBefore(m *Message) (*Message, error) {
	var old Message
	var err error
	switch {
	case m.ClientID != nil:
		err = tx.db.Where("conversation_id = ? AND client_id = ?", string(m.ConversationID), *m.ClientID).Limit(1).Find(&old).Error
	case m.ExternalID != nil:
		err = tx.db.Where("channel_id = ? AND external_id = ?", string(m.ChannelID), *m.ExternalID).Limit(1).Find(&old).Error
	}
	if err != nil || old.ID == "" {
		return nil, err
	}
	return &old, nil
}

// preview is the head of a body for lists, one line of at most 140 characters.
func preview(body string) string {
	line := strings.Join(strings.Fields(body), " ")
	if utf8.RuneCountInString(line) > 140 {
		line = string([]rune(line)[:139]) + "…"
	}
	return line
}

// Message returns one message.
func (s *Scope) Message(id ID) (*Message, error) {
	if err := s.may(ReadDesk); err != nil {
		return nil, err
	}
	var m Message
	return &m, s.find(&m, "message", id)
}

const messageColumns = "g.id, g.conversation_id, g.channel_id, g.channel_kind, g.direction, g.kind, g.body, g.status, g.error_code, g.error_detail, " +
	"g.author_kind, g.author_id, g.author_name, g.client_id, g.external_id, g.created_at, g.sent_at, g.delivered_at, g.read_at"

func (m *Message) fields() []any {
	return []any{&m.ID, &m.ConversationID, &m.ChannelID, &m.ChannelKind, &m.Direction, &m.Kind, &m.Body, &m.Status, &m.ErrorCode, &m.ErrorDetail,
		&m.AuthorKind, &m.AuthorID, &m.AuthorName, &m.ClientID, &m.ExternalID, &m.CreatedAt, &m.SentAt, &m.DeliveredAt, &m.ReadAt}
}

// Messages returns a page of a conversation's messages in the order they were said.
func (s *Scope) Messages(conversation ID, p Page) (*List[*Message], error) {
	return s.said(conversation, p, true)
}

// LatestMessages returns a page of a conversation's messages, newest first.
func (s *Scope) LatestMessages(conversation ID, p Page) (*List[*Message], error) {
	return s.said(conversation, p, false)
}

func (s *Scope) said(conversation ID, p Page, old bool) (*List[*Message], error) {
	if err := s.may(ReadDesk); err != nil {
		return nil, err
	}
	p, err := p.settle()
	if err != nil {
		return nil, err
	}
	n, err := s.count("SELECT count(*) FROM conversations WHERE workspace_id = ? AND id = ?", string(conversation))
	if err == nil && n == 0 {
		err = notFound("conversation")
	}
	if err != nil {
		return nil, err
	}
	l := &listing{table: "messages g", alias: "g", by: "created_at", old: old}
	l.and("g.conversation_id = ?", string(conversation))
	total, err := s.count(l.from("count(*)", ""), l.args...)
	if err != nil {
		return nil, err
	}
	at := func(m *Message) position { return position{m.CreatedAt, m.ID} }
	return pageOf(s, l, p, total, at, (*Message).fields, messageColumns, "")
}

// rank orders the states that a message passes, so that a late report never takes one back.
var rank = map[MessageState]int{Queued: 0, Sent: 1, Delivered: 2, ReadState: 3, Failed: 4}

// Progress records how far an outbound message came. The highest state wins;
// a failure counts only before delivery. It reports whether anything changed.
func (s *Scope) Progress(id ID, to MessageState, code, detail string) (bool, error) {
	changed := false
	err := s.change(func(tx *Tx) error {
		var m Message
		if err := (&Scope{store: tx.store, db: tx.locking(), workspace: tx.workspace}).find(&m, "message", id); err != nil {
			return err
		}
		if m.IsInbound() || m.Kind != Reply || rank[to] <= rank[m.Status] || to == Failed && rank[m.Status] >= rank[Delivered] {
			return nil
		}
		now := tx.Now()
		var d Changes
		d.note("status", string(m.Status), string(to))
		m.Status, m.ErrorCode, m.ErrorDetail = to, code, detail
		columns := map[string]any{"status": to, "error_code": code, "error_detail": detail}
		switch to {
		case Sent:
			columns["sent_at"], m.SentAt = now, &now
		case Delivered:
			columns["delivered_at"], m.DeliveredAt = now, &now
		case ReadState:
			columns["read_at"], m.ReadAt = now, &now
		}
		changed = true
		return tx.update(&m, columns, &Event{Kind: MessageStatusChanged, SubjectID: m.ID, ConversationID: m.ConversationID,
			ChannelID: m.ChannelID, Changes: d, Payload: m.Wire()})
	})
	return changed, err
}
