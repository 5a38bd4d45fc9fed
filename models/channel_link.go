package models

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"gorm.io/gorm"

	"mauve/models/channeltype"
	"mauve/models/phone"
	"mauve/models/problem"
	"mauve/models/reason"
	"mauve/models/rights"
	"mauve/models/wire"
)

// LinkState says how a channel's session with its vendor is.
type LinkState string

// The states of a link.
const (
	LinkPairing      LinkState = "pairing"      // it waits for a phone
	LinkReconnecting LinkState = "reconnecting" // a phone is linked, the line is being made
	LinkConnected    LinkState = "connected"
	LinkLoggedOut    LinkState = "logged_out" // no phone is linked, and none is waited for
)

// What people ask of a link.
const (
	wishPair  = "pair"
	wishLeave = "leave"
)

// ChannelLink is the session of a channel that a person links by phone: how it is,
// what is asked of it, and which replica holds it. One row for each such channel.
type ChannelLink struct {
	ChannelID   ID `gorm:"primaryKey"`
	WorkspaceID WorkspaceID
	State       LinkState
	Detail      reason.Reason // why it is not connected
	Device      string        // by what the vendor knows the session; empty: no phone is linked
	Wish        string        // what people asked for and is not done; empty: nothing
	Phone       string        // for which a pairing code is asked, digits; empty: none is
	Code        string        // the text of the QR code to scan now
	PairingCode string        // to be typed into that phone
	CodeUntil   *time.Time
	SeenAt      *time.Time // when it was last connected
	AskedAt     time.Time  // when people last asked something of it
	Holder      string     // the replica that holds it; empty: none
	HeldUntil   time.Time
}

// Waits reports whether somebody is to link a phone now.
func (l *ChannelLink) Waits() bool { return l.Device == "" && l.Wish == wishPair }

// Leaves reports whether the phone is to be unlinked.
func (l *ChannelLink) Leaves() bool { return l.Wish == wishLeave }

// openLink makes the link of a channel whose kind has one; a phone is waited for at once.
func (tx *Tx) openLink(c *Channel) error {
	if !c.Kind.Capabilities().Linked {
		return nil
	}
	return tx.WithoutEvent("told as the channel", func(db *gorm.DB) error {
		return db.Create(&ChannelLink{ChannelID: c.ID, State: LinkPairing, Wish: wishPair, AskedAt: c.CreatedAt, HeldUntil: c.CreatedAt}).Error
	})
}

// ChannelLink returns the session of a channel, with the codes that link a phone to
// it; NotFound for a channel without one.
func (s *Scope) ChannelLink(channel ID) (*ChannelLink, error) {
	if err := s.May(rights.WriteChannels); err != nil {
		return nil, err
	}
	if _, err := s.Channel(channel); err != nil {
		return nil, err
	}
	return channelLink(s.rows.DB, channel)
}

func channelLink(rows *gorm.DB, channel ID) (*ChannelLink, error) {
	var l ChannelLink
	err := rows.Where("channel_id = ?", string(channel)).Limit(1).Find(&l).Error
	if err == nil && l.ChannelID == "" {
		err = problem.NoSuch("channel")
	}
	return &l, err
}

// LinkPhone asks for codes that link a phone to the channel: a QR code, and a
// pairing code if the phone's number is given. A channel that has a phone is a Conflict.
func (s *Scope) LinkPhone(channel ID, number string) (*ChannelLink, error) {
	return s.wish(channel, wishPair, func(tx *Tx, l *ChannelLink) error {
		if l.Device != "" {
			return problem.Fail(problem.Conflict, "already_linked", "A phone is linked already. Log it out first.")
		}
		home, err := tx.Home()
		if err != nil {
			return err
		}
		var fs faults
		l.Phone = strings.TrimPrefix(fs.Phone("phone", phone.WithPlus(number), home.DefaultCountry), "+")
		l.State, l.Detail = LinkPairing, reason.Reason{}
		return fs.Err()
	})
}

// UnlinkPhone asks for the phone to be unlinked from the channel. What is still to be sent waits.
func (s *Scope) UnlinkPhone(channel ID) (*ChannelLink, error) {
	return s.wish(channel, wishLeave, func(*Tx, *ChannelLink) error { return nil })
}

// dropLink asks for the phone of a channel that is removed to be unlinked.
func (tx *Tx) dropLink(c *Channel) error {
	if !c.Kind.Capabilities().Linked {
		return nil
	}
	return tx.WithoutEvent("told as the channel's removal", func(db *gorm.DB) error {
		return db.Model(&ChannelLink{}).Where("channel_id = ?", string(c.ID)).Updates(map[string]any{"wish": wishLeave, "asked_at": tx.Now()}).Error
	})
}

// wish writes what is asked of a link; who holds it learns of it by the commit.
func (s *Scope) wish(channel ID, wish string, check func(*Tx, *ChannelLink) error) (*ChannelLink, error) {
	if err := s.May(rights.WriteChannels); err != nil {
		return nil, err
	}
	var l *ChannelLink
	err := s.change(func(tx *Tx) error {
		c, err := tx.Channel(channel)
		if err != nil {
			return err
		}
		if l, err = channelLink(tx.Locking(), channel); err != nil {
			return err
		}
		if err = check(tx, l); err != nil {
			return err
		}
		var d Changes
		d.Note("link", string(l.State), wish)
		l.Wish, l.AskedAt, l.Code, l.PairingCode, l.CodeUntil = wish, tx.later(l.AskedAt), "", "", nil
		return tx.Update(l, map[string]any{"wish": wish, "phone": l.Phone, "state": l.State, "detail": l.Detail, "asked_at": l.AskedAt,
			"code": "", "pairing_code": "", "code_until": nil},
			&Event{Kind: ChannelUpdated, SubjectID: c.ID, ChannelID: c.ID, Changes: d, Payload: c.Wire()})
	})
	return l, err
}

// relink lets the session of a channel begin anew if a switch was turned: what
// is taken in is settled when the line is made.
func (tx *Tx) relink(c *Channel, set Changes) error {
	_, history := set["config."+channeltype.HistorySetting]
	_, groups := set["config."+channeltype.GroupsSetting]
	if !history && !groups {
		return nil
	}
	l, err := channelLink(tx.Locking(), c.ID)
	if err != nil {
		return err
	}
	return tx.WithoutEvent("told as the channel", func(db *gorm.DB) error {
		return db.Model(l).Updates(map[string]any{"asked_at": tx.later(l.AskedAt), "code": "", "pairing_code": "", "code_until": nil}).Error
	})
}

// LinkNews is what who holds a link tells of it.
type LinkNews struct {
	State       LinkState
	Detail      reason.Reason // why it is not connected
	Trouble     bool          // it will not mend by itself: the channel needs attention
	Device      string        // of a phone just linked
	Number      string        // its number, digits
	Name        string        // as the business calls itself
	Code        string        // the QR code to show
	PairingCode string        // the code to type
	CodeUntil   time.Time     // how long both hold
}

// note writes news of a locked link and of its channel.
func (tx *Tx) noteLink(l *ChannelLink, n LinkNews) error {
	c, err := locked[Channel](tx, "channel", l.ChannelID)
	if err != nil {
		return err
	}
	columns := map[string]any{"state": n.State, "detail": n.Detail, "code": n.Code, "pairing_code": n.PairingCode, "code_until": nil}
	if !n.CodeUntil.IsZero() {
		columns["code_until"] = n.CodeUntil.UTC()
	}
	event := &Event{Kind: ChannelLinkChanged, SubjectID: c.ID, ChannelID: c.ID}
	if c.RemovedAt != nil && n.State == LinkLoggedOut {
		return tx.Remove(l, event)
	}
	switch {
	case n.State == LinkLoggedOut:
		columns["device"], columns["wish"], columns["phone"] = "", "", ""
	case n.Device != "":
		columns["device"], columns["wish"], columns["phone"] = n.Device, "", ""
		c.Account = n.Number
		if err := tx.soleAccount(c); err != nil {
			return err
		}
	case n.State == LinkConnected:
		columns["seen_at"] = tx.Now()
	}
	return errors.Join(
		tx.Update(l, columns, event),
		tx.factsOfLink(c, n),
		tx.turnByLink(c, n),
	)
}

// factsOfLink keeps what the outside may know of the session.
func (tx *Tx) factsOfLink(c *Channel, n LinkNews) error {
	var f wire.ChannelFacts
	if known := c.facts(); known != nil {
		f = *known
	}
	if f.Session == string(LinkConnected) || n.State == LinkConnected {
		f.LastSeenAt = wire.Stamp(tx.Now())
	}
	f.Session = string(n.State)
	if n.Device != "" {
		f.Number, f.Name = "+"+n.Number, n.Name
	}
	text, err := json.Marshal(f)
	if err != nil {
		return err
	}
	c.Facts = string(text)
	return tx.WithoutEvent("told as the link", func(db *gorm.DB) error {
		return db.Model(&Channel{}).Where("id = ?", string(c.ID)).UpdateColumns(map[string]any{"facts": c.Facts, "account": c.Account}).Error
	})
}

// turnByLink gives the channel the status that its link calls for. A line that
// breaks and comes back is no news of the channel: messages wait meanwhile.
func (tx *Tx) turnByLink(c *Channel, n LinkNews) error {
	switch {
	case n.State == LinkConnected:
		return tx.turn(c, Connected, reason.Reason{})
	case n.State == LinkLoggedOut || n.Trouble:
		why := n.Detail
		if why.None() {
			why = nobodyLinked.With()
		}
		return tx.turn(c, NeedsAttention, why)
	}
	return nil
}
