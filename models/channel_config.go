package models

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"gorm.io/gorm"

	"mauve/models/problem"
)

// Settings are a channel's configuration by the names that the API uses. Those
// that are secret are sealed and never come out again.
type Settings map[string]string

// On is the value of a setting that is a switch and switched on; switched off it has none.
const On = "true"

// setting is one line of a kind's configuration.
type setting struct {
	name   string
	secret bool
	needed bool
	form   *regexp.Regexp
	says   string // what it must be, for people
}

var (
	anyText = regexp.MustCompile(`^[\x21-\x7e]{1,1000}$`)
	oneWord = regexp.MustCompile(`^[\x21-\x7e]{1,200}$`)
	rates   = regexp.MustCompile(`^([1-9][0-9]{0,2}|1000)$`)
	ticked  = regexp.MustCompile(`^` + On + `$`)
)

// settingsOf are what each kind of channel is configured by (Meta, "Get started
// with Cloud API", 2026-10).
var settingsOf = map[ChannelKind][]setting{
	ChannelWhatsApp: {
		// Meta's ids are digits today; whether they are right its live check says. Here they are kept from bending its addresses.
		{"phoneNumberId", false, true, plainIDs, "has 1 to 64 letters, digits, dots, dashes or underscores"},
		{"wabaId", false, false, plainIDs, "has 1 to 64 letters, digits, dots, dashes or underscores"},
		{"accessToken", true, true, anyText, "is a token of Meta's, without spaces"},
		{"appSecret", true, true, oneWord, "is the app's secret at Meta, without spaces"},
		{"verifyToken", true, true, oneWord, "is a word of your own without spaces, which you give to Meta too"},
		{"throughput", false, false, rates, "is how many messages a second the number may send, 1 to 1000"},
	},
	ChannelWhatsAppWeb: {
		{"throughput", false, false, rates, "is how many messages a second the number may send, 1 to 1000"},
		{switchHistory, false, false, ticked, "is true or false"},
		{switchGroups, false, false, ticked, "is true or false"},
	},
	ChannelSandbox: {
		{"throughput", false, false, rates, "is how many messages a second the number may send, 1 to 1000"},
	},
}

// The settings that are switches.
const (
	switchHistory = "history" // what was said before a phone is linked is taken in when one is
	switchGroups  = "groups"  // the phone's groups are taken in
)

// WantsHistory reports whether what was said before a phone is linked is to be taken in.
func (s Settings) WantsHistory() bool { return s[switchHistory] == On }

// WantsGroups reports whether what is said in groups is to be taken in.
func (s Settings) WantsGroups() bool { return s[switchGroups] == On }

// accountOf is the setting by which a channel is known at its vendor.
var accountOf = map[ChannelKind]string{ChannelWhatsApp: "phoneNumberId"}

// configure reads settings into a channel; those not named stay. It reports
// which changed, and whether a secret did.
func (tx *Tx) configure(c *Channel, given Settings, fs *faults) (d Changes, err error) {
	shown, secrets, err := tx.store.settings(c)
	if err != nil {
		return nil, err
	}
	known := settingsOf[c.Kind]
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if !slices.ContainsFunc(known, func(s setting) bool { return s.name == name }) {
			fs.Add("config."+cut(name, 60), "is not a setting of a channel of this kind")
		}
	}
	for _, s := range known {
		into := shown
		if s.secret {
			into = secrets
		}
		if v, sent := given[s.name]; sent && v != into[s.name] {
			fs.setting(s, v)
			d.note("config."+s.name, s.show(into[s.name]), s.show(v))
			into[s.name] = v
		}
		if s.needed && into[s.name] == "" {
			fs.Add("config."+s.name, "is missing")
		}
		if into[s.name] == "" {
			delete(into, s.name)
		}
	}
	if name := accountOf[c.Kind]; name != "" {
		c.Account = shown[name]
	}
	return d, tx.store.keepSettings(c, shown, secrets)
}

func (f *faults) setting(s setting, v string) {
	if v != "" && !s.form.MatchString(v) {
		f.Add("config."+s.name, "%s", problem.Word(s.says))
	}
}

func (s setting) show(v string) string {
	if s.secret && v != "" {
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
	plain, err := s.seal.open(c.Secrets, string(c.ID))
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
		c.Secrets = s.seal.close(string(plain), string(c.ID))
	}
	return err
}

// rate is how many messages a second the channel may send.
func (c *Channel) rate() int {
	n := c.Kind.Capabilities().Rate
	if v, ok := c.config()["throughput"].(int); ok {
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
	err := s.rows.DB.Where("kind = ? AND account = ? AND removed_at IS NULL", kind, cleanLine(account, 200)).Limit(1).Find(&c).Error
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

// kindNames lists the kinds for sentences.
func kindNames() string {
	names := make([]string, len(ChannelKinds))
	for i, k := range ChannelKinds {
		names[i] = string(k)
	}
	return strings.Join(names, ", ")
}

// ChannelSetting is one line of a kind's configuration, for forms.
type ChannelSetting struct {
	Name   string
	Secret bool // goes in and never comes out
	Switch bool // On or nothing
}

// Settings are what channels of the kind are configured by.
func (k ChannelKind) Settings() []ChannelSetting {
	all := make([]ChannelSetting, len(settingsOf[k]))
	for i, s := range settingsOf[k] {
		all[i] = ChannelSetting{s.name, s.secret, s.form == ticked}
	}
	return all
}
