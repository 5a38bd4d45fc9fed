package models

import (
	"errors"
	"reflect"
	"strings"
	"time"

	"gorm.io/gorm"

	"mauve/models/problem"
	"mauve/models/rights"
	"mauve/models/store"
	"mauve/models/wire"
)

// ConversationState is where a conversation stands.
type ConversationState string

// The states of a conversation.
const (
	StatusOpen    ConversationState = "open"
	StatusSnoozed ConversationState = "snoozed" // comes back by itself, or when the contact writes
	StatusClosed  ConversationState = "closed"  // opens again when the contact writes
)

// Valid reports whether the state is one of the three.
func (s ConversationState) Valid() bool {
	return s == StatusOpen || s == StatusSnoozed || s == StatusClosed
}

// Conversation is the thread with one contact on one channel.
type Conversation struct {
	ID             ID `gorm:"primaryKey"`
	WorkspaceID    WorkspaceID
	ContactID      ID
	ChannelID      ID
	ChannelKind    ChannelKind
	Status         ConversationState
	SnoozedUntil   *time.Time
	AssigneeID     ID // empty: nobody
	Labels         Words
	UnreadCount    int
	LastBody       string // the newest message that is not a note
	LastDirection  string
	LastAt         *time.Time
	LastActivityAt time.Time
	LastInboundAt  *time.Time // when the contact last wrote, by the vendor's clock
	ReceiptAfter   *time.Time // until when what the contact wrote was told as read
	ReceiptAt      *time.Time // when the channel is to be told that the team read or types
	ReceiptTyping  bool
	CreatedAt      time.Time
	UpdatedAt      time.Time

	Contact  ContactBrief `gorm:"-"` // set by every read of this package
	Assignee string       `gorm:"-"` // the assignee's name

	blocked  bool // its contact is; set by the read of one conversation
	mute     bool // its channel was removed; likewise
	ticketed bool // a ticket is or was about it; likewise
}

// ContactBrief is what a list shows of a contact.
type ContactBrief struct{ Name, Phone, Email string }

// ConversationChange says what to change; nil leaves a field as it is.
type ConversationChange struct {
	Status       *ConversationState
	SnoozedUntil *time.Time // with StatusSnoozed; nil: until the contact writes
	Assignee     *ID        // the empty ID: nobody
	Labels       *[]string
	Version      string
}

// WindowEnd returns until when free text may be sent; nil when there is no such limit.
func (c *Conversation) WindowEnd() *time.Time {
	return c.ChannelKind.Capabilities().WindowEnd(c.CreatedAt, c.LastInboundAt)
}

// Version is a text that changes with the conversation, for ETags.
func (c *Conversation) Version() string { return version(c.ID, c.UpdatedAt) }

// ConversationTable is how conversations are read, as c, with what a list shows of their contact, and the assignee's name.
//
// A conversation always has its contact; the join is an outer one all the same,
// because SQLite, once it has statistics, would turn an inner one around and
// sort every contact's conversations to find the newest 25.
var ConversationTable = store.Table[Conversation]{
	Columns: store.ColumnsOf[Conversation]("c", "receipt_after", "receipt_at", "receipt_typing").
		And("p.name", func(c *Conversation) any { return &c.Contact.Name }).
		And("p.phone", func(c *Conversation) any { return &c.Contact.Phone }).
		And("p.email", func(c *Conversation) any { return &c.Contact.Email }).
		And("coalesce(m.name, '')", func(c *Conversation) any { return &c.Assignee }),
	Joins: " LEFT JOIN contacts p ON p.workspace_id = c.workspace_id AND p.id = c.contact_id" +
		" LEFT JOIN members m ON m.workspace_id = c.workspace_id AND m.id = c.assignee_id",
}

// oneConversation reads besides what decides about a message to it.
var oneConversation = ConversationTable.Columns.
	And("coalesce(p.blocked, false)", func(c *Conversation) any { return &c.blocked }).
	And("h.id IS NULL OR h.removed_at IS NOT NULL", func(c *Conversation) any { return &c.mute }).
	And("EXISTS (SELECT 1 FROM tickets k WHERE k.workspace_id = c.workspace_id AND k.conversation_id = c.id)",
		func(c *Conversation) any { return &c.ticketed })

// Conversation returns one conversation.
func (s *Scope) Conversation(id ID) (*Conversation, error) {
	return s.conversation("SELECT * FROM conversations WHERE workspace_id = ? AND id = ?", id)
}

// conversation reads the one that the query finds.
func (s *Scope) conversation(query string, id ID) (*Conversation, error) {
	if err := s.May(rights.ReadConversations); err != nil {
		return nil, err
	}
	var found []*Conversation
	query = "SELECT " + oneConversation.String() + " FROM (" + query + ") c" + ConversationTable.Joins +
		" LEFT JOIN channels h ON h.workspace_id = c.workspace_id AND h.id = c.channel_id"
	err := s.rows.QueryEach(query, []any{string(id)}, oneConversation.Read(&found))
	if err == nil && len(found) == 0 {
		err = problem.NoSuch("conversation")
	}
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

// conversationForUpdate locks the row and reads it, and the endpoints that what
// follows will be told to. SQLite has one writer and needs no lock.
func (tx *Tx) conversationForUpdate(id ID) (*Conversation, error) {
	if err := tx.askHooks(); err != nil {
		return nil, err
	}
	query := "SELECT * FROM conversations WHERE workspace_id = ? AND id = ?"
	if tx.Postgres() {
		query += store.ForUpdate // inside: what is joined to it belongs to what was locked
	}
	return tx.conversation(query, id)
}

// StartConversation opens a conversation with a contact on a channel.
func (s *Scope) StartConversation(contact, channel ID) (*Conversation, error) {
	if err := s.May(rights.WriteConversations); err != nil {
		return nil, err
	}
	var c *Conversation
	err := s.change(func(tx *Tx) (err error) {
		c, err = tx.begin(contact, channel, StatusOpen, tx.Now())
		return err
	})
	return c, err
}

// begin writes a conversation with its state and the time of what was last said in it.
func (tx *Tx) begin(contact, channel ID, status ConversationState, active time.Time) (*Conversation, error) {
	person, err := tx.Contact(contact)
	if problem.KindOf(err) == problem.NotFound {
		return nil, problem.InvalidField("contactId", "there is no such contact")
	}
	if err != nil {
		return nil, err
	}
	if person.Blocked {
		return nil, problem.Fail(problem.Conflict, "contact_blocked", "This contact is blocked. Unblock them first.")
	}
	on, err := tx.Channel(channel)
	if problem.KindOf(err) == problem.NotFound {
		return nil, problem.InvalidField("channelId", "there is no such channel")
	}
	if err != nil {
		return nil, err
	}
	now := tx.Now()
	c := &Conversation{ID: NewID(now), ContactID: contact, ChannelID: on.ID, ChannelKind: on.Kind, Status: status, Labels: Words{},
		LastActivityAt: active, CreatedAt: now, UpdatedAt: now,
		Contact: ContactBrief{person.Name, person.Phone, person.Email}}
	if c.LastInboundAt, err = tx.lastWrote(contact, on); err != nil {
		return nil, err
	}
	if err := tx.Insert(c, c.event(ConversationCreated, nil)); err != nil {
		return nil, err
	}
	return c, tx.step(c.counted(), 1)
}

// lastWrote is when the contact last wrote on a channel with a window, in any conversation.
func (tx *Tx) lastWrote(contact ID, on *Channel) (*time.Time, error) {
	if on.Kind.Capabilities().Window == 0 {
		return nil, nil
	}
	var c Conversation
	err := tx.DB.Select("last_inbound_at").Where("contact_id = ? AND channel_id = ? AND last_inbound_at IS NOT NULL", string(contact), string(on.ID)).
		Order("last_inbound_at DESC").Limit(1).Find(&c).Error
	return c.LastInboundAt, err
}

func (c *Conversation) event(kind EventKind, d Changes) *Event {
	return &Event{Kind: kind, SubjectID: c.ID, ConversationID: c.ID, ContactID: c.ContactID, ChannelID: c.ChannelID, Changes: d, Payload: c.Wire()}
}

func (c *Conversation) counted() Count {
	return Count{What: "conversation", Status: string(c.Status), ChannelID: c.ChannelID, ChannelKind: string(c.ChannelKind), AssigneeID: c.AssigneeID}
}

// UpdateConversation applies the change. Changing nothing is not an event.
func (s *Scope) UpdateConversation(id ID, change ConversationChange) (*Conversation, error) {
	if err := s.May(rights.WriteConversations); err != nil {
		return nil, err
	}
	var c *Conversation
	err := s.change(func(tx *Tx) (err error) {
		if c, err = tx.conversationForUpdate(id); err != nil {
			return err
		}
		if err = checkVersion(change.Version, c.Version()); err != nil {
			return err
		}
		before := *c
		var fs faults
		if change.Status != nil {
			fs.status(c, *change.Status, change.SnoozedUntil, tx.Now())
		} else if change.SnoozedUntil != nil {
			fs.Add("snoozedUntil", "goes with status snoozed")
		}
		if change.Assignee != nil {
			if err = fs.Take(tx.assign(c, *change.Assignee)); err != nil {
				return err
			}
		}
		if change.Labels != nil {
			c.Labels = fs.Labels("labels", *change.Labels, 50, 60)
		}
		if err = fs.Err(); err != nil {
			return err
		}
		return tx.saveConversation(&before, c)
	})
	return c, err
}

func (f *faults) status(c *Conversation, to ConversationState, until *time.Time, now time.Time) {
	if !to.Valid() {
		f.Add("status", "is one of open, snoozed, closed")
	}
	if until != nil && to != StatusSnoozed {
		f.Add("snoozedUntil", "goes with status snoozed")
	}
	if until != nil && (until.Before(now) || until.After(now.AddDate(5, 0, 0))) {
		f.Add("snoozedUntil", "is a time in the next five years")
	}
	c.Status, c.SnoozedUntil = to, until
}

func (tx *Tx) assign(c *Conversation, to ID) error {
	c.AssigneeID, c.Assignee = to, ""
	if to == "" {
		return nil
	}
	m, err := tx.Member(to)
	if problem.KindOf(err) == problem.NotFound || err == nil && m.RemovedAt != nil {
		return problem.InvalidField("assigneeId", "there is no such member")
	}
	c.Assignee = m.Name
	return err
}

// saveConversation writes what differs, with one event for each kind of difference.
func (tx *Tx) saveConversation(before, c *Conversation) error {
	columns := map[string]any{}
	var events []*Event
	until := func(t *time.Time) string {
		if t == nil {
			return ""
		}
		return wire.Stamp(*t)
	}
	c.UpdatedAt = tx.later(before.UpdatedAt)
	if before.Status != c.Status || until(before.SnoozedUntil) != until(c.SnoozedUntil) {
		var d Changes
		d.Note("status", string(before.Status), string(c.Status))
		columns["status"], columns["snoozed_until"] = c.Status, c.SnoozedUntil
		events = append(events, c.event(ConversationStatus, d))
	}
	if before.AssigneeID != c.AssigneeID {
		var d Changes
		d.Note("assignee", before.Assignee, c.Assignee)
		columns["assignee_id"] = c.AssigneeID
		events = append(events, c.event(ConversationAssigned, d))
	}
	if !reflect.DeepEqual(before.Labels, c.Labels) {
		var d Changes
		d.Note("labels", strings.Join(before.Labels, ", "), strings.Join(c.Labels, ", "))
		columns["labels"] = c.Labels
		events = append(events, c.event(ConversationUpdated, d))
		if err := tx.relabel("conversation", c.ID, before.Labels, c.Labels); err != nil {
			return err
		}
	}
	if len(events) == 0 {
		c.UpdatedAt = before.UpdatedAt
		return nil
	}
	columns["updated_at"] = c.UpdatedAt
	if err := tx.Update(c, columns, events[0]); err != nil {
		return err
	}
	for _, e := range events[1:] {
		if err := tx.Record(e); err != nil {
			return err
		}
	}
	return tx.recount(before, c)
}

func (tx *Tx) recount(before, c *Conversation) error {
	if before.counted() == c.counted() {
		return nil
	}
	return tx.steps(map[Count]int64{before.counted(): -1, c.counted(): 1})
}

// ReadConversation marks what the contact wrote as read. Reading twice is not an event.
func (s *Scope) ReadConversation(id ID) (*Conversation, error) {
	if err := s.May(rights.WriteConversations); err != nil {
		return nil, err
	}
	var c *Conversation
	err := s.change(func(tx *Tx) (err error) {
		if c, err = tx.conversationForUpdate(id); err != nil || c.UnreadCount == 0 {
			return err
		}
		c.UnreadCount = 0
		now := tx.Now()
		err = tx.WithoutEvent("told as one reading", func(db *gorm.DB) error {
			return db.Model(&Message{}).Where("conversation_id = ? AND direction = 'inbound' AND read_at IS NULL", string(id)).
				Updates(map[string]any{"read_at": now}).Error
		})
		if err != nil {
			return err
		}
		if err = tx.tellRead(c, false); err != nil {
			return err
		}
		return tx.Update(c, map[string]any{"unread_count": 0}, c.event(ConversationRead, nil))
	})
	return c, err
}

// dropConversations removes a contact's conversations with their messages.
func (tx *Tx) dropConversations(contact ID) error {
	var all []*Conversation
	if err := tx.Removing().Where("contact_id = ?", string(contact)).Order("id").Find(&all).Error; err != nil || len(all) == 0 {
		return err
	}
	ids := make([]string, len(all))
	sums := map[Count]int64{}
	for i, c := range all {
		ids[i] = string(c.ID)
		sums[c.counted()]--
	}
	if err := tx.steps(sums); err != nil {
		return err
	}
	if err := tx.loosen(ids); err != nil {
		return err
	}
	return tx.WithoutEvent("told as the contact's removal", func(db *gorm.DB) error {
		return errors.Join(
			db.Where("conversation_id IN ?", ids).Delete(&SavedDraft{}).Error,
			db.Where("conversation_id IN ?", ids).Delete(&Message{}).Error,
			db.Where("kind = 'conversation' AND subject_id IN ?", ids).Delete(&Labeling{}).Error,
			db.Where("id IN ?", ids).Delete(&Conversation{}).Error,
		)
	})
}
