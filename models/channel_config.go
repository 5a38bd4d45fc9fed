package models

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"

	"gorm.io/gorm"

	"mauve/models/channeltype"
	"mauve/models/input"
	"mauve/models/problem"
)

// configure reads settings into a channel; those not named stay. It reports
// which changed, and whether a secret did.
func (tx *Tx) configure(c *Channel, given channeltype.Settings, fs *faults) (d Changes, err error) {
	shown, secrets, err := tx.store.settings(c)
	if err != nil {
		return nil, err
	}
	d = c.Kind.Configure(&fs.Reader, given, shown, secrets)
	if kind, _ := c.Kind.Type(); kind.Account != "" {
		c.Account = shown[kind.Account]
	}
	return d, tx.store.keepSettings(c, shown, secrets)
}

// settings opens a channel's configuration.
func (s *Store) settings(c *Channel) (shown, secrets channeltype.Settings, err error) {
	shown, secrets = channeltype.Settings{}, channeltype.Settings{}
	if c.Config != "" {
		if err = json.Unmarshal([]byte(c.Config), &shown); err != nil {
			return nil, nil, fmt.Errorf("models: the configuration of channel %s: %w", c.ID, err)
		}
	}
	if c.Secrets == "" {
		return shown, secrets, nil
	}
	plain, err := s.UnsealText(c.Secrets, string(c.ID))
	if err == nil {
		err = json.Unmarshal([]byte(plain), &secrets)
	}
	return shown, secrets, err
}

func (s *Store) keepSettings(c *Channel, shown, secrets channeltype.Settings) error {
	plain, err := json.Marshal(shown)
	if err != nil {
		return err
	}
	c.Config = string(plain)
	if len(secrets) == 0 {
		c.Secrets = ""
		return nil
	}
	if plain, err = json.Marshal(secrets); err == nil {
		c.Secrets = s.SealText(string(plain), string(c.ID))
	}
	return err
}

// rate is how many messages a second the channel may send.
func (c *Channel) rate() int {
	n := c.Kind.Capabilities().Rate
	if v, ok := c.config()[channeltype.RateSetting].(int); ok {
		n = v
	}
	return n
}

// Account is a channel with its secrets open, for the adapters that talk to its vendor.
type Account struct {
	Channel
	Settings channeltype.Settings // all of them
}

// Account returns a channel of any workspace with its secrets; removed ones are NotFound.
func (s *Store) Account(ctx context.Context, id ID) (*Account, error) {
	var c Channel
	err := s.db.Across(ctx).Where("id = ? AND removed_at IS NULL", string(id)).Limit(1).Find(&c).Error
	if err == nil && c.ID == "" {
		err = problem.NoSuch("channel")
	}
	if err != nil {
		return nil, err
	}
	shown, secrets, err := s.settings(&c)
	maps.Copy(shown, secrets)
	return &Account{Channel: c, Settings: shown}, err
}

// Sibling returns the workspace's channel of the kind that has the account at
// its vendor: one webhook may carry the news of several numbers.
func (s System) Sibling(kind ChannelKind, account string) (*Channel, error) {
	return s.channelOf(kind, account)
}

func (s *Scope) channelOf(kind ChannelKind, account string) (*Channel, error) {
	var c Channel
	err := s.rows.DB.Where("kind = ? AND account = ? AND removed_at IS NULL", kind, input.CleanLine(account, 200)).Limit(1).Find(&c).Error
	if err == nil && c.ID == "" {
		err = problem.NoSuch("channel")
	}
	return &c, err
}

// openQueue makes the row by which a channel's sending is paced.
func (tx *Tx) openQueue(c *Channel) error {
	if !c.Kind.Capabilities().Queued {
		return nil
	}
	return tx.WithoutEvent("the pace of a queue is its own record", func(db *gorm.DB) error {
		return db.Create(&ChannelQueue{ChannelID: c.ID, Rate: c.rate(), Tokens: 1000, FilledAt: c.CreatedAt, ReadingUntil: c.CreatedAt}).Error
	})
}

// repace gives the queue the rate that the channel is configured for.
func (tx *Tx) repace(c *Channel) error {
	return tx.WithoutEvent("the pace of a queue is its own record", func(db *gorm.DB) error {
		return db.Model(&ChannelQueue{}).Where("channel_id = ?", string(c.ID)).
			Updates(map[string]any{"rate": c.rate(), "strikes": 0, "paused_until": nil}).Error
	})
}
