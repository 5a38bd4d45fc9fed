package models

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"time"

	"gorm.io/gorm"
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
	CreatedAt      time.Time
	UpdatedAt      time.Time

	Contact  ContactBrief `gorm:"-"` // set by every read of this package
	Assignee string       `gorm:"-"` // the assignee's name
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

// Version is a text that changes with the conversation, for ETags.
func (c *Conversation) Version() string { return version(c.ID, c.UpdatedAt) }

const conversationColumns = "c.id, c.contact_id, c.channel_id, c.channel_kind, c.status, c.snoozed_until, c.assignee_id, c.labels, " +
	"c.unread_count, c.last_body, c.last_direction, c.last_at, c.last_activity_at, c.created_at, c.updated_at, " +
	"p.name, p.phone, p.email, coalesce(m.name, '')"

// A conversation always has its contact; the join is an outer one all the same,
// because SQLite, once it has statistics, would turn an inner one around and
// sort every contact's conversations to find the newest 25.
const conversationJoins = " LEFT JOIN contacts p ON p.workspace_id = c.workspace_id AND p.id = c.contact_id" +
	" LEFT JOIN members m ON m.workspace_id = c.workspace_id AND m.id = c.assignee_id"

func (c *Conversation) fields() []any {
	return []any{&c.ID, &c.ContactID, &c.ChannelID, &c.ChannelKind, &c.Status, &c.SnoozedUntil, &c.AssigneeID, &c.Labels,
		&c.UnreadCount, &c.LastBody, &c.LastDirection, &c.LastAt, &c.LastActivityAt, &c.CreatedAt, &c.UpdatedAt,
		&c.Contact.Name, &c.Contact.Phone, &c.Contact.Email, &c.Assignee}
}

// Conversation returns one conversation.
func (s *Scope) Conversation(id ID) (*Conversation, error) {
	if err := s.may(ReadDesk); err != nil {
		return nil, err
	}
	l := &listing{table: "conversations c", alias: "c"}
	l.and("c.id = ?", string(id))
	rows, err := s.rows(l.from(conversationColumns, conversationJoins), l.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	if !rows.Next() {
		return nil, errors.Join(rows.Err(), notFound("conversation"))
	}
	var c Conversation
	return &c, rows.Scan(c.fields()...)
}

// conversationForUpdate locks the row first, so that what is read after is what will be changed.
func (tx *Tx) conversationForUpdate(id ID) (*Conversation, error) {
	if tx.store.postgres {
		if _, err := tx.count("SELECT 1 FROM conversations WHERE workspace_id = ? AND id = ? FOR UPDATE", string(id)); err != nil {
			return nil, err
		}
	}
	return tx.Conversation(id)
}

// StartConversation opens a conversation with a contact on a channel.
func (s *Scope) StartConversation(contact, channel ID) (*Conversation, error) {
	if err := s.may(WriteDesk); err != nil {
		return nil, err
	}
	var c *Conversation
	err := s.change(func(tx *Tx) (err error) {
		person, err := tx.Contact(contact)
		if KindOf(err) == NotFound {
			return InvalidField("contactId", "there is no such contact")
		}
		if err != nil {
			return err
		}
		if person.Blocked {
			return Fail(Conflict, "contact_blocked", "This contact is blocked. Unblock them first.")
		}
		on, err := tx.Channel(channel)
		if KindOf(err) == NotFound {
			return InvalidField("channelId", "there is no such channel")
		}
		if err != nil {
			return err
		}
		now := tx.Now()
		c = &Conversation{ID: NewID(now), ContactID: contact, ChannelID: on.ID, ChannelKind: on.Kind, Status: StatusOpen, Labels: Words{},
			LastActivityAt: now, CreatedAt: now, UpdatedAt: now,
			Contact: ContactBrief{person.Name, person.Phone, person.Email}}
		if err := tx.insert(c, c.event(ConversationCreated, nil)); err != nil {
			return err
		}
		return tx.step(c.counted(), 1)
	})
	return c, err
}

func (c *Conversation) event(kind EventKind, d Changes) *Event {
	return &Event{Kind: kind, SubjectID: c.ID, ConversationID: c.ID, ContactID: c.ContactID, ChannelID: c.ChannelID, Changes: d, Payload: c.Wire()}
}

func (c *Conversation) counted() Count {
	return Count{What: "conversation", Status: string(c.Status), ChannelID: c.ChannelID, ChannelKind: string(c.ChannelKind), AssigneeID: c.AssigneeID}
}

// UpdateConversation applies the change. Changing nothing is not an event.
func (s *Scope) UpdateConversation(id ID, change ConversationChange) (*Conversation, error) {
	if err := s.may(WriteDesk); err != nil {
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
			fs.add("snoozedUntil", "goes with status snoozed")
		}
		if change.Assignee != nil {
			if err = fs.take(tx.assign(c, *change.Assignee)); err != nil {
				return err
			}
		}
		if change.Labels != nil {
			c.Labels = fs.words("labels", *change.Labels, 50, 60)
		}
		if err = fs.err(); err != nil {
			return err
		}
		return tx.saveConversation(&before, c)
	})
	return c, err
}

func (f *faults) status(c *Conversation, to ConversationState, until *time.Time, now time.Time) {
	if !to.Valid() {
		f.add("status", "is one of open, snoozed, closed")
	}
	if until != nil && to != StatusSnoozed {
		f.add("snoozedUntil", "goes with status snoozed")
	}
	if until != nil && (until.Before(now) || until.After(now.AddDate(5, 0, 0))) {
		f.add("snoozedUntil", "is a time in the next five years")
	}
	c.Status, c.SnoozedUntil = to, until
}

func (tx *Tx) assign(c *Conversation, to ID) error {
	c.AssigneeID, c.Assignee = to, ""
	if to == "" {
		return nil
	}
	m, err := tx.Member(to)
	if KindOf(err) == NotFound || err == nil && m.RemovedAt != nil {
		return InvalidField("assigneeId", "there is no such member")
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
		return Stamp(*t)
	}
	c.UpdatedAt = tx.later(before.UpdatedAt)
	if before.Status != c.Status || until(before.SnoozedUntil) != until(c.SnoozedUntil) {
		var d Changes
		d.note("status", string(before.Status), string(c.Status))
		columns["status"], columns["snoozed_until"] = c.Status, c.SnoozedUntil
		events = append(events, c.event(ConversationStatus, d))
	}
	if before.AssigneeID != c.AssigneeID {
		var d Changes
		d.note("assignee", before.Assignee, c.Assignee)
		columns["assignee_id"] = c.AssigneeID
		events = append(events, c.event(ConversationAssigned, d))
	}
	if !reflect.DeepEqual(before.Labels, c.Labels) {
		var d Changes
		d.note("labels", strings.Join(before.Labels, ", "), strings.Join(c.Labels, ", "))
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
	if err := tx.update(c, columns, events[0]); err != nil {
		return err
	}
	for _, e := range events[1:] {
		if err := tx.note(e); err != nil {
			return err
		}
	}
	return tx.recount(before, c)
}

func (tx *Tx) recount(before, c *Conversation) error {
	if before.counted() == c.counted() {
		return nil
	}
	return errors.Join(tx.step(before.counted(), -1), tx.step(c.counted(), 1))
}

// ReadConversation marks what the contact wrote as read. Reading twice is not an event.
func (s *Scope) ReadConversation(id ID) (*Conversation, error) {
	if err := s.may(WriteDesk); err != nil {
		return nil, err
	}
	var c *Conversation
	err := s.change(func(tx *Tx) (err error) {
		if c, err = tx.conversationForUpdate(id); err != nil || c.UnreadCount == 0 {
			return err
		}
		c.UnreadCount = 0
		now := tx.Now()
		err = tx.quietly("told as one reading", func(db *gorm.DB) error {
			return db.Model(&Message{}).Where("conversation_id = ? AND direction = 'inbound' AND read_at IS NULL", string(id)).
				Updates(map[string]any{"read_at": now}).Error
		})
		if err != nil {
			return err
		}
		return tx.update(c, map[string]any{"unread_count": 0}, c.event(ConversationRead, nil))
	})
	return c, err
}

// dropConversations removes a contact's conversations with their messages.
func (tx *Tx) dropConversations(contact ID) error {
	var all []*Conversation
	if err := tx.db.Where("contact_id = ?", string(contact)).Find(&all).Error; err != nil || len(all) == 0 {
		return err
	}
	ids := make([]string, len(all))
	sums := map[Count]int64{}
	for i, c := range all {
		ids[i] = string(c.ID)
		sums[c.counted()]--
	}
	for c, n := range sums {
		if err := tx.step(c, n); err != nil {
			return err
		}
	}
	if err := tx.loosen(ids); err != nil {
		return err
	}
	return tx.quietly("told as the contact's removal", func(db *gorm.DB) error {
		return errors.Join(
			db.Where("conversation_id IN ?", ids).Delete(&Message{}).Error,
			db.Where("kind = 'conversation' AND subject_id IN ?", ids).Delete(&Labeling{}).Error,
			db.Where("id IN ?", ids).Delete(&Conversation{}).Error,
		)
	})
}

// UnreadConversations returns how many open conversations have something unread, counting at most to 100.
func (s *Scope) UnreadConversations() (int64, error) {
	return s.count("SELECT count(*) FROM (SELECT 1 FROM conversations WHERE workspace_id = ? AND status = 'open' AND unread_count > 0 LIMIT 100) t")
}

// WakeSnoozed opens the conversations whose time has come, in every workspace;
// at most 500 a call. It returns how many.
func (s *Store) WakeSnoozed(ctx context.Context) (n int, err error) {
	var due []*Conversation
	err = s.across(ctx).Select("id", "workspace_id").Where("status = 'snoozed' AND snoozed_until <= ?", s.Now()).
		Order("snoozed_until").Limit(500).Find(&due).Error
	open := StatusOpen
	for _, c := range due {
		_, e := s.As(ctx, ID(c.WorkspaceID), System).UpdateConversation(c.ID, ConversationChange{Status: &open})
		err = errors.Join(err, e)
	}
	return len(due), err
}
