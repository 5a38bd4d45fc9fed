package models

import (
	"testing"
	"time"

	"gorm.io/gorm"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models/problem"
	"mauve/models/reason"
	"mauve/models/rights"
)

// TestNothingOfAHeldWorkspaceLeaves: whatever takes up something that leaves finds nothing, until the workspace is
// released; a workspace beside it works on.
func TestNothingOfAHeldWorkspaceLeaves(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *desk) {
		hook, _, err := d.CreateWebhook(WebhookChange{URL: new("https://x.example/"), Events: &[]string{"contact.created"}})
		assert.NilError(t, err)
		d.contact(t, ContactChange{Name: new("Ada")})
		channel, phone := d.channel(t, ChannelWhatsApp), d.channel(t, ChannelWhatsAppWeb)
		assert.NilError(t, d.change(func(tx *Tx) error { return tx.turn(channel, Connected, reason.Reason{}) }))
		said := d.hear(t, channel, Incoming{From: Sender{WhatsApp: "33612345678"}})
		_, err = d.Send(said.ConversationID, Draft{Body: "hello"})
		assert.NilError(t, err)
		_, err = d.ReadConversation(said.ConversationID)
		assert.NilError(t, err)
		assert.NilError(t, d.change(func(tx *Tx) error {
			return tx.WithoutEvent("a test's", func(db *gorm.DB) error {
				now := tx.Now()
				file := &MediaFetch{MessageID: said.ID, ChannelID: channel.ID, NextAt: now, CreatedAt: now}
				wish := db.Model(&ChannelLink{}).Where("channel_id = ?", string(phone.ID)).Update("wish", "qr").Error
				assert.NilError(t, wish)
				return db.Create(file).Error
			})
		}))
		ctx := t.Context()
		takes := map[string]func() (int, error){
			"due webhooks":  func() (int, error) { all, err := d.store.DueWebhooks(ctx, 9); return len(all), err },
			"deliveries":    func() (int, error) { all, err := d.store.ClaimDeliveries(ctx, hook.ID, 9); return len(all), err },
			"due senders":   func() (int, error) { all, err := d.store.DueSenders(ctx, 9); return len(all), err },
			"messages":      func() (int, error) { all, err := d.store.ClaimSends(ctx, channel.ID, 9); return len(all), err },
			"due fetchers":  func() (int, error) { all, err := d.store.DueFetchers(ctx, 9); return len(all), err },
			"files":         func() (int, error) { all, err := d.store.ClaimFetches(ctx, channel.ID, 9); return len(all), err },
			"checks":        func() (int, error) { all, err := d.store.ClaimChecks(ctx, 9); return len(all), err },
			"links":         func() (int, error) { all, err := d.store.HoldLinks(ctx, 9); return len(all), err },
			"read receipts": func() (int, error) { all, err := d.store.ClaimReceipts(ctx, 9); return len(all), err },
		}
		d.clock.pass(time.Minute)
		assert.NilError(t, d.change(func(tx *Tx) error {
			return tx.WithoutEvent("a test's", func(db *gorm.DB) error { return db.Create(&RestoreHold{CreatedAt: tx.Now()}).Error })
		}))
		for name, take := range takes {
			n, err := take()
			assert.NilError(t, err, name)
			assert.Check(t, is.Equal(n, 0), "%s of a workspace that is held", name)
		}
		held, err := d.Held()
		assert.Check(t, held && err == nil, err)
		assert.Check(t, is.Equal(problem.KindOf(d.by(d.joined(t, rights.Agent)).Release()), problem.Forbidden))
		for range 2 { // once more changes nothing
			assert.NilError(t, d.Release())
		}
		assert.Check(t, is.Len(d.events(t, d.Workspace(), WorkspaceUpdated), 1))
		for _, name := range []string{"due webhooks", "deliveries", "due senders", "messages", "due fetchers", "files", "checks", "links", "read receipts"} {
			n, err := takes[name]()
			assert.NilError(t, err, name)
			assert.Check(t, n > 0, "%s of a workspace that was released", name)
		}
	})
}
