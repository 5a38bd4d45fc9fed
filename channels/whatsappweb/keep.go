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
	keptGroup   = "group"   // a group's name
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

	// Of what was said in a group the names above are the writer's.
	Group   string `json:"group,omitempty"`
	Subject string `json:"subject,omitempty"` // what the group is called
	By      string `json:"by,omitempty"`      // the writer, as WhatsApp names them in the group
	Off     bool   `json:"off,omitempty"`     // groups are not taken in: nothing else is known of it

	Past  []*record `json:"past,omitempty"`  // of a history
	Place int       `json:"place,omitempty"` // of one of its messages, among those of the same second
}

// pack is an event as it is stored; nil for what nothing is kept of: channels,
// status news, and notes that the business writes to itself. Of a group's message
// only that there was one is kept, if groups is nil.
func pack(ctx context.Context, d Device, groups *groups, event any) ([]byte, error) {
	var r *record
	switch e := event.(type) {
	case *events.Message:
		if r = about(ctx, d, groups, e.Info.MessageSource); r == nil {
			return nil, nil
		}
		if err := r.hold(e); err != nil {
			return nil, err
		}
	case *events.GroupInfo:
		if r = groups.renamed(e.JID, e.Name); r == nil {
			return nil, nil
		}
		r.At = e.Timestamp.Unix()
	case *events.JoinedGroup:
		if r = groups.renamed(e.JID, &e.GroupName); r == nil {
			return nil, nil
		}
		r.At = e.NameSetAt.Unix()
	case *events.Receipt:
		if r = about(ctx, d, groups, e.MessageSource); r == nil || r.Off {
			return nil, nil
		}
		r.Kind, r.IDs, r.At, r.Receipt = keptReceipt, e.MessageIDs, e.Timestamp.Unix(), string(e.Type)
	case *events.UndecryptableMessage:
		if r = about(ctx, d, groups, e.Info.MessageSource); r == nil || r.Off {
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
	r.Kind, r.ID, r.At = keptMessage, e.Info.ID, e.Info.Timestamp.Unix()
	if r.Off {
		return nil
	}
	r.Once = e.IsViewOnce
	if !r.Mine {
		r.Name = e.Info.PushName
	}
	// Deterministic: the same message again is the same record, which is stored once.
	r.Message, err = (proto.MarshalOptions{Deterministic: true}).Marshal(e.Message)
	return err
}

// about begins the record of something said between the business and one other
// person, or in a group; nil for everything else.
func about(ctx context.Context, d Device, groups *groups, source types.MessageSource) *record {
	if source.Chat.Server == types.GroupServer {
		return groups.about(ctx, d, source)
	}
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
	r := &record{Mine: source.IsFromMe}
	r.name(ctx, d, person, other)
	return r
}

// name notes the two names of a person.
func (r *record) name(ctx context.Context, d Device, person, other types.JID) {
	if other.IsEmpty() {
		other = d.Other(ctx, person.ToNonAD())
	}
	for _, name := range []types.JID{person, other} {
		switch name.Server {
		case types.DefaultUserServer, types.HostedServer:
			r.Phone = name.User
		case types.HiddenUserServer, types.HostedLIDServer:
			r.LID = lidOf(name.User)
		}
	}
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
