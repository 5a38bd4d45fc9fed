package models

import (
	"database/sql/driver"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"gorm.io/gorm"

	"mauve/models/wire"
)

// AmendKind says what an amendment does.
type AmendKind string

// The kinds of amendment.
const (
	AmendEdit   AmendKind = "edit"
	AmendDelete AmendKind = "delete"
)

// Amendment is an edit or a deletion of a message that its channel has already:
// it waits in the channel's queue on its message's row, or was refused. The
// message is as it was until the channel took it.
type Amendment struct {
	Kind         AmendKind // empty: there is none
	Body         string    // of an edit
	At           time.Time // when it was asked for
	Failed       bool
	Code, Detail string // why it failed, or why it still waits
}

// Value writes the column; none is the empty text.
func (a Amendment) Value() (driver.Value, error) {
	if a.Kind == "" {
		return "", nil
	}
	return text(json.Marshal(a))
}

// Scan reads the column.
func (a *Amendment) Scan(v any) error { return scanOrEmpty(v, a) }

// GormDataType names the column's type to GORM.
func (Amendment) GormDataType() string { return "text" }

// waits reports whether the amendment is in its channel's queue.
func (a Amendment) waits() bool { return a.Kind != "" && !a.Failed }

// Amends reports whether the message is with its channel already and its Amendment is what is to be carried out.
func (d *Dispatch) Amends() bool { return d.Message.Amendment.waits() }

func (a Amendment) wire() *wire.MessageChange {
	if a.Kind == "" {
		return nil
	}
	w := &wire.MessageChange{Kind: string(a.Kind), Status: "queued", RequestedAt: Stamp(a.At)}
	if a.Kind == AmendEdit {
		w.Body = &a.Body
	}
	if a.Failed {
		w.Status = "failed"
	}
	if a.Code != "" {
		w.Error = &wire.MessageError{Code: a.Code, Detail: a.Detail}
	}
	return w
}

// EditMessage gives a message of ours, or a note of the caller's own, another
// text. What the channel has not got yet is changed at once; what it has, when
// the channel took the change. A channel that cannot, or not any more, is a Conflict.
func (s *Scope) EditMessage(id ID, body string) (*Message, error) {
	return s.amend(id, Amendment{Kind: AmendEdit, Body: body})
}

// DeleteMessage takes a message of ours back for everyone, or removes a note of
// the caller's own; that it was there stays visible. What has not left yet never
// leaves. What is deleted already is answered as it is.
func (s *Scope) DeleteMessage(id ID) (*Message, error) {
	return s.amend(id, Amendment{Kind: AmendDelete})
}

func (s *Scope) amend(id ID, a Amendment) (*Message, error) {
	if err := s.may(WriteDesk); err != nil {
		return nil, err
	}
	var m *Message
	err := s.change(func(tx *Tx) error {
		c, err := tx.turnTo(id, &m)
		if err == nil {
			err = tx.mayAmend(c, m, &a)
		}
		if err != nil || a.changesNothing(m) {
			return err
		}
		a.At = tx.Now()
		switch {
		case m.Kind == PrivateNote || !m.ChannelKind.Capabilities().Queued:
			return tx.amended(m, a)
		case !m.left():
			return errors.Join(tx.withhold(m, a), tx.amended(m, a))
		}
		return tx.amendLater(m, a)
	})
	return m, err
}

// turnTo locks a message after its conversation, the order in which every change of both locks them.
func (tx *Tx) turnTo(id ID, into **Message) (*Conversation, error) {
	var m Message
	if err := tx.find(&m, "message", id); err != nil {
		return nil, err
	}
	c, err := tx.conversationForUpdate(m.ConversationID)
	if err != nil {
		return nil, err
	}
	locked, err := tx.messageForUpdate(id)
	if err != nil {
		return nil, err
	}
	locked.ContactID = c.ContactID
	*into = locked
	return c, tx.carry(locked)
}

// left reports whether the channel may have the message: what is known to have been refused, or waits, it has not.
func (m *Message) left() bool {
	return m.Status != Queued && (m.Status != Failed || m.ErrorCode == Unconfirmed)
}

func (a Amendment) changesNothing(m *Message) bool {
	if a.Kind == AmendDelete {
		return m.DeletedAt != nil
	}
	return m.Body == a.Body && m.Amendment.Kind == ""
}

// mayAmend refuses what the message, its writer or its channel does not allow.
func (tx *Tx) mayAmend(c *Conversation, m *Message, a *Amendment) error {
	if m.IsInbound() || m.Type == TypeSystem || m.Type == TypeReaction {
		return Fail(Conflict, "not_ours", "Only what the team wrote can be edited or deleted.")
	}
	if m.Kind == PrivateNote && (m.AuthorKind != tx.actor.Kind || m.AuthorID != tx.actor.ID) {
		return Fail(Forbidden, "not_author", "Only who wrote a note can change it.")
	}
	if a.Kind == AmendEdit {
		if err := tx.mayEdit(m, a); err != nil {
			return err
		}
	}
	can := m.ChannelKind.Capabilities()
	if m.Kind == PrivateNote || !can.Queued || m.DeletedAt != nil {
		return nil
	}
	if m.SendState != "" && m.SendState != SendWaiting {
		return Fail(Conflict, "being_sent", "It is on its way out at this moment. Try again in a few seconds.")
	}
	if !m.left() {
		return nil
	}
	if c.mute {
		return errMute
	}
	return m.amendableOn(can, a.Kind, tx.Now())
}

func (tx *Tx) mayEdit(m *Message, a *Amendment) error {
	switch {
	case m.DeletedAt != nil:
		return Fail(Conflict, "deleted", "This message was deleted.")
	case m.Type != TypeText:
		return Fail(Conflict, "not_editable", "Only a text can be edited. Delete the message and send another.")
	}
	var fs faults
	a.Body = fs.body("body", a.Body, LongestMessage)
	if longest := m.ChannelKind.Capabilities().LongestText; longest > 0 && m.Kind == Reply && utf8.RuneCountInString(a.Body) > longest {
		fs.add("body", "must have at most %d characters on this channel, has %d", longest, utf8.RuneCountInString(a.Body))
	}
	return fs.err()
}

// amendableOn refuses what a channel does not carry, or not so long after the message was sent.
func (m *Message) amendableOn(can Capabilities, kind AmendKind, now time.Time) error {
	within := can.within(kind)
	if within == 0 {
		return Fail(Conflict, "not_supported", "This channel cannot change a message that was sent.")
	}
	if now.After(m.sentAt().Add(within)) {
		return Fail(Conflict, "too_late", "On this channel a message can be changed so for %d minutes after it was sent.", int(within.Minutes()))
	}
	return nil
}

func (c Capabilities) within(kind AmendKind) time.Duration {
	if kind == AmendEdit {
		return c.Edits
	}
	return c.Deletes
}

func (m *Message) sentAt() time.Time {
	if m.SentAt != nil {
		return *m.SentAt
	}
	return m.CreatedAt
}

// Amendable reports how somebody may change the message now: for pages, which then show the way to it.
func (s *Scope) Amendable(m *Message) (edit, remove bool) {
	if m.IsInbound() || m.Type == TypeSystem || m.Type == TypeReaction || m.DeletedAt != nil || s.may(WriteDesk) != nil {
		return false, false
	}
	can := m.ChannelKind.Capabilities()
	switch {
	case m.Kind == PrivateNote:
		remove = m.AuthorKind == s.actor.Kind && m.AuthorID == s.actor.ID
		return remove, remove
	case !can.Queued || !m.left():
		return m.Type == TypeText, true
	}
	now := s.Now()
	return m.Type == TypeText && m.amendableOn(can, AmendEdit, now) == nil, m.amendableOn(can, AmendDelete, now) == nil
}

// withhold keeps a message that did not leave from ever leaving, if it is to be deleted.
func (tx *Tx) withhold(m *Message, a Amendment) error {
	if a.Kind != AmendDelete || m.Status == Failed {
		return nil
	}
	_, err := tx.progress(m, Report{Status: Failed, Code: "withdrawn", Detail: "It was deleted before it was sent."})
	return err
}

// amendLater puts an amendment into its channel's queue, in place of one that waits or failed there.
func (tx *Tx) amendLater(m *Message, a Amendment) error {
	now := tx.Now()
	m.Amendment, m.Tries, m.SendState, m.NextAt = a, 0, SendWaiting, &now
	var d Changes
	d.note("change", "", string(a.Kind))
	return tx.update(m, map[string]any{"amendment": a, "tries": 0, "send_state": SendWaiting, "next_at": now}, m.event(MessageUpdated, d))
}

// amended changes a locked message for good: everybody has the change, or nobody had the message.
func (tx *Tx) amended(m *Message, a Amendment) error {
	if a.Kind == AmendDelete {
		return tx.withdraw(m, a.At)
	}
	d, err := tx.newMentions(m, a.Body)
	if err != nil {
		return err
	}
	d.note("body", m.Body, a.Body)
	m.Body, m.EditedAt = a.Body, &a.At
	return tx.reword(m, map[string]any{"body": m.Body, "edited_at": m.EditedAt}, d)
}

// newMentions are the members whom a note names that it did not name before.
func (tx *Tx) newMentions(m *Message, body string) (Changes, error) {
	before, err := tx.mentionsIn(m)
	if err != nil {
		return nil, err
	}
	after, err := tx.mentionsIn(&Message{Kind: m.Kind, Body: body})
	if err != nil || after == nil {
		return nil, err
	}
	known := (&Event{Changes: before}).Mentioned()
	fresh := slices.DeleteFunc((&Event{Changes: after}).Mentioned(), func(id string) bool { return slices.Contains(known, id) })
	if len(fresh) == 0 {
		return nil, nil
	}
	return Changes{"mentions": {To: strings.Join(fresh, ",")}}, nil
}

// withdraw empties a message that its writer deleted for everyone; that it was there stays visible.
func (tx *Tx) withdraw(m *Message, at time.Time) error {
	var d Changes
	d.note("deletedAt", "", Stamp(at))
	m.Body, m.Content, m.DeletedAt, m.Attachments = "", &Content{}, &at, nil
	if err := errors.Join(tx.forgetFetch(string(m.ID)), tx.unload(string(m.ID))); err != nil {
		return err
	}
	return tx.reword(m, map[string]any{"body": "", "content": m.Content, "deleted_at": at}, d)
}

// reword writes what a message says now, out of the queue if it was there to be changed, and what lists show of it.
func (tx *Tx) reword(m *Message, columns map[string]any, d Changes) error {
	if m.Amendment.Kind != "" {
		m.Amendment, m.SendState, m.NextAt = Amendment{}, "", nil
		columns["amendment"], columns["send_state"], columns["next_at"] = m.Amendment, "", nil
	}
	if err := tx.update(m, columns, m.event(MessageUpdated, d)); err != nil || m.Kind == PrivateNote {
		return err
	}
	return tx.quietly("told as the message", func(db *gorm.DB) error {
		later := db.Model(&Message{}).Select("1").Where("conversation_id = ? AND kind = ? AND created_at > ?", string(m.ConversationID), Reply, m.CreatedAt)
		return db.Model(&Conversation{}).Where("id = ? AND NOT EXISTS (?)", string(m.ConversationID), later).
			Update("last_body", m.Gist()).Error
	})
}

// amendTried records what a try of an amendment came to. The same amendment twice is one, so it is tried until it is known.
func (tx *Tx) amendTried(m, tried *Message, t Tried) error {
	a := m.Amendment
	if t.Verdict == Accepted {
		if a.Kind != tried.Amendment.Kind || !a.At.Equal(tried.Amendment.At) {
			return nil // another try of it was taken before
		}
		a.At = tx.Now()
		return errors.Join(tx.amended(m, a), tx.strike(m.ChannelID, 0, nil))
	}
	if !a.waits() || !m.heldAs(tried) {
		return nil
	}
	if t.Verdict == Unknown {
		t.Verdict = RetryMessage
	}
	return tx.tryEnded(m, t)
}

// amendFailed takes an amendment out of the queue; why stays on the message until the next one.
func (tx *Tx) amendFailed(m *Message, code, detail string) error {
	m.Amendment.Failed, m.Amendment.Code, m.Amendment.Detail = true, code, detail
	m.SendState, m.NextAt = "", nil
	var d Changes
	d.note("change", string(m.Amendment.Kind), "failed")
	return tx.update(m, map[string]any{"amendment": m.Amendment, "send_state": "", "next_at": nil}, m.event(MessageUpdated, d))
}
