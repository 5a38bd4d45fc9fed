package models

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"mauve/models/problem"
	"mauve/models/reason"
	"mauve/models/store"
)

// SendState is where an outbound message stands in its channel's queue.
type SendState string

// The states of the queue; a message outside it has none.
const (
	SendWaiting SendState = "waiting"
	SendClaimed SendState = "claimed" // a sender has it; nothing has left yet
	SendHanded  SendState = "handed"  // its last byte may be with the vendor; the answer is not known
)

// The patience of the queue.
const (
	claimLease  = 10 * time.Second // a claimed message is free again
	handedLease = 30 * time.Second // a handed one is given up as unconfirmed; longer than any call takes
	giveUpAfter = 24 * time.Hour   // a message that could not be sent for so long is failed
	mostTries   = 8                // answers that ask for another try before a message is failed
)

// ChannelQueue is how fast a channel sends and who reads its envelopes; one row for each channel that sends.
type ChannelQueue struct {
	ChannelID    ID `gorm:"primaryKey"`
	WorkspaceID  WorkspaceID
	Rate         int        // messages a second
	Tokens       int        // thousandths of messages that may leave now
	FilledAt     time.Time  // when tokens were counted
	Strikes      int        // failures of the vendor in a row
	PausedUntil  *time.Time // nothing leaves before
	ReadingUntil time.Time  // lease of the one reader of its envelopes
}

// Dispatch is a message with all that sending it needs.
type Dispatch struct {
	Message   *Message
	Account   *Account
	Recipient Recipient
	File      *OutFile // that it carries; nil: none
	Outside   bool     // its window shut while it waited, or the time for its amendment ran out
	About     *Message // what it answers or reacts to; nil: nothing that is here
	Name      string   // by what the vendor will know it, where the adapter chooses; kept with the handing over
}

// Recipient is how a channel knows the person; any may be empty.
type Recipient struct {
	WhatsApp string // digits, as the vendor spells them
	Phone    string // E.164
	ScopedID string // business-scoped user id
	LID      string // 1234@lid, for people who hide their number
	Group    string // 1234@g.us: many people
	Name     string
}

// Verdict is what a try of sending came to.
type Verdict int

// The verdicts.
const (
	Accepted     Verdict = iota // the vendor has it
	Refused                     // never for this message: trying again would be refused again
	RetryMessage                // the vendor asks to try this message later
	RetryChannel                // the vendor is away or asks the whole channel to slow down
	Unauthorized                // the channel's credentials are not taken; the message waits
	Unknown                     // it was handed over and the answer is not known
)

// Tried is the outcome of one try.
type Tried struct {
	Verdict    Verdict
	ExternalID string
	WhatsApp   string // how the vendor spells the recipient, if it says
	Code       string
	Detail     reason.Reason
	Wait       time.Duration // what the vendor asked for, 0 if nothing
	Follow     []Follow      // what the sandbox will hear later
}

// Follow is an envelope that arrives by itself after a while.
type Follow struct {
	After time.Duration
	Body  []byte
}

// sendable checks an outbound message against its window and templates, and puts it into the queue.
func (tx *Tx) sendable(c *Conversation, m *Message) error {
	can := m.ChannelKind.Capabilities()
	if !can.Queued {
		return nil
	}
	if end := c.WindowEnd(); end != nil && m.Type != TypeTemplate && !tx.Now().Before(*end) {
		return errOutside
	}
	if m.Type == TypeTemplate {
		if err := tx.approved(m); err != nil {
			return err
		}
	}
	now := tx.Now()
	m.SendState, m.NextAt = SendWaiting, &now
	return nil
}

// sends reports whether the event may leave something for a sender to do.
func (e *Event) sends() bool {
	return e.Kind == MessageCreated || e.Kind == MessageStatusChanged || e.Kind == ConversationRead || e.Kind == ChannelCreated || e.Kind == ChannelUpdated || e.Kind == ChannelDeleted || e.Kind == ChannelLinkChanged
}

var errOutside = problem.Fail(problem.Invalid, "outside_window", "The contact has not written in the last 24 hours. Send a template.")

// maySend is the condition that messages of the channel may leave. It takes the
// status that allows it.
func maySend(table string) string {
	return "EXISTS (SELECT 1 FROM channels c WHERE c.workspace_id = " + table + ".workspace_id AND c.id = " + table + ".channel_id AND c.status = ? AND c.removed_at IS NULL)"
}

// DueSenders returns the channels with a message due that may send now, at most limit.
func (s *Store) DueSenders(ctx context.Context, limit int) ([]ID, error) {
	var ids []ID
	now := s.Now()
	return ids, s.db.Across(ctx).Model(&ChannelQueue{}).
		Where("(paused_until IS NULL OR paused_until <= ?) AND EXISTS (SELECT 1 FROM messages m WHERE m.workspace_id = channel_queues.workspace_id AND m.channel_id = channel_queues.channel_id AND m.next_at <= ?) "+
			"AND "+maySend("channel_queues"), now, now, Connected).
		Where(heldHere("channel_queues"), s.db.Replica(), now).
		Limit(limit).Pluck("channel_id", &ids).Error
}

// ClaimSends leases up to limit due messages of a channel to the caller, as many
// as its rate allows: of each conversation the oldest that has not left, so that
// order is kept. Messages whose handing over was never confirmed are failed here.
func (s *Store) ClaimSends(ctx context.Context, channel ID, limit int) ([]*Dispatch, error) {
	now := s.Now()
	var claimed []*Message
	err := s.db.WithoutEvent(ctx, store.EveryWorkspace, "a lease is nobody's news", func(db *gorm.DB) error {
		var q ChannelQueue
		if err := store.SkipLocked(db).Where("channel_id = ?", string(channel)).Where(heldHere("channel_queues"), s.db.Replica(), now).Limit(1).Find(&q).Error; err != nil || q.ChannelID == "" {
			return err
		}
		n := q.take(now, limit)
		if n == 0 {
			return nil
		}
		err := store.SkipLocked(db).Where("workspace_id = ? AND channel_id = ? AND next_at <= ? AND send_state IN ('waiting', 'claimed') AND NOT EXISTS (SELECT 1 FROM messages e "+
			"WHERE e.workspace_id = messages.workspace_id AND e.conversation_id = messages.conversation_id AND e.next_at IS NOT NULL AND e.amendment = '' AND (e.created_at, e.id) < (messages.created_at, messages.id))",
			q.WorkspaceID, string(channel), now).
			Where(maySend("messages"), Connected). // asked again in this one look: a try that stopped the channel has put its message back
			Order("next_at, id").Limit(n).Find(&claimed).Error
		if err != nil || len(claimed) == 0 {
			return err
		}
		q.Tokens -= 1000 * len(claimed)
		until := now.Add(claimLease)
		for _, m := range claimed {
			m.SendState, m.NextAt = SendClaimed, &until
		}
		return errors.Join(
			db.Model(&q).Updates(map[string]any{"tokens": q.Tokens, "filled_at": now}).Error,
			db.Model(&Message{}).Where("workspace_id = ? AND id IN ?", q.WorkspaceID, idsOf(claimed)).Updates(map[string]any{"send_state": SendClaimed, "next_at": until}).Error,
		)
	})
	if err != nil || len(claimed) == 0 {
		return nil, err
	}
	all, err := s.address(ctx, channel, claimed)
	return all, errors.Join(err, s.load(ctx, all))
}

// take refills the channel's allowance and returns how many messages may leave
// now. Nine tenths of the rate flow, one tenth may burst, so that no second sees
// more than the rate. After a failure one message goes ahead as a probe.
func (q *ChannelQueue) take(now time.Time, limit int) int {
	if q.PausedUntil != nil && q.PausedUntil.After(now) {
		return 0
	}
	passed := min(max(now.Sub(q.FilledAt), 0), time.Minute)
	most := max(q.Rate*100, 1000)
	q.Tokens = min(q.Tokens+int(passed.Milliseconds())*q.Rate*9/10, most)
	n := min(q.Tokens/1000, limit)
	if q.Strikes > 0 {
		n = min(n, 1)
	}
	return max(n, 0)
}

func idsOf(messages []*Message) []string {
	ids := make([]string, len(messages))
	for i, m := range messages {
		ids[i] = string(m.ID)
	}
	return ids
}

// errTaken says that a message is no longer the caller's to send.
var errTaken = errors.New("models: the message is not this sender's any more")

// HandOver notes that the message leaves now. The sender calls it when the line
// to the vendor stands and before the first byte of the body: if the program
// dies before, the message is sent by another; if it dies after, the message is
// not sent a second time.
func (s *Store) HandOver(ctx context.Context, d *Dispatch) error {
	m := d.Message
	until := s.Now().Add(handedLease)
	columns := map[string]any{"send_state": SendHanded, "next_at": until}
	if d.Name != "" {
		columns["external_id"] = d.Name
	}
	return s.db.WithoutEvent(ctx, m.WorkspaceID, "a lease is nobody's news", func(db *gorm.DB) error {
		q := db.Model(&Message{}).Where("id = ? AND send_state IN ('claimed', 'handed') AND next_at = ?", string(m.ID), *m.NextAt).
			Updates(columns)
		if q.Error == nil && q.RowsAffected != 1 {
			return errTaken
		}
		m.SendState, m.NextAt = SendHanded, &until
		return q.Error
	})
}
