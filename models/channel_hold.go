package models

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"mauve/models/problem"
	"mauve/models/store"
)

const (
	linkLease = 30 * time.Second
	linkRenew = 20 * time.Second // what must be left of a lease before it is renewed
	// LinkMargin is how long before the end of its lease a holder lets go that
	// could not renew it: more than the clocks of two replicas differ.
	LinkMargin = 10 * time.Second
)

// ErrNotHeld is returned to a replica that writes about a link which it does not hold any more.
var ErrNotHeld = errors.New("models: the link is held by another replica")

// heldHere is the condition under which a replica may speak on the channel of
// the table's row: the channel has no session, or the replica holds it and it is
// connected; and the workspace is not held. It is given the replica and the time.
func heldHere(table string) string {
	return "NOT EXISTS (SELECT 1 FROM channel_links l WHERE l.workspace_id = " + table + ".workspace_id AND l.channel_id = " + table + ".channel_id AND NOT (l.holder = ? AND l.held_until > ? AND l.state = 'connected'))" +
		" AND " + released(table)
}

// HoldLinks takes links that nobody holds, as many as make most with those held
// already, renews the leases that end soon, and returns all that this replica
// holds now. A link that asks for nothing and has no phone is nobody's.
func (s *Store) HoldLinks(ctx context.Context, most int) ([]*ChannelLink, error) {
	now := s.Now()
	var near []*ChannelLink
	err := s.db.Across(ctx).Where("holder = ? OR ((holder = '' OR held_until <= ?) AND (wish <> '' OR device <> ''))", s.db.Replica(), now).Where(released("channel_links")).
		Order(clause.OrderBy{Expression: clause.Expr{SQL: "CASE WHEN holder = ? THEN 0 ELSE 1 END, channel_id", Vars: []any{s.db.Replica()}}}).Limit(2 * most).Find(&near).Error
	var held, wanted []*ChannelLink
	for _, l := range near {
		switch {
		case l.Holder != s.db.Replica() || !l.HeldUntil.After(now):
			wanted = append(wanted, l)
		default:
			held = append(held, l)
			if l.HeldUntil.Sub(now) < linkRenew {
				wanted = append(wanted, l)
			}
		}
	}
	if room := most - len(held); err == nil && len(wanted) > 0 {
		held, err = s.leaseLinks(ctx, held, wanted, room)
	}
	return held, err
}

// LapsedSince reports whether the lease ended after an earlier look at it, and was
// taken anew: its clock jumped, or its holder slept. Then the link is not taken for
// connected, whatever stands, and another may have held it meanwhile.
func (l *ChannelLink) LapsedSince(earlier *ChannelLink) bool {
	return !earlier.HeldUntil.After(l.HeldUntil.Add(-linkLease))
}

// leaseLinks leases what is still to be had of the links wanted, in one statement.
func (s *Store) leaseLinks(ctx context.Context, held, wanted []*ChannelLink, room int) ([]*ChannelLink, error) {
	ids := make([]string, 0, len(wanted))
	for _, l := range wanted {
		if l.Holder != s.db.Replica() || !l.HeldUntil.After(s.Now()) {
			if room--; room < 0 {
				continue
			}
		}
		ids = append(ids, string(l.ChannelID))
	}
	err := s.db.WithoutEvent(ctx, store.EveryWorkspace, "who holds a link is nobody's news", func(db *gorm.DB) error {
		now := s.Now()
		err := db.Model(&ChannelLink{}).Where("channel_id IN ? AND (holder = ? OR holder = '' OR held_until <= ?)", ids, s.db.Replica(), now).
			Updates(map[string]any{"holder": s.db.Replica(), "held_until": now.Add(linkLease),
				// Nothing is sent before the new holder's line stands.
				"state":   gorm.Expr("CASE WHEN state = 'connected' AND NOT (holder = ? AND held_until > ?) THEN 'reconnecting' ELSE state END", s.db.Replica(), now),
				"seen_at": gorm.Expr("CASE WHEN state = 'connected' AND holder = ? THEN ? ELSE seen_at END", s.db.Replica(), now)}).Error
		if err != nil {
			return err
		}
		held = nil
		return db.Where("holder = ? AND held_until > ?", s.db.Replica(), now).Find(&held).Error
	})
	return held, err
}

// ReleaseLink lets another replica hold the link at once.
func (s *Store) ReleaseLink(ctx context.Context, channel ID) error {
	return s.db.WithoutEvent(ctx, store.EveryWorkspace, "who holds a link is nobody's news", func(db *gorm.DB) error {
		return db.Model(&ChannelLink{}).Where("channel_id = ? AND holder = ?", string(channel), s.db.Replica()).
			Updates(map[string]any{"holder": ""}).Error
	})
}

// NoteLink writes what this replica tells of a link that it holds, ErrNotHeld
// if it does not. Linking a number that another channel of the workspace has is a Conflict.
func (s *Store) NoteLink(ctx context.Context, l *ChannelLink, n LinkNews) error {
	scope := s.System(ctx, ID(l.WorkspaceID))
	return scope.change(func(tx *Tx) error {
		now, err := channelLink(tx.Locking(), l.ChannelID)
		if problem.KindOf(err) == problem.NotFound {
			return ErrNotHeld
		}
		if err != nil {
			return err
		}
		if now.Holder != s.db.Replica() || !now.HeldUntil.After(tx.Now()) || !now.AskedAt.Equal(l.AskedAt) {
			return ErrNotHeld
		}
		return tx.noteLink(now, n)
	})
}

// LinkedAccount returns the channel of a link, also one that was removed and whose phone is still to be unlinked.
func (s *Store) LinkedAccount(ctx context.Context, l *ChannelLink) (*Account, error) {
	var c Channel
	if err := s.db.Across(ctx).First(&c, "id = ?", string(l.ChannelID)).Error; err != nil {
		return nil, err
	}
	shown, _, err := s.settings(&c)
	return &Account{Channel: c, Settings: shown}, err
}
