package models

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"gorm.io/gorm"

	"mauve/models/input"
	"mauve/models/problem"
)

// Settings are a channel's configuration by the names that the API uses. Those
// that are secret are sealed and never come out again.
type Settings map[string]string

// On is the value of a setting that is a switch and switched on; switched off it has none.
const On = "true"

// The settings that rules of sending and receiving ask for.
const (
	settingRate   = "throughput" // messages a second, of every kind that has it
	switchHistory = "history"    // what was said before a phone is linked is taken in when one is
	switchGroups  = "groups"     // the phone's groups are taken in
)

// WantsHistory reports whether what was said before a phone is linked is to be taken in.
func (s Settings) WantsHistory() bool { return s[switchHistory] == On }

// WantsGroups reports whether what is said in groups is to be taken in.
func (s Settings) WantsGroups() bool { return s[switchGroups] == On }

// configure reads settings into a channel; those not named stay. It reports
// which changed, and whether a secret did.
func (tx *Tx) configure(c *Channel, given Settings, fs *faults) (d Changes, err error) {
	shown, secrets, err := tx.store.settings(c)
	if err != nil {
		return nil, err
	}
	kind := c.Kind.find()
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if !slices.ContainsFunc(kind.Settings, func(s ChannelSetting) bool { return s.Name == name }) {
			fs.Add("config."+input.Cut(name, 60), "is not a setting of a channel of this kind")
		}
	}
	for _, s := range kind.Settings {
		into := shown
		if s.Secret {
			into = secrets
		}
		if v, sent := given[s.Name]; sent && v != into[s.Name] {
			if !s.takes(v) {
				fs.Add("config."+s.Name, "%s", problem.Word(s.Says))
			}
			d.Note("config."+s.Name, s.show(into[s.Name]), s.show(v))
			into[s.Name] = v
		}
		if s.Needed && into[s.Name] == "" {
			fs.Add("config."+s.Name, "is missing")
		}
		if into[s.Name] == "" {
			delete(into, s.Name)
		}
	}
	if kind.Account != "" {
		c.Account = shown[kind.Account]
	}
	return d, tx.store.keepSettings(c, shown, secrets)
}

func (s ChannelSetting) show(v string) string {
	if s.Secret && v != "" {
		return "(secret)"
	}
	return v
}

// settings opens a channel's configuration.
func (s *Store) settings(c *Channel) (shown, secrets Settings, err error) {
	shown, secrets = Settings{}, Settings{}
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

func (s *Store) keepSettings(c *Channel, shown, secrets Settings) error {
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
	if v, ok := c.config()[settingRate].(int); ok {
		n = v
	}
	return n
}

// Account is a channel with its secrets open, for the adapters that talk to its vendor.
type Account struct {
	Channel
	Settings Settings // all of them
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
