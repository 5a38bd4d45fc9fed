package models

import (
	"crypto/rand"
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"mauve/models/input"
	"mauve/models/problem"
	"mauve/models/reason"
	"mauve/models/rights"
)

// Webhook is an address that is told of events.
type Webhook struct {
	ID             ID `gorm:"primaryKey"`
	WorkspaceID    WorkspaceID
	URL            string
	Events         Words // event kinds
	ChannelIDs     Words // empty: all channels
	MemberID       ID    // who answers for it; empty: the workspace
	Secret         string
	OldSecret      string
	OldSecretUntil *time.Time
	Enabled        bool
	DisabledReason reason.Reason
	FailingSince   *time.Time // of an unbroken row of failures
	CreatedAt      time.Time
	UpdatedAt      time.Time
}

// WebhookChange says what to set; nil leaves a field as it is.
type WebhookChange struct {
	URL        *string
	Events     *[]string
	ChannelIDs *[]string // channel ids in either form
	Enabled    *bool
	Version    string
}

// Version is a text that changes with the webhook, for ETags.
func (w *Webhook) Version() string { return version(w.ID, w.UpdatedAt) }

// newWebhookSecret returns a secret as Standard Webhooks 1.0 writes them: 24 random bytes.
func newWebhookSecret() string {
	b := make([]byte, 24)
	rand.Read(b)
	return "whsec_" + base64.StdEncoding.EncodeToString(b)
}

// mostWebhooks is how many endpoints a workspace has.
const mostWebhooks = 200

// CreateWebhook adds an endpoint and returns its secret, which is shown once.
func (s *Scope) CreateWebhook(c WebhookChange) (*Webhook, string, error) {
	if err := s.May(rights.WriteWebhooks); err != nil {
		return nil, "", err
	}
	var w *Webhook
	secret := newWebhookSecret()
	err := s.change(func(tx *Tx) error {
		now := tx.Now()
		w = &Webhook{ID: NewID(now), MemberID: tx.actor.Member, Enabled: true, CreatedAt: now, UpdatedAt: now}
		w.Secret = tx.store.SealText(secret, string(w.ID))
		none := ""
		if c.URL == nil {
			c.URL = &none
		}
		if c.Events == nil {
			c.Events = &[]string{}
		}
		if _, err := tx.applyWebhook(w, c); err != nil {
			return err
		}
		if _, err := tx.room(&Webhook{}, mostWebhooks); err != nil {
			return err
		}
		return tx.Insert(w, &Event{Kind: WebhookCreated, SubjectID: w.ID})
	})
	return w, secret, err
}

func (tx *Tx) applyWebhook(w *Webhook, c WebhookChange) (Changes, error) {
	var fs faults
	var d Changes
	if c.URL != nil {
		fs.WebAddress("url", *c.URL)
		if *c.URL != w.URL {
			d.Note("url", w.URL, *c.URL)
			w.URL = *c.URL
		}
	}
	if c.Events != nil {
		events := Words{}
		for _, kind := range *c.Events {
			if !slices.Contains(WebhookEvents, EventKind(kind)) {
				fs.Add("events", "there is no event %q", input.Cut(kind, 60))
			} else if !events.Has(kind) {
				events = append(events, kind)
			}
		}
		if len(*c.Events) == 0 {
			fs.Add("events", "choose at least one event")
		}
		setWords(&d, "events", &w.Events, events)
	}
	if c.ChannelIDs != nil {
		ids := Words{}
		for _, text := range *c.ChannelIDs {
			id, _ := ParseID(PrefixChannel, text)
			if _, err := tx.Channel(id); err != nil {
				if problem.KindOf(err) != problem.NotFound {
					return nil, err
				}
				fs.Add("channelIds", "there is no channel %q", input.Cut(text, 60))
				break
			}
			if len(ids) == 100 {
				fs.Add("channelIds", "holds at most 100 channels")
				break
			}
			ids = append(ids, string(id))
		}
		setWords(&d, "channelIds", &w.ChannelIDs, ids)
	}
	if c.Enabled != nil && *c.Enabled != w.Enabled {
		d.Note("enabled", yesNo(w.Enabled), yesNo(*c.Enabled))
		w.Enabled, w.DisabledReason, w.FailingSince = *c.Enabled, reason.Reason{}, nil
		if w.Enabled && w.MemberID == "" {
			w.MemberID = tx.actor.Member // who last answered for it is gone
		}
		if !w.Enabled {
			w.DisabledReason = switchedOffBy.With(tx.actor.Name)
		}
	}
	return d, fs.Err()
}

// setWords notes what a list becomes, and makes it so.
func setWords(d *Changes, field string, have *Words, want Words) {
	if !slices.Equal(*have, want) {
		d.Note(field, strings.Join(*have, ", "), strings.Join(want, ", "))
		*have = want
	}
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// Webhook returns one endpoint.
func (s *Scope) Webhook(id ID) (*Webhook, error) {
	if err := s.May(rights.ReadWebhooks); err != nil {
		return nil, err
	}
	var w Webhook
	return &w, s.rows.Find(&w, "webhook", id)
}

// Webhooks returns the workspace's endpoints, newest first; at most 200.
func (s *Scope) Webhooks() ([]*Webhook, error) {
	if err := s.May(rights.ReadWebhooks); err != nil {
		return nil, err
	}
	var all []*Webhook
	return all, s.rows.DB.Order("id DESC").Limit(mostWebhooks).Find(&all).Error
}

// UpdateWebhook applies the change. Enabling it lets its waiting deliveries go on.
func (s *Scope) UpdateWebhook(id ID, c WebhookChange) (*Webhook, error) {
	if err := s.May(rights.WriteWebhooks); err != nil {
		return nil, err
	}
	var w *Webhook
	err := s.change(func(tx *Tx) (err error) {
		if w, err = locked[Webhook](tx, "webhook", id); err != nil {
			return err
		}
		if err = checkVersion(c.Version, w.Version()); err != nil {
			return err
		}
		d, err := tx.applyWebhook(w, c)
		if err != nil || len(d) == 0 {
			return err
		}
		return tx.saveWebhook(w, &Event{Kind: WebhookUpdated, SubjectID: w.ID, Changes: d})
	})
	return w, err
}

func (tx *Tx) saveWebhook(w *Webhook, e *Event) error {
	w.UpdatedAt = tx.later(w.UpdatedAt)
	return tx.Update(w, map[string]any{"url": w.URL, "events": w.Events, "channel_ids": w.ChannelIDs, "member_id": w.MemberID, "enabled": w.Enabled,
		"disabled_reason": w.DisabledReason, "failing_since": w.FailingSince, "secret": w.Secret, "old_secret": w.OldSecret,
		"old_secret_until": w.OldSecretUntil, "updated_at": w.UpdatedAt}, e)
}

// DeleteWebhook removes an endpoint with its deliveries.
func (s *Scope) DeleteWebhook(id ID) error {
	if err := s.May(rights.WriteWebhooks); err != nil {
		return err
	}
	return s.change(func(tx *Tx) error {
		w, err := leaving[Webhook](tx, "webhook", id)
		if err != nil {
			return err
		}
		err = tx.WithoutEvent("deliveries go with their endpoint", func(db *gorm.DB) error {
			mine := db.Model(&Delivery{}).Select("id").Where("webhook_id = ?", string(id))
			if err := db.Where("delivery_id IN (?)", mine).Delete(&Attempt{}).Error; err != nil {
				return err
			}
			return db.Where("webhook_id = ?", string(id)).Delete(&Delivery{}).Error
		})
		if err != nil {
			return err
		}
		return tx.Remove(w, &Event{Kind: WebhookDeleted, SubjectID: id})
	})
}

// RotateSecret gives an endpoint a new secret, shown once; for a day the old one signs too.
func (s *Scope) RotateSecret(id ID) (*Webhook, string, error) {
	if err := s.May(rights.WriteWebhooks); err != nil {
		return nil, "", err
	}
	secret := newWebhookSecret()
	var w *Webhook
	err := s.change(func(tx *Tx) (err error) {
		if w, err = locked[Webhook](tx, "webhook", id); err != nil {
			return err
		}
		day := tx.Now().Add(24 * time.Hour)
		w.OldSecret, w.OldSecretUntil = w.Secret, &day
		if _, err := tx.store.UnsealText(w.Secret, string(w.ID)); err != nil {
			w.OldSecret, w.OldSecretUntil = "", nil // sealed with a key that is lost: nobody can sign with it
		}
		w.Secret = tx.store.SealText(secret, string(w.ID))
		return tx.saveWebhook(w, &Event{Kind: WebhookUpdated, SubjectID: w.ID, Changes: Changes{"secret": {}}})
	})
	return w, secret, err
}

// TestWebhook sends an endpoint a made-up event, whatever events it chose.
func (s *Scope) TestWebhook(id ID) (*Delivery, error) {
	if err := s.May(rights.WriteWebhooks); err != nil {
		return nil, err
	}
	event := &Event{Kind: WebhookTest, SubjectID: id, Payload: map[string]string{
		"webhookId": id.With(PrefixWebhook), "message": "This is a test. Real events look like this one."}}
	err := s.change(func(tx *Tx) error {
		w, err := tx.Webhook(id)
		if err != nil {
			return err
		}
		if !w.Enabled {
			return problem.Fail(problem.Conflict, "webhook_disabled", "This webhook is disabled. Enable it first.")
		}
		return tx.Record(event)
	})
	if err != nil {
		return nil, err
	}
	var d Delivery
	err = s.rows.DB.First(&d, "webhook_id = ? AND event_id = ?", string(id), string(event.ID)).Error
	return &d, err
}

// CheckSecret reports whether the webhook's secret can be opened with this store's key.
func (s *Store) CheckSecret(w *Webhook) error {
	_, err := s.UnsealText(w.Secret, string(w.ID))
	return err
}
