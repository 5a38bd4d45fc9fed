package models

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"mauve/models/pace"
	"mauve/models/problem"
	"mauve/models/reason"
	"mauve/models/rights"
	"mauve/models/store"
	"mauve/models/wire"
)

// DeliveryState is how far a delivery came.
type DeliveryState string

// The states of a delivery.
const (
	DeliveryWaiting DeliveryState = "pending"
	DeliveryRunning DeliveryState = "running"
	DeliveryDone    DeliveryState = "delivered"
	DeliveryFailed  DeliveryState = "failed" // no try is left
)

// Delivery is one event owed to one endpoint.
type Delivery struct {
	ID          ID `gorm:"primaryKey"`
	WorkspaceID WorkspaceID
	WebhookID   ID
	EventID     ID
	EventKind   EventKind
	State       DeliveryState
	Tries       int
	RunAt       time.Time // when the next try is due; while running, when the lease ends
	LastStatus  int       // of the newest try; 0: no answer
	LastError   reason.Reason
	CreatedAt   time.Time
	FinishedAt  *time.Time
}

// Attempt is one try of a delivery, kept for 30 days.
type Attempt struct {
	ID          ID `gorm:"primaryKey"`
	WorkspaceID WorkspaceID
	DeliveryID  ID
	At          time.Time
	Status      int
	Error       reason.Reason
	Request     string // the request's body
	Response    string // the head of the answer's body
	TookMs      int64
}

const (
	disableAfter = 5 * 24 * time.Hour
	lease        = 30 * time.Second // longer than any try takes
)

// owe writes the deliveries that the events call for.
func (tx *Tx) owe(db *gorm.DB, events []*Event) error {
	told := false
	for _, e := range events {
		told = told || e.Kind == WebhookTest || slices.Contains(WebhookEvents, e.Kind)
	}
	if !told || tx.past {
		return nil
	}
	if !tx.hooked {
		if err := tx.Batch(tx.enabledHooks()); err != nil {
			return err
		}
	}
	now := tx.Now()
	var owed []*Delivery
	for _, e := range events {
		for _, w := range tx.hooks {
			if w.wants(e) {
				owed = append(owed, &Delivery{ID: NewID(now), WebhookID: w.ID, EventID: e.ID, EventKind: e.Kind,
					State: DeliveryWaiting, RunAt: now, CreatedAt: now})
			}
		}
	}
	if len(owed) == 0 {
		return nil
	}
	return db.CreateInBatches(owed, 500).Error
}

// askHooks reads the enabled endpoints with the next statement. An endpoint made
// before the change began is among them, whenever in the change that is.
func (tx *Tx) askHooks() error {
	if !tx.Postgres() || tx.hooked {
		return nil // nothing to save: SQLite reads them when there is something to tell
	}
	return tx.Ahead(tx.enabledHooks())
}

// enabledHooks is the question for the enabled endpoints, asked once a change.
func (tx *Tx) enabledHooks() store.Query {
	tx.hooked = true
	return store.Query{SQL: "SELECT id, events, channel_ids FROM webhooks WHERE workspace_id = ? AND enabled = ?", Args: []any{true}, Take: func(row store.Scan) error {
		w := &Webhook{}
		tx.hooks = append(tx.hooks, w)
		return row(&w.ID, &w.Events, &w.ChannelIDs)
	}}
}

func (w *Webhook) wants(e *Event) bool {
	if e.Kind == WebhookTest {
		return e.SubjectID == w.ID
	}
	return w.Events.Has(string(e.Kind)) && (len(w.ChannelIDs) == 0 || e.ChannelID == "" || w.ChannelIDs.Has(string(e.ChannelID)))
}

// Parcel is a delivery with all that its try needs.
type Parcel struct {
	Delivery
	URL     string
	Secrets []string // the present one first
	Body    []byte
}

// DueWebhooks returns the endpoints that have a delivery due, at most limit.
func (s *Store) DueWebhooks(ctx context.Context, limit int) ([]ID, error) {
	var ids []ID
	// A lease that ran out is due again: its worker died.
	return ids, s.db.Across(ctx).Model(&Webhook{}).Where("enabled = ? AND EXISTS (SELECT 1 FROM deliveries d WHERE d.workspace_id = webhooks.workspace_id AND d.webhook_id = webhooks.id "+
		"AND d.state IN ('pending', 'running') AND d.run_at <= ?)", true, s.Now()).Where(released("webhooks")).Limit(limit).Pluck("id", &ids).Error
}

// ClaimDeliveries leases up to limit due deliveries of an endpoint to the caller.
func (s *Store) ClaimDeliveries(ctx context.Context, webhook ID, limit int) ([]*Parcel, error) {
	now := s.Now()
	var claimed []*Delivery
	var hook Webhook
	err := s.db.WithoutEvent(ctx, store.EveryWorkspace, "a lease is nobody's news", func(db *gorm.DB) error {
		q := db.Where("webhook_id = ? AND state IN ('pending', 'running') AND run_at <= ?", string(webhook), now).Where(released("deliveries")).Order("run_at, id").Limit(limit)
		if err := store.SkipLocked(q).Find(&claimed).Error; err != nil || len(claimed) == 0 {
			return err
		}
		ids := make([]string, len(claimed))
		for i, d := range claimed {
			d.Tries++
			d.State, d.RunAt = DeliveryRunning, now.Add(lease)
			ids[i] = string(d.ID)
		}
		return db.Model(&Delivery{}).Where("workspace_id = ? AND id IN ?", claimed[0].WorkspaceID, ids).Updates(map[string]any{"state": DeliveryRunning, "run_at": now.Add(lease), "tries": gorm.Expr("tries + 1")}).Error
	})
	if err == nil && len(claimed) > 0 {
		err = s.db.Scope(ctx, claimed[0].WorkspaceID).DB.First(&hook, "id = ?", string(webhook)).Error
	}
	if err != nil || len(claimed) == 0 {
		return nil, err
	}
	return s.pack(ctx, &hook, claimed)
}

// pack adds to each delivery the body and the secrets that sign it.
func (s *Store) pack(ctx context.Context, hook *Webhook, claimed []*Delivery) ([]*Parcel, error) {
	secret, err := s.UnsealText(hook.Secret, string(hook.ID))
	if err != nil {
		return nil, err
	}
	secrets := []string{secret}
	if hook.OldSecretUntil != nil && s.Now().Before(*hook.OldSecretUntil) {
		old, err := s.UnsealText(hook.OldSecret, string(hook.ID))
		if err != nil {
			return nil, err
		}
		secrets = append(secrets, old)
	}
	ids := make([]string, len(claimed))
	for i, d := range claimed {
		ids[i] = string(d.EventID)
	}
	var events []*Event
	if err := s.db.Scope(ctx, hook.WorkspaceID).DB.Where("id IN ?", ids).Find(&events).Error; err != nil {
		return nil, err
	}
	bodies := make(map[ID][]byte, len(events))
	for _, e := range events {
		if bodies[e.ID], err = json.Marshal(e.Wire()); err != nil {
			return nil, err
		}
	}
	parcels := make([]*Parcel, len(claimed))
	for i, d := range claimed {
		parcels[i] = &Parcel{Delivery: *d, URL: hook.URL, Secrets: secrets, Body: bodies[d.EventID]}
	}
	return parcels, nil
}

// Outcome is what one try came to.
type Outcome struct {
	Status   int // HTTP status; 0: no answer
	Error    reason.Reason
	Response string
	Took     time.Duration
	Wait     time.Duration // what Retry-After asked for, 0 if nothing
}

func (o Outcome) ok() bool { return o.Status >= 200 && o.Status < 300 }

// FinishDelivery records a try and decides what follows: done, another try, or
// the end. A 410 and five days of nothing but failures disable the endpoint.
// A worker whose lease was taken over records nothing.
func (s *Store) FinishDelivery(ctx context.Context, p *Parcel, o Outcome) error {
	scope := s.System(ctx, ID(p.WorkspaceID))
	return scope.change(func(tx *Tx) error {
		now := tx.Now()
		columns := map[string]any{"last_status": o.Status, "last_error": o.Error}
		switch {
		case o.ok():
			columns["state"], columns["finished_at"] = DeliveryDone, now
		case o.Status == 410 || p.Tries > len(pace.Waits):
			columns["state"], columns["finished_at"] = DeliveryFailed, now
		default:
			columns["state"], columns["run_at"] = DeliveryWaiting, now.Add(max(pace.Spread(pace.Waits[p.Tries-1]), min(o.Wait, 24*time.Hour)))
		}
		held := false
		err := tx.WithoutEvent("the delivery log is its own record", func(db *gorm.DB) error {
			q := db.Model(&Delivery{}).Where("id = ? AND state = 'running' AND tries = ?", string(p.ID), p.Tries).Updates(columns)
			if held = q.RowsAffected == 1; q.Error != nil || !held {
				return q.Error
			}
			return db.Create(&Attempt{ID: NewID(now), DeliveryID: p.ID, At: now, Status: o.Status, Error: o.Error,
				Request: string(p.Body), Response: o.Response, TookMs: o.Took.Milliseconds()}).Error
		})
		if err != nil || !held {
			return err
		}
		if o.ok() && p.EventKind == MessageCreated {
			if err := tx.leftByWebhook(p.EventID); err != nil {
				return err
			}
		}
		return tx.judgeWebhook(p.WebhookID, o, now)
	})
}

// leftByWebhook marks an api channel's outbound message as sent: a webhook took it.
func (tx *Tx) leftByWebhook(event ID) error {
	var e Event
	if err := tx.DB.Select("subject_id").First(&e, "id = ?", string(event)).Error; err != nil {
		return err
	}
	var m Message
	err := tx.DB.Select("channel_kind").Where("id = ?", string(e.SubjectID)).Limit(1).Find(&m).Error
	if err != nil || m.ChannelKind != ChannelAPI {
		return err
	}
	_, err = tx.progressOf(e.SubjectID, Report{Status: Sent})
	return err
}

func (tx *Tx) judgeWebhook(id ID, o Outcome, now time.Time) error {
	var w Webhook
	if err := tx.Locking().Where("id = ?", string(id)).Limit(1).Find(&w).Error; err != nil || w.ID == "" {
		return err
	}
	if o.ok() && w.FailingSince == nil || !o.ok() && !w.Enabled {
		return nil
	}
	if o.ok() || w.FailingSince == nil && o.Status != 410 {
		var since *time.Time
		if !o.ok() {
			since = &now
		}
		return tx.WithoutEvent("the health of an endpoint follows from its log", func(db *gorm.DB) error {
			return db.Model(&w).Updates(map[string]any{"failing_since": since}).Error
		})
	}
	switch {
	case o.Status == 410:
		w.DisabledReason = endpointGone.With()
	case now.Sub(*w.FailingSince) >= disableAfter:
		w.DisabledReason = endpointFailing.With()
	default:
		return nil
	}
	w.Enabled = false
	return tx.saveWebhook(&w, &Event{Kind: WebhookDisabled, SubjectID: w.ID})
}

// DeliveryTable is how deliveries are read, as d.
var DeliveryTable = store.Table[Delivery]{Columns: store.ColumnsOf[Delivery]("d")}

// Delivery returns one delivery.
func (s *Scope) Delivery(id ID) (*Delivery, error) {
	if err := s.May(rights.ReadWebhooks); err != nil {
		return nil, err
	}
	var d Delivery
	return &d, s.rows.Find(&d, "delivery", id)
}

// Attempts returns a delivery's tries, oldest first; at most 100.
func (s *Scope) Attempts(delivery ID) ([]*Attempt, error) {
	if err := s.May(rights.ReadWebhooks); err != nil {
		return nil, err
	}
	var all []*Attempt
	return all, s.rows.DB.Where("delivery_id = ?", string(delivery)).Order("at, id").Limit(100).Find(&all).Error
}

// ReplayDelivery sends a delivery again from the start, with the id it had.
func (s *Scope) ReplayDelivery(id ID) (*Delivery, error) {
	if err := s.May(rights.WriteWebhooks); err != nil {
		return nil, err
	}
	var d *Delivery
	err := s.change(func(tx *Tx) (err error) {
		if d, err = tx.Delivery(id); err != nil {
			return err
		}
		w, err := tx.Webhook(d.WebhookID)
		if err != nil {
			return err
		}
		if !w.Enabled {
			return problem.Fail(problem.Conflict, "webhook_disabled", "This webhook is disabled. Enable it first.")
		}
		if d.State == DeliveryRunning {
			return problem.Fail(problem.Conflict, "delivery_running", "This delivery is being tried right now.")
		}
		d.State, d.Tries, d.RunAt, d.FinishedAt = DeliveryWaiting, 0, tx.Now(), nil
		return tx.Update(d, map[string]any{"state": d.State, "tries": 0, "run_at": d.RunAt, "finished_at": nil},
			&Event{Kind: DeliveryReplayed, SubjectID: d.ID})
	})
	return d, err
}

// Wire returns the event as webhooks and the feed tell it.
func (e *Event) Wire() wire.Event {
	return wire.Event{ID: e.ID.With(PrefixEvent), Event: string(e.Kind), Type: string(e.Kind), Timestamp: wire.Stamp(e.CreatedAt),
		WorkspaceID: ID(e.WorkspaceID).With(PrefixWorkspace), Data: json.RawMessage(strings.Clone(e.Data))}
}

// Purge removes what is kept no longer: attempts and finished deliveries after
// 30 days, idempotency keys after 24 hours, undos after one, dead sessions, old request logs.
func (s *Store) Purge(ctx context.Context) error {
	now := s.Now()
	return s.db.WithoutEvent(ctx, store.EveryWorkspace, "what is kept no longer was told when it was made", func(db *gorm.DB) error {
		month := now.AddDate(0, 0, -30)
		return errors.Join(
			db.Where("at < ?", month).Delete(&Attempt{}).Error,
			db.Where("finished_at < ?", month).Delete(&Delivery{}).Error,
			db.Where("created_at < ?", now.Add(-24*time.Hour)).Delete(&StoredAnswer{}).Error,
			db.Where("created_at < ?", now.Add(-undoFor)).Delete(&TicketUndo{}).Error,
			db.Where("expire_at < ?", now).Delete(&Session{}).Error,
			db.Where("at < ?", now.AddDate(0, 0, -7)).Delete(&KeyCall{}).Error,
			db.Where("hour < ?", month).Delete(&KeyHour{}).Error,
			db.Where("received_at < ? AND state <> 'waiting'", month).Delete(&Envelope{}).Error,
			db.Where("created_at < ?", now.AddDate(0, 0, -7)).Delete(&EarlyReport{}).Error,
		)
	})
}
