package models

import (
	"errors"
	"time"

	"gorm.io/gorm"

	"mauve/models/channeltype"
	"mauve/models/input"
	"mauve/models/problem"
	"mauve/models/reason"
	"mauve/models/rights"
	"mauve/models/store"
)

// ChannelKind says how a channel talks to people.
type ChannelKind = channeltype.Kind

// The kinds of channel that this version serves.
const (
	ChannelAPI         = channeltype.API
	ChannelWhatsApp    = channeltype.WhatsApp
	ChannelWhatsAppWeb = channeltype.WhatsAppWeb
	ChannelSandbox     = channeltype.Sandbox
)

// ChannelStates are what a channel can be in.
const (
	Connected      = "connected"
	NeedsAttention = "needs_attention"
)

// Channel is one way to talk with contacts.
type Channel struct {
	ID           ID `gorm:"primaryKey"`
	WorkspaceID  WorkspaceID
	Kind         ChannelKind
	Name         string
	Status       string
	StatusDetail reason.Reason // why it needs attention
	SessionID    *string
	Config       string     // what may be shown of the settings, JSON
	Secrets      string     // the rest of them, sealed
	Account      string     // by what the vendor knows it, if there is such a name
	Facts        string     // what the vendor said of it at the last check, JSON
	CheckAt      *time.Time // when the next live check is due
	RemovedAt    *time.Time
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// ChannelChange says what to change; nil leaves a field as it is.
type ChannelChange struct {
	Name      *string
	SessionID *string
	Config    channeltype.Settings // those not named stay
	Version   string
}

// ChannelDraft is a channel to be added.
type ChannelDraft struct {
	Kind      ChannelKind
	Name      string
	SessionID string
	Config    channeltype.Settings
}

// Version is a text that changes with the channel, for ETags.
func (c *Channel) Version() string { return version(c.ID, c.UpdatedAt) }

// CreateChannel adds a channel. It does not wait for its vendor: what a live
// check finds becomes the channel's status a moment later.
func (s *Scope) CreateChannel(d ChannelDraft) (*Channel, error) {
	if err := s.May(rights.WriteChannels); err != nil {
		return nil, err
	}
	var c *Channel
	err := s.change(func(tx *Tx) (err error) {
		c, err = tx.addChannel(d)
		return err
	})
	return c, err
}

// mostChannels is how many channels a workspace has.
const mostChannels = 500

func (tx *Tx) addChannel(d ChannelDraft) (*Channel, error) {
	now := tx.Now()
	var fs faults
	c := &Channel{ID: NewID(now), Kind: d.Kind, Status: Connected, CreatedAt: now, UpdatedAt: now}
	if _, known := d.Kind.Type(); !known {
		fs.Add("kind", "is one of %s", channeltype.Names())
	}
	c.Name = fs.Line("name", d.Name, 1, 80)
	c.SessionID = fs.sessionID(d.SessionID)
	if _, err := tx.configure(c, d.Config, &fs); err != nil {
		return nil, err
	}
	if err := errors.Join(fs.Err(), tx.soleAccount(c)); err != nil {
		return nil, err
	}
	if _, err := tx.room(&Channel{}, mostChannels, "removed_at IS NULL"); err != nil {
		return nil, err
	}
	switch can := c.Kind.Capabilities(); {
	case can.Linked:
		c.Status, c.StatusDetail = NeedsAttention, nobodyLinked.With()
	case can.Queued:
		c.CheckAt = &now
	}
	err := tx.Insert(c, &Event{Kind: ChannelCreated, SubjectID: c.ID, ChannelID: c.ID, Payload: c.Wire()})
	if err == nil {
		err = errors.Join(tx.openQueue(c), tx.openLink(c))
	}
	return c, err
}

// Taken is that another channel has the session id.
func (*Channel) Taken() *problem.Error {
	return taken("sessionId", "Another channel has that session id.")
}

// soleAccount refuses a number that another channel of the workspace has.
func (tx *Tx) soleAccount(c *Channel) error {
	if c.Account == "" {
		return nil
	}
	if err := tx.lockWorkspace(); err != nil {
		return err
	}
	other, err := tx.channelOf(c.Kind, c.Account)
	if problem.KindOf(err) == problem.NotFound || err == nil && other.ID == c.ID {
		return nil
	}
	if err != nil {
		return err
	}
	bad := problem.Fail(problem.Conflict, "channel_exists", "Another channel of this workspace has that number already.").Collides(other.ID.With(PrefixChannel))
	if kind, _ := c.Kind.Type(); kind.Account != "" {
		bad.At("config."+kind.Account, "belongs to another channel")
	}
	return bad
}

func (f *faults) sessionID(text string) *string {
	if text == "" {
		return nil
	}
	if !input.PlainID.MatchString(text) {
		f.Add("sessionId", "has 1 to 64 letters, digits, dots, dashes or underscores")
	}
	return &text
}

// Channel returns one channel.
func (s *Scope) Channel(id ID) (*Channel, error) {
	if err := s.May(rights.ReadChannels); err != nil {
		return nil, err
	}
	var c Channel
	err := s.rows.Find(&c, "channel", id)
	if err == nil && c.RemovedAt != nil {
		err = problem.NoSuch("channel")
	}
	return &c, err
}

func (tx *Tx) channelForUpdate(id ID) (*Channel, error) {
	c, err := locked[Channel](tx, "channel", id)
	if err == nil && c.RemovedAt != nil {
		err = problem.NoSuch("channel")
	}
	return c, err
}

// Channels returns the workspace's channels, oldest first; at most 500.
func (s *Scope) Channels() ([]*Channel, error) {
	if err := s.May(rights.ReadChannels); err != nil {
		return nil, err
	}
	var all []*Channel
	return all, s.rows.DB.Where("removed_at IS NULL").Order("id").Limit(mostChannels).Find(&all).Error
}

// ChannelPage returns a page of the workspace's channels, oldest first.
func (s *Scope) ChannelPage(p Page) (*List[*Channel], error) {
	if err := s.May(rights.ReadChannels); err != nil {
		return nil, err
	}
	after := func(rows *gorm.DB, id ID) (*gorm.DB, error) { return rows.Where("id > ?", string(id)), nil }
	return store.ShortPage(s.rows.DB.Where("removed_at IS NULL"), "id", p, func(c *Channel) store.Position { return store.Position{ID: c.ID} }, after)
}

// channelOfKind returns the workspace's oldest channel of the kind.
func (s *Scope) channelOfKind(kind ChannelKind) (*Channel, error) {
	var c Channel
	err := s.rows.DB.Where("kind = ? AND removed_at IS NULL", kind).Order("id").Limit(1).Find(&c).Error
	if err == nil && c.ID == "" {
		err = problem.InvalidField("channel", "this workspace has no such channel")
	}
	return &c, err
}

// UpdateChannel applies the change.
func (s *Scope) UpdateChannel(id ID, change ChannelChange) (*Channel, error) {
	if err := s.May(rights.WriteChannels); err != nil {
		return nil, err
	}
	var c *Channel
	err := s.change(func(tx *Tx) (err error) {
		if err = tx.lockWorkspace(); err != nil { // before the channel, as whoever deletes one does
			return err
		}
		if c, err = tx.channelForUpdate(id); err != nil {
			return err
		}
		if err = checkVersion(change.Version, c.Version()); err != nil {
			return err
		}
		var fs faults
		var d Changes
		columns := map[string]any{}
		if change.Name != nil {
			name := fs.Line("name", *change.Name, 1, 80)
			differ(&d, columns, "name", c.Name, name)
			c.Name = name
		}
		if change.SessionID != nil {
			fresh := fs.sessionID(*change.SessionID)
			if from, to := deref(c.SessionID), deref(fresh); from != to {
				d.Note("sessionId", from, to)
				columns["session_id"], c.SessionID = fresh, fresh
			}
		}
		set, err := tx.configure(c, change.Config, &fs)
		if err != nil {
			return err
		}
		if err = errors.Join(fs.Err(), tx.soleAccount(c)); err != nil || len(d)+len(set) == 0 {
			return err
		}
		if len(set) > 0 {
			if err = tx.reconfigured(c, set, &d, columns); err != nil {
				return err
			}
		}
		c.UpdatedAt = tx.later(c.UpdatedAt)
		columns["updated_at"] = c.UpdatedAt
		return tx.Update(c, columns, &Event{Kind: ChannelUpdated, SubjectID: c.ID, ChannelID: c.ID, Changes: d, Payload: c.Wire()})
	})
	return c, err
}

// reconfigured lets a channel with new settings try again at once; the live check follows.
func (tx *Tx) reconfigured(c *Channel, set Changes, d *Changes, columns map[string]any) error {
	for name, change := range set {
		d.Note(name, change.From, change.To)
	}
	now := tx.Now()
	columns["config"], columns["secrets"], columns["account"] = c.Config, c.Secrets, c.Account
	if c.Kind.Capabilities().Linked { // no setting mends a session
		return errors.Join(tx.repace(c), tx.relink(c, set))
	}
	columns["check_at"], c.CheckAt = now, &now
	return errors.Join(tx.repace(c), tx.turn(c, Connected, reason.Reason{}))
}

// DeleteChannel takes a channel away; its conversations stay readable. The
// last api channel stays.
func (s *Scope) DeleteChannel(id ID) error {
	if err := s.May(rights.WriteChannels); err != nil {
		return err
	}
	return s.change(func(tx *Tx) error {
		if err := tx.lockWorkspace(); err != nil {
			return err
		}
		c, err := tx.channelForUpdate(id)
		if err != nil {
			return err
		}
		var others int64
		err = tx.DB.Model(&Channel{}).Where("kind = ? AND removed_at IS NULL AND id <> ?", c.Kind, string(id)).Count(&others).Error
		if err == nil && c.Kind == ChannelAPI && others == 0 {
			return problem.Fail(problem.Conflict, "last_api_channel", "Every workspace keeps one api channel.")
		}
		if err != nil {
			return err
		}
		if err = tx.dropLink(c); err != nil {
			return err
		}
		return tx.Update(c, map[string]any{"removed_at": tx.Now(), "session_id": nil, "secrets": "", "check_at": nil},
			&Event{Kind: ChannelDeleted, SubjectID: id, ChannelID: id, Payload: map[string]string{"id": id.With(PrefixChannel)}})
	})
}

// config returns what may be shown of the channel's settings.
func (c *Channel) config() map[string]any { return c.Kind.Shown(c.Config) }

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
