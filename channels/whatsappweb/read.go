package whatsappweb

import (
	"cmp"
	"encoding/json"
	"strings"
	"time"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"

	"mauve/channels"
	"mauve/models"
	"mauve/models/reason"
	"mauve/models/wire"
)

// Read takes one stored record apart.
func (a *Adapter) Read(body []byte) []channels.Item { return Read(body) }

// Read takes one stored record apart. It never fails: what cannot be read is an item that says so.
func Read(body []byte) []channels.Item {
	var r record
	if err := json.Unmarshal(body, &r); err != nil {
		return ignored("record", recordUnreadable.With())
	}
	switch r.Kind {
	case keptMessage:
		return []channels.Item{r.message()}
	case keptReceipt:
		return r.receipts()
	case keptLost:
		return []channels.Item{r.lost()}
	case keptGroup:
		return []channels.Item{{What: "group", Person: r.Group, Group: &models.GroupNews{Group: r.Group, Name: r.Subject}}}
	case keptHistory:
		return r.history()
	}
	return ignored("record", recordUnknown.With())
}

func ignored(what string, because reason.Reason) []channels.Item {
	return []channels.Item{{What: what, Ignored: because}}
}

// person is by what the record's items are kept in order.
func (r *record) person() string {
	if r.Group != "" {
		return r.Group
	}
	if r.LID != "" {
		return r.LID
	}
	return r.Phone
}

func (r *record) incoming() *models.Incoming {
	in := &models.Incoming{From: models.Sender{WhatsApp: r.Phone, LID: r.LID, Name: r.Name}, ExternalID: r.ID, At: time.Unix(r.At, 0).UTC(), Echo: r.Mine}
	if r.Group != "" {
		in.From, in.By = models.Sender{Group: r.Group, Name: r.Subject}, r.participant()
	}
	return in
}

// participant is who of a group wrote, nil if the business did.
func (r *record) participant() *wire.Participant {
	if r.Mine {
		return nil
	}
	by := &wire.Participant{Name: r.Name, ExternalID: r.By}
	if r.Phone != "" {
		by.Phone = "+" + r.Phone
	}
	by.Name = cmp.Or(by.Name, by.Phone, r.LID, r.By)
	return by
}

// history is the messages of a history, each at its own millisecond: WhatsApp tells
// seconds, and those of one second are in order.
func (r *record) history() []channels.Item {
	items := make([]channels.Item, 0, len(r.Past))
	for _, said := range r.Past {
		if said == nil {
			continue
		}
		item := said.message()
		item.What = "history, " + item.What
		if m := item.Message; m != nil {
			m.History, m.At = true, m.At.Add(time.Duration(min(max(said.Place, 0), 999))*time.Millisecond)
		}
		items = append(items, item)
	}
	if len(items) == 0 {
		return ignored("history", historyEmpty.With())
	}
	return items
}

func (r *record) message() channels.Item {
	var m waE2E.Message
	item := channels.Item{What: "message", Person: r.person()}
	if r.Off {
		item.What, item.Ignored = "message of a group", groupsOff.With()
		return item
	}
	if err := proto.Unmarshal(r.Message, &m); err != nil {
		item.Ignored = notAsWhatsappSpells.With()
		return item
	}
	in := r.incoming()
	if because := fill(in, &m); !because.None() {
		item.Ignored = because
		return item
	}
	if r.Once {
		in.Media = nil
		in.Type, in.Content.Media, in.Content.Problem = models.TypeUnsupported, nil, viewedOnce.With().Kept()
	}
	item.What, item.Message = "message "+string(in.Type), in
	return item
}

// lost is a message that could not be decrypted. WhatsApp is asked for it again,
// and it comes as another record; one to be viewed once never comes.
func (r *record) lost() channels.Item {
	item := channels.Item{What: "message not decrypted", Person: r.person()}
	if !r.Once {
		item.Ignored = notDecrypted.With()
		return item
	}
	item.Message = r.incoming()
	item.Message.Type, item.Message.Content.Problem = models.TypeUnsupported, viewedOnce.With().Kept()
	return item
}

// receiptStates are the receipts that tell how far a message came.
var receiptStates = map[types.ReceiptType]models.MessageState{types.ReceiptTypeDelivered: models.Delivered,
	types.ReceiptTypeRead: models.ReadState, types.ReceiptTypePlayed: models.Played}

func (r *record) receipts() []channels.Item {
	state, known := receiptStates[types.ReceiptType(r.Receipt)]
	what := "receipt " + string(state)
	switch {
	case r.Mine:
		return ignored("receipt "+r.Receipt, receiptOfOwnPhone.With())
	case !known:
		return ignored("receipt "+r.Receipt, receiptOfNothing.With())
	}
	var items []channels.Item
	for _, id := range r.IDs {
		items = append(items, channels.Item{What: what, Person: id,
			Status: &models.Report{ExternalID: cut(id), Status: state, At: time.Unix(r.At, 0).UTC()}})
	}
	if items == nil {
		return ignored(what, receiptOfNoMessage.With())
	}
	return items
}

func cut(id string) string { return strings.ToValidUTF8(id[:min(len(id), 200)], "") }
