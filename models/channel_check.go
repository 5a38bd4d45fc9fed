package models

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"gorm.io/gorm"

	"mauve/models/channeltype"
	"mauve/models/reason"
	"mauve/models/rights"
	"mauve/models/store"
	"mauve/models/wire"
)

// Facts are what a vendor says of a channel, kept as JSON in one column.
type Facts wire.ChannelFacts

// Finding is what a live check of a channel found.
type Finding struct {
	Refused   bool          // the vendor does not take the credentials, or knows no such number
	Detail    reason.Reason // why, or what kept the vendor from being asked
	Away      bool          // the vendor could not be asked; what is known stays
	Facts     Facts
	Templates []*Template
	Listed    bool // Templates are all there are
}

const (
	checkLease = 2 * time.Minute
	checkEvery = 6 * time.Hour
	checkAgain = time.Minute
)

// ClaimChecks leases up to limit channels whose live check is due.
func (s *Store) ClaimChecks(ctx context.Context, limit int) ([]*Account, error) {
	now := s.Now()
	var due []*Channel
	err := s.db.WithoutEvent(ctx, store.EveryWorkspace, "who checks a channel is nobody's news", func(db *gorm.DB) error {
		err := store.SkipLocked(db).Where("check_at <= ? AND removed_at IS NULL", now).Where(released("channels")).Order("check_at").Limit(limit).Find(&due).Error
		if err != nil || len(due) == 0 {
			return err
		}
		ids := make([]string, len(due))
		for i, c := range due {
			ids[i] = string(c.ID)
		}
		return db.Model(&Channel{}).Where("id IN ?", ids).UpdateColumn("check_at", now.Add(checkLease)).Error
	})
	accounts := make([]*Account, 0, len(due))
	for _, c := range due {
		shown, secrets, e := s.settings(c)
		for name, v := range secrets {
			shown[name] = v
		}
		err = errors.Join(err, e)
		if e == nil {
			accounts = append(accounts, &Account{Channel: *c, Settings: shown})
		}
	}
	return accounts, err
}

// FinishCheck records what a live check found and when to look again.
func (s *Store) FinishCheck(ctx context.Context, a *Account, f Finding) error {
	scope := s.System(ctx, ID(a.WorkspaceID))
	return scope.change(func(tx *Tx) error {
		c, err := locked[Channel](tx, "channel", a.ID)
		if err != nil {
			return err
		}
		if !c.UpdatedAt.Equal(a.UpdatedAt) {
			return nil // it was configured anew meanwhile, and is checked again
		}
		next := tx.Now().Add(checkEvery)
		if f.Away {
			next = tx.Now().Add(checkAgain)
		}
		if err := tx.keepFacts(c, f, next); err != nil {
			return err
		}
		if f.Listed {
			if err := tx.keepTemplates(c, f.Templates); err != nil {
				return err
			}
		}
		if f.Refused {
			return tx.needsAttention(c.ID, f.Detail)
		}
		if f.Away {
			return nil
		}
		return tx.turn(c, Connected, reason.Reason{})
	})
}

func (tx *Tx) keepFacts(c *Channel, f Finding, next time.Time) error {
	columns := map[string]any{"check_at": next}
	if known := c.facts(); known != nil && (f.Away || f.Refused) {
		f.Facts = Facts(*known)
		f.Facts.Note = ""
	}
	if f.Away {
		f.Facts.Note = f.Detail.Kept()
	} else {
		f.Facts.CheckedAt = wire.Stamp(tx.Now())
	}
	if f.Facts != (Facts{}) {
		facts, err := json.Marshal(wire.ChannelFacts(f.Facts))
		if err != nil {
			return err
		}
		columns["facts"], c.Facts = string(facts), string(facts)
	}
	return tx.WithoutEvent("what a check found is news when the status turns", func(db *gorm.DB) error {
		return db.Model(&Channel{}).Where("id = ?", string(c.ID)).UpdateColumns(columns).Error
	})
}

// needsAttention stops a channel until somebody looks after it; its messages wait.
func (tx *Tx) needsAttention(channel ID, why reason.Reason) error {
	c, err := locked[Channel](tx, "channel", channel)
	if err != nil {
		return err
	}
	return tx.turn(c, NeedsAttention, why)
}

// turn changes a channel's status and tells of it; the same status again is not an event.
func (tx *Tx) turn(c *Channel, to string, why reason.Reason) error {
	if c.Status == to && c.StatusDetail == why || c.RemovedAt != nil {
		return nil
	}
	var d Changes
	d.Note("status", c.Status, to)
	c.Status, c.StatusDetail = to, why
	return tx.Update(c, map[string]any{"status": to, "status_detail": why, "updated_at": c.UpdatedAt},
		&Event{Kind: ChannelStatusChanged, SubjectID: c.ID, ChannelID: c.ID, Changes: d, Payload: c.Wire()})
}

// CheckChannel asks for a live check of a channel now; what it finds becomes its status a moment later.
func (s *Scope) CheckChannel(id ID) (*Channel, error) {
	if err := s.May(rights.WriteChannels); err != nil {
		return nil, err
	}
	var c *Channel
	err := s.change(func(tx *Tx) (err error) {
		if c, err = tx.Channel(id); err != nil {
			return err
		}
		return tx.checkSoon(c.ID)
	})
	return c, err
}

// checkSoon asks for a live check, but of no channel that has none: how a session is, is always known, and a channel
// without a sender has no vendor to ask.
func (tx *Tx) checkSoon(channel ID) error {
	unchecked := channeltype.KindsThat(func(can channeltype.Capabilities) bool { return can.Linked || !can.Queued })
	return tx.WithoutEvent("a check is news when the status turns", func(db *gorm.DB) error {
		return db.Model(&Channel{}).Where("id = ? AND kind NOT IN ?", string(channel), unchecked).UpdateColumn("check_at", tx.Now()).Error
	})
}

// CheckSoon asks for a live check on a vendor's news about the account.
func (s System) CheckSoon(channel ID) error {
	return s.change(func(tx *Tx) error { return tx.checkSoon(channel) })
}

// facts are what is kept of the last check; nil for nothing.
func (c *Channel) facts() *wire.ChannelFacts {
	var f wire.ChannelFacts
	if c.Facts == "" || json.Unmarshal([]byte(c.Facts), &f) != nil {
		return nil
	}
	return &f
}

// Note is what else there is to say of the last check.
func (c *Channel) Note() reason.Reason {
	if f := c.facts(); f != nil {
		return reason.Kept(f.Note)
	}
	return reason.Reason{}
}

func (c *Channel) factsWire() *wire.ChannelFacts {
	f := c.facts()
	if f != nil {
		f.Note = c.Note().String()
	}
	return f
}

// callback is where the vendor's webhook is to call, nil for channels without one.
func (c *Channel) callback() *string {
	if !c.Kind.Capabilities().Webhook {
		return nil
	}
	path := "/hooks/" + string(c.Kind) + "/" + c.ID.With(PrefixChannel)
	return &path
}
