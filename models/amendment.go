package models

import (
	"database/sql/driver"
	"encoding/json"
	"errors"
	"time"

	"mauve/models/column"
	"mauve/models/reason"
	"mauve/models/wire"
)

// AmendKind says what an amendment does.
type AmendKind string

// The kinds of amendment.
const (
	AmendEdit   AmendKind = "edit"
	AmendDelete AmendKind = "delete"
)

// Amendment is an edit or a deletion of a message that its channel has already:
// it waits in the channel's queue on its message's row, or was refused. The
// message is as it was until the channel took it.
type Amendment struct {
	Kind   AmendKind // empty: there is none
	Body   string    // of an edit
	At     time.Time // when it was asked for
	Failed bool
	Code   string
	Detail reason.Reason // why it failed, or why it still waits
}

// Value writes the column; none is the empty text.
func (a Amendment) Value() (driver.Value, error) {
	if a.Kind == "" {
		return "", nil
	}
	return column.Text(json.Marshal(a))
}

// Scan reads the column.
func (a *Amendment) Scan(v any) error { return column.ScanOrEmpty(v, a) }

// GormDataType names the column's type to GORM.
func (Amendment) GormDataType() string { return "text" }

// waits reports whether the amendment is in its channel's queue.
func (a Amendment) waits() bool { return a.Kind != "" && !a.Failed }

// Amends reports whether the message is with its channel already and its Amendment is what is to be carried out.
func (d *Dispatch) Amends() bool { return d.Message.Amendment.waits() }

func (a Amendment) wire() *wire.MessageChange {
	if a.Kind == "" {
		return nil
	}
	w := &wire.MessageChange{Kind: string(a.Kind), Status: "queued", RequestedAt: wire.Stamp(a.At)}
	if a.Kind == AmendEdit {
		w.Body = &a.Body
	}
	if a.Failed {
		w.Status = "failed"
	}
	if a.Code != "" {
		w.Error = &wire.MessageError{Code: a.Code, Detail: a.Detail.String()}
	}
	return w
}

// amendLater puts an amendment into its channel's queue, in place of one that waits or failed there.
func (tx *Tx) amendLater(m *Message, a Amendment) error {
	now := tx.Now()
	m.Amendment, m.Tries, m.SendState, m.NextAt = a, 0, SendWaiting, &now
	var d Changes
	d.Note("change", "", string(a.Kind))
	return tx.Update(m, map[string]any{"amendment": a, "tries": 0, "send_state": SendWaiting, "next_at": now}, m.event(MessageUpdated, d))
}

// amendTried records what a try of an amendment came to. The same amendment twice is one, so it is tried until it is known.
func (tx *Tx) amendTried(m, tried *Message, t Tried) error {
	a := m.Amendment
	if t.Verdict == Accepted {
		if a.Kind != tried.Amendment.Kind || !a.At.Equal(tried.Amendment.At) {
			return nil // another try of it was taken before
		}
		a.At = tx.Now()
		return errors.Join(tx.amended(m, a), tx.strike(m.ChannelID, 0, nil))
	}
	if !a.waits() || !m.heldAs(tried) {
		return nil
	}
	if t.Verdict == Unknown {
		t.Verdict = RetryMessage
	}
	return tx.tryEnded(m, t)
}

// amendFailed takes an amendment out of the queue; why stays on the message until the next one.
func (tx *Tx) amendFailed(m *Message, code string, detail reason.Reason) error {
	m.Amendment.Failed, m.Amendment.Code, m.Amendment.Detail = true, code, detail
	m.SendState, m.NextAt = "", nil
	var d Changes
	d.Note("change", string(m.Amendment.Kind), "failed")
	return tx.Update(m, map[string]any{"amendment": m.Amendment, "send_state": "", "next_at": nil}, m.event(MessageUpdated, d))
}
