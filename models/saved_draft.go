package models

import (
	"errors"
	"time"

	"gorm.io/gorm"

	"mauve/models/content"
	"mauve/models/problem"
	"mauve/models/rights"
)

const draftsAreOnesOwn = "a draft is nobody else's news"

// SavedDraft is what a member has typed into a conversation and not sent.
type SavedDraft struct {
	WorkspaceID    WorkspaceID `gorm:"primaryKey"`
	ConversationID ID          `gorm:"primaryKey"`
	MemberID       ID          `gorm:"primaryKey"`
	Kind           MessageKind
	Body           string
	UpdatedAt      time.Time
}

// SaveDraft keeps the kind and body that the member has typed into a
// conversation; an empty body forgets it. One that comes late, after the
// message with its client id was sent, is not kept.
func (s *Scope) SaveDraft(conversation ID, d SavedDraft, clientID string) error {
	if err := s.May(rights.WriteMessages); err != nil {
		return err
	}
	if s.actor.Kind != ActorMember {
		return problem.Fail(problem.Forbidden, "members_only", "Drafts are kept for members.")
	}
	var fs faults
	if d.Kind != Reply && d.Kind != PrivateNote {
		fs.Add("kind", "is message or note")
	}
	if d.Body != "" {
		d.Body = fs.Text("body", d.Body, content.LongestText)
	}
	sent := Message{ConversationID: conversation, ClientID: fs.handle("clientId", clientID)}
	if err := fs.Err(); err != nil {
		return err
	}
	return s.change(func(tx *Tx) error {
		if d.Body == "" {
			return tx.forgetDraft(conversation)
		}
		if _, err := tx.conversationForUpdate(conversation); err != nil {
			return err
		}
		if before, err := tx.saidBefore(&sent); err != nil || before != nil {
			return err
		}
		d.ConversationID, d.MemberID, d.UpdatedAt = conversation, tx.actor.ID, tx.Now()
		return errors.Join(tx.forgetDraft(conversation), tx.WithoutEvent(draftsAreOnesOwn, func(db *gorm.DB) error { return db.Create(&d).Error }))
	})
}

// SavedDraft returns what the member has typed into a conversation; the empty draft if nothing.
func (s *Scope) SavedDraft(conversation ID) (*SavedDraft, error) {
	var d SavedDraft
	return &d, s.rows.DB.Where("conversation_id = ? AND member_id = ?", string(conversation), string(s.actor.ID)).Limit(1).Find(&d).Error
}

func (tx *Tx) forgetDraft(conversation ID) error {
	return tx.WithoutEvent(draftsAreOnesOwn, func(db *gorm.DB) error {
		return db.Where("conversation_id = ? AND member_id = ?", string(conversation), string(tx.actor.ID)).Delete(&SavedDraft{}).Error
	})
}
