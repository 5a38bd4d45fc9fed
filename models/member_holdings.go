package models

import (
	"time"

	"gorm.io/gorm"

	"mauve/models/rights"
)

// Holdings are the live keys and the webhooks that a member answers for; personal
// keys, which end with their sessions, are not among them.
type Holdings struct {
	Keys     []*APIKey
	Webhooks []*Webhook
}

// Empty reports whether there is nothing.
func (h Holdings) Empty() bool { return len(h.Keys) == 0 && len(h.Webhooks) == 0 }

// HoldingsOf returns what the member answers for.
func (s *Scope) HoldingsOf(member ID) (Holdings, error) {
	if err := s.May(rights.WriteMembers); err != nil {
		return Holdings{}, err
	}
	return holdings(s.rows.DB, member, s.Now())
}

func holdings(rows *gorm.DB, member ID, now time.Time) (h Holdings, err error) {
	err = rows.Where("member_id = ? AND session_id = ''", string(member)).Where(keyLives, now, now).Order("id").Find(&h.Keys).Error
	if err == nil {
		err = rows.Where("member_id = ?", string(member)).Order("id").Find(&h.Webhooks).Error
	}
	return h, err
}

// letGo decides about what a member answered for who was removed, or has a
// smaller role than the former. With somebody to hand it to, all of it is theirs.
// With the empty id it ends. With none, what a removed member leaves ends, and a
// demoted one keeps the keys with the rights that are left, not the webhooks.
func (tx *Tx) letGo(m *Member, former rights.Role, handTo *ID) error {
	leaves := m.RemovedAt != nil
	if !leaves && !former.Loses(m.Role) {
		return nil
	}
	held, err := holdings(tx.Locking(), m.ID, tx.Now())
	if err != nil || held.Empty() {
		return err
	}
	if handTo != nil && *handTo != "" {
		return tx.handOver(held, m, *handTo)
	}
	for _, k := range held.Keys {
		if err == nil && (leaves || handTo != nil) {
			err = tx.endKey(k, tx.Now())
		}
	}
	for _, w := range held.Webhooks {
		if err == nil {
			w.MemberID, w.Enabled = "", false
			w.DisabledReason = holderLeft.With(m.Name)
			err = tx.saveWebhook(w, &Event{Kind: WebhookDisabled, SubjectID: w.ID})
		}
	}
	return err
}

func (tx *Tx) handOver(held Holdings, from *Member, to ID) error {
	if _, err := tx.heir("handTo", to); err != nil { // the member themselves is removed or an agent by now
		return err
	}
	var err error
	handed := Changes{"member": {From: from.ID.With(PrefixMember), To: to.With(PrefixMember)}}
	for _, k := range held.Keys {
		if err == nil {
			err = tx.Update(k, map[string]any{"member_id": to}, &Event{Kind: KeyUpdated, SubjectID: k.ID, Changes: handed})
		}
	}
	for _, w := range held.Webhooks {
		if err == nil {
			w.MemberID = to
			err = tx.saveWebhook(w, &Event{Kind: WebhookUpdated, SubjectID: w.ID, Changes: handed})
		}
	}
	return err
}
