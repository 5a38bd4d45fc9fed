package whatsappweb

import (
	"context"
	"encoding/json"

	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"
)

// The kinds of record.
const (
	keptMessage = "message"
	keptReceipt = "receipt"
	keptLost    = "lost"    // a message that could not be decrypted
	keptHistory = "history" // messages that were said before the phone was linked
)

// record is an event as it is stored until it is read. It holds what is known
// only while the line stands: by which names the person goes.
type record struct {
	Kind    string   `json:"kind"`
	ID      string   `json:"id,omitempty"`
	IDs     []string `json:"ids,omitempty"` // of a receipt
	Phone   string   `json:"phone,omitempty"`
	LID     string   `json:"lid,omitempty"`
	Name    string   `json:"name,omitempty"` // as the person calls themselves
	Mine    bool     `json:"mine,omitempty"` // the business did it, on its phone
	At      int64    `json:"at"`             // seconds
	Receipt string   `json:"receipt,omitempty"`
	Once    bool     `json:"once,omitempty"`    // to be viewed once
	Message []byte   `json:"message,omitempty"` // as WhatsApp spells it

	Past  []*record `json:"past,omitempty"`  // of a history
	Place int       `json:"place,omitempty"` // of one of its messages, among those of the same second
}

// pack is an event as it is stored; nil for what nothing is kept of: groups,
// channels, status news, and notes that the business writes to itself.
func pack(ctx context.Context, d Device, event any) ([]byte, error) {
	var r *record
	switch e := event.(type) {
	case *events.Message:
		if r = about(ctx, d, e.Info.MessageSource); r == nil {
			return nil, nil
		}
		if err := r.hold(e); err != nil {
			return nil, err
		}
	case *events.Receipt:
		if r = about(ctx, d, e.MessageSource); r == nil {
			return nil, nil
		}
		r.Kind, r.IDs, r.At, r.Receipt = keptReceipt, e.MessageIDs, e.Timestamp.Unix(), string(e.Type)
	case *events.UndecryptableMessage:
		if r = about(ctx, d, e.Info.MessageSource); r == nil {
			return nil, nil
		}
		r.Kind, r.ID, r.At, r.Once = keptLost, e.Info.ID, e.Info.Timestamp.Unix(), e.UnavailableType == events.UnavailableTypeViewOnce
	default:
		return nil, nil
	}
	return json.Marshal(r)
}

// hold puts a message into its record.
func (r *record) hold(e *events.Message) (err error) {
	r.Kind, r.ID, r.At, r.Once = keptMessage, e.Info.ID, e.Info.Timestamp.Unix(), e.IsViewOnce
	if !r.Mine {
		r.Name = e.Info.PushName
	}
	// Deterministic: the same message again is the same record, which is stored once.
	r.Message, err = (proto.MarshalOptions{Deterministic: true}).Marshal(e.Message)
	return err
}

// about begins the record of something said between the business and one other
// person, nil for everything else.
func about(ctx context.Context, d Device, source types.MessageSource) *record {
	person, other := source.Sender, source.SenderAlt
	if source.IsFromMe {
		person, other = source.Chat, source.RecipientAlt
	}
	if source.IsGroup || !isPerson(person) || !isPerson(source.Chat) {
		return nil
	}
	if number, lid := d.Own(); person.User == number.User || person.User == lid.User {
		return nil
	}
	if other.IsEmpty() {
		other = d.Other(ctx, person.ToNonAD())
	}
	r := &record{Mine: source.IsFromMe}
	for _, name := range []types.JID{person, other} {
		switch name.Server {
		case types.DefaultUserServer, types.HostedServer:
			r.Phone = name.User
		case types.HiddenUserServer, types.HostedLIDServer:
			r.LID = lidOf(name.User)
		}
	}
	return r
}

func isPerson(who types.JID) bool {
	switch who.Server {
	case types.DefaultUserServer, types.HiddenUserServer, types.HostedServer, types.HostedLIDServer:
		return who.User != ""
	}
	return false
}

// lidOf spells a LID so that nobody takes it for a phone number.
func lidOf(user string) string { return user + "@" + types.HiddenUserServer }
