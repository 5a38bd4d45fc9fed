package models

import (
	"context"
	"errors"
)

// FailUnconfirmed fails the messages whose handing over nobody confirmed in
// time, in every workspace; at most 200 a call. A report that comes later still
// proves them sent.
func (s *Store) FailUnconfirmed(ctx context.Context) error {
	var lost []*Message
	now := s.Now()
	err := s.across(ctx).Select("id", "workspace_id").Where("send_state = 'handed' AND next_at <= ?", now).Limit(200).Find(&lost).Error
	return errors.Join(err, s.failAll(ctx, lost, func(m *Message) bool { return m.SendState == SendHanded && m.NextAt != nil && !m.NextAt.After(now) },
		Report{Status: Failed, Code: Unconfirmed,
			Detail: "It was being handed over when the line or the program broke off. It was most likely sent: ask before you send it again."}))
}

// FailStranded fails the messages that wait on a channel that was removed, in
// every workspace; at most 200 a call.
func (s *Store) FailStranded(ctx context.Context) error {
	var stranded []*Message
	err := s.across(ctx).Select("id", "workspace_id").
		Where("next_at IS NOT NULL AND channel_id IN (SELECT c.id FROM channels c WHERE c.removed_at IS NOT NULL)").Limit(200).Find(&stranded).Error
	return errors.Join(err, s.failAll(ctx, stranded, func(m *Message) bool { return m.NextAt != nil && m.SendState != SendHanded },
		Report{Status: Failed, Code: "channel_removed", Detail: "Its channel was removed before it was sent."}))
}

// failAll gives each message that still is as it was found its end.
func (s *Store) failAll(ctx context.Context, found []*Message, still func(*Message) bool, end Report) (err error) {
	for _, f := range found {
		scope := s.As(ctx, ID(f.WorkspaceID), System)
		err = errors.Join(err, scope.change(func(tx *Tx) error {
			m, err := tx.messageForUpdate(f.ID)
			if err != nil || !still(m) {
				return err
			}
			_, err = tx.progress(m, end)
			return err
		}))
	}
	return err
}
