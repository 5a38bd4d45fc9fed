package models

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"mauve/models/channeltype"
	"mauve/models/content"
	"mauve/models/problem"
	"mauve/models/rights"
	"mauve/models/wire"
)

// Version is a text that changes with what the message says or is to say, for ETags; not with how far it came.
func (m *Message) Version() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %s %s %s %q %t", m.Body, deref(wire.StampOrNil(m.EditedAt)), deref(wire.StampOrNil(m.DeletedAt)), m.Amendment.Kind, m.Amendment.Body, m.Amendment.Failed))
	return fmt.Sprintf("%s-%x", m.ID[18:], sum[:6])
}

// EditMessage gives a message of ours, or a note of the caller's own, another
// text. What the channel has not got yet is changed at once; what it has, when
// the channel took the change. A channel that cannot, or not any more, is a
// Conflict; a version that is not the message's, unless empty, a Precondition.
func (s *Scope) EditMessage(id ID, body, version string) (*Message, error) {
	return s.amend(id, Amendment{Kind: AmendEdit, Body: body}, version)
}

// DeleteMessage takes a message of ours back for everyone, or removes a note of
// the caller's own; that it was there stays visible. What has not left yet never
// leaves. What is deleted already is answered as it is.
func (s *Scope) DeleteMessage(id ID) (*Message, error) {
	return s.amend(id, Amendment{Kind: AmendDelete}, "")
}

func (s *Scope) amend(id ID, a Amendment, version string) (*Message, error) {
	if err := s.May(rights.WriteMessages); err != nil {
		return nil, err
	}
	var m *Message
	err := s.change(func(tx *Tx) error {
		c, err := tx.turnTo(id, &m)
		if err == nil {
			err = checkVersion(version, m.Version())
		}
		if err == nil {
			err = tx.mayAmend(c, m, &a)
		}
		if err != nil || a.changesNothing(m) {
			return err
		}
		a.At = tx.Now()
		if m.withChannel() {
			return tx.amendLater(m, a)
		}
		return errors.Join(tx.withhold(m, a), tx.amended(m, a))
	})
	return m, err
}

// turnTo locks a message after its conversation, the order in which every change of both locks them.
func (tx *Tx) turnTo(id ID, into **Message) (*Conversation, error) {
	var m Message
	if err := tx.Find(&m, "message", id); err != nil {
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

// withChannel reports whether a channel may have the message, so that it must carry out a change of it: what waits, or
// is known to have been refused, it has not.
func (m *Message) withChannel() bool {
	return m.Kind == Reply && m.ChannelKind.Capabilities().Queued && m.Status != Queued && (m.Status != Failed || m.ErrorCode == Unconfirmed)
}

func (a Amendment) changesNothing(m *Message) bool {
	if a.Kind == AmendDelete {
		return m.DeletedAt != nil
	}
	return m.Body == a.Body && m.Amendment.Kind == ""
}

// mayAmend refuses what cannot be changed so, and reads the text of an edit.
func (tx *Tx) mayAmend(c *Conversation, m *Message, a *Amendment) error {
	if err := tx.amendable(m, a.Kind); err != nil {
		return err
	}
	if a.Kind == AmendEdit {
		var fs faults
		a.Body = fs.Text("body", a.Body, content.LongestText)
		if m.Kind == Reply {
			m.ChannelKind.Capabilities().CheckLength(&fs.Reader, a.Body)
		}
		if err := fs.Err(); err != nil {
			return err
		}
	}
	if m.SendState != "" && m.SendState != SendWaiting {
		return problem.Fail(problem.Conflict, "being_sent", "It is on its way out at this moment. Try again in a few seconds.")
	}
	if c.mute && m.withChannel() && m.DeletedAt == nil {
		return errMute
	}
	return nil
}

// amendable refuses a kind of change that the message, its writer or its channel does not allow now.
func (s *Scope) amendable(m *Message, kind AmendKind) error {
	switch {
	case m.IsInbound() || m.Type == TypeSystem || m.Type == TypeReaction:
		return problem.Fail(problem.Conflict, "not_ours", "Only what the team wrote can be edited or deleted.")
	case m.Kind == PrivateNote && (m.AuthorKind != s.actor.Kind || m.AuthorID != s.actor.ID):
		return problem.Fail(problem.Forbidden, "not_author", "Only who wrote a note can change it.")
	case kind == AmendEdit && m.DeletedAt != nil:
		return problem.Fail(problem.Conflict, "deleted", "This message was deleted.")
	case kind == AmendEdit && m.Type != TypeText:
		return problem.Fail(problem.Conflict, "not_editable", "Only a text can be edited. Delete the message and send another.")
	case m.withChannel() && m.DeletedAt == nil:
		return m.amendableOn(m.ChannelKind.Capabilities(), kind, s.Now())
	}
	return nil
}

// Amendable reports how the caller may change the message now: for pages, which then show the way to it.
func (s *Scope) Amendable(m *Message) (edit, remove bool) {
	if m.DeletedAt != nil || s.May(rights.WriteMessages) != nil {
		return false, false
	}
	return s.amendable(m, AmendEdit) == nil, s.amendable(m, AmendDelete) == nil
}

// amendableOn refuses what a channel does not carry, or not so long after the message was sent.
func (m *Message) amendableOn(can channeltype.Capabilities, kind AmendKind, now time.Time) error {
	within := timeFor(kind, can)
	if within == 0 {
		return problem.Fail(problem.Conflict, "not_supported", "This channel cannot change a message that was sent.")
	}
	if now.After(m.sentAt().Add(within)) {
		return problem.Fail(problem.Conflict, "too_late", "On this channel a message can be changed so for %d minutes after it was sent.", int(within.Minutes()))
	}
	return nil
}

// timeFor is how long after it was sent a message can be changed so.
func timeFor(kind AmendKind, can channeltype.Capabilities) time.Duration {
	if kind == AmendEdit {
		return can.Edits
	}
	return can.Deletes
}

func (m *Message) sentAt() time.Time {
	if m.SentAt != nil {
		return *m.SentAt
	}
	return m.CreatedAt
}

// withhold takes a message that is to be deleted out of its channel's queue.
func (tx *Tx) withhold(m *Message, a Amendment) error {
	if a.Kind != AmendDelete || m.SendState == "" {
		return nil
	}
	_, err := tx.progress(m, Report{Status: Failed, Code: "withdrawn", Detail: deletedUnsent.With()})
	return err
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
	d.Note("body", m.Body, a.Body)
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
	d.Note("deletedAt", "", wire.Stamp(at))
	m.Body, m.Content, m.DeletedAt, m.Attachments = "", &Content{Participant: m.Participant()}, &at, nil
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
	if err := tx.Update(m, columns, m.event(MessageUpdated, d)); err != nil || m.Kind == PrivateNote {
		return err
	}
	return tx.WithoutEvent("told as the message", func(db *gorm.DB) error {
		later := db.Model(&Message{}).Select("1").Where("conversation_id = ? AND kind = ? AND created_at > ?", string(m.ConversationID), Reply, m.CreatedAt)
		return db.Model(&Conversation{}).Where("id = ? AND NOT EXISTS (?)", string(m.ConversationID), later).
			Update("last_body", m.Gist()).Error
	})
}
