package whatsappweb

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/proto/waHistorySync"
	"go.mau.fi/whatsmeow/proto/waWeb"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"
)

// A history is kept in small pieces, so that none takes long to read.
const (
	mostPast   = 5         // messages in one record
	pastBytes  = 256 << 10 // of their content: a record that has so many is full
	pastAtOnce = 100       // records in one commit
)

// shelf is where a history is put, record by record. The phone sends it in
// pieces, each after the one before it.
type shelf struct {
	mu   sync.Mutex
	next time.Time // when the next record is to be read
}

// pile is the records of a history that are not stored yet.
type pile struct {
	*line
	ctx    context.Context
	open   record
	bytes  int
	bodies [][]byte
}

// shelve keeps what was said before the phone was linked.
func (l *line) shelve(ctx context.Context, h *waHistorySync.HistorySync) error {
	l.past.mu.Lock()
	defer l.past.mu.Unlock()
	p := &pile{line: l, ctx: ctx}
	for _, c := range h.GetConversations() {
		if err := p.conversation(c); err != nil {
			return err
		}
	}
	if err := p.close(); err != nil {
		return err
	}
	return p.flush()
}

// conversation puts one conversation on the pile, in the order in which it was said.
func (p *pile) conversation(c *waHistorySync.Conversation) error {
	chat, err := types.ParseJID(c.GetID())
	group := chat.Server == types.GroupServer
	if err != nil || !isPerson(chat) && !(group && p.groups != nil) {
		return nil
	}
	if group {
		p.groups.call(chat, c.GetName())
	}
	names, name := p.names(c, chat), called(c)
	var last *record
	for _, said := range inOrder(c.GetMessages()) {
		e := spoken(chat, said)
		if e == nil {
			continue
		}
		r := about(p.ctx, names, p.groups, e.Info.MessageSource)
		if r == nil {
			continue
		}
		if err := r.hold(e); err != nil {
			return err
		}
		if last != nil && last.At == r.At {
			r.Place = last.Place + 1
		}
		if last = r; !r.Mine && !group {
			r.Name = name
		}
		if err := p.add(r); err != nil {
			return err
		}
	}
	return nil
}

// called is how the conversation's person calls themselves, else how the phone's book does.
func called(c *waHistorySync.Conversation) string {
	for _, said := range c.GetMessages() {
		if m := said.GetMessage(); m.GetPushName() != "" && !m.GetKey().GetFromMe() {
			return m.GetPushName()
		}
	}
	return cmp.Or(c.GetDisplayName(), c.GetName())
}

// inOrder is the messages and the reactions to them as they were said; the phone sends the newest first.
func inOrder(sent []*waHistorySync.HistorySyncMsg) []*waHistorySync.HistorySyncMsg {
	var all []*waHistorySync.HistorySyncMsg
	for _, m := range slices.Backward(sent) {
		all = append(append(all, m), reactions(m.GetMessage())...)
	}
	slices.SortStableFunc(all, func(a, b *waHistorySync.HistorySyncMsg) int {
		return cmp.Or(cmp.Compare(a.GetMessage().GetMessageTimestamp(), b.GetMessage().GetMessageTimestamp()), cmp.Compare(a.GetMsgOrderID(), b.GetMsgOrderID()))
	})
	return all
}

// reactions are those that stand at a message, as messages.
func reactions(to *waWeb.WebMessageInfo) (all []*waHistorySync.HistorySyncMsg) {
	for _, r := range to.GetReactions() {
		if r.GetText() == "" {
			continue
		}
		all = append(all, &waHistorySync.HistorySyncMsg{Message: &waWeb.WebMessageInfo{Key: r.GetKey(), MessageTimestamp: proto.Uint64(uint64(max(r.GetSenderTimestampMS(), 0)) / 1000),
			Message: &waE2E.Message{ReactionMessage: &waE2E.ReactionMessage{Key: to.GetKey(), Text: r.Text}}}})
	}
	return all
}

// spoken is a message of a history as the library tells one that is said now
// (its ParseWebMessage); nil for what nobody said.
func spoken(chat types.JID, said *waHistorySync.HistorySyncMsg) *events.Message {
	m := said.GetMessage()
	if m.GetMessage() == nil {
		return nil
	}
	e := &events.Message{RawMessage: m.GetMessage(), SourceWebMsg: m, Info: types.MessageInfo{MessageSource: source(chat, m), ID: m.GetKey().GetID(),
		PushName: m.GetPushName(), Timestamp: time.Unix(int64(min(m.GetMessageTimestamp(), 1<<40)), 0)}}
	e.UnwrapRaw()
	// An edited message is kept by the phone as its edit alone.
	if edit := e.Message.GetProtocolMessage(); edit.GetType() == waE2E.ProtocolMessage_MESSAGE_EDIT && edit.GetEditedMessage() != nil {
		e.Info.ID, e.Message = edit.GetKey().GetID(), edit.GetEditedMessage()
	}
	return e
}

func source(chat types.JID, m *waWeb.WebMessageInfo) types.MessageSource {
	from := types.MessageSource{Chat: chat, Sender: chat, IsFromMe: m.GetKey().GetFromMe(), IsGroup: chat.Server == types.GroupServer}
	if from.IsGroup {
		from.Sender, _ = types.ParseJID(cmp.Or(m.GetParticipant(), m.GetKey().GetParticipant())) // one that cannot be read is nobody
	}
	return from
}

// named is a device that looks up each person's other name once.
type named struct {
	Device
	known map[types.JID]types.JID
}

// Other returns what was looked up.
func (n named) Other(ctx context.Context, who types.JID) types.JID {
	other, known := n.known[who]
	if !known {
		other = n.Device.Other(ctx, who)
		n.known[who] = other
	}
	return other
}

// names knows the other name of a conversation's person where the phone says it.
func (p *pile) names(c *waHistorySync.Conversation, chat types.JID) Device {
	n := named{p.Device, map[types.JID]types.JID{}}
	for _, name := range []string{c.GetPnJID(), c.GetLidJID()} {
		if other, err := types.ParseJID(name); err == nil && isPerson(other) && other.Server != chat.Server {
			n.known[chat] = other
		}
	}
	return n
}

// add puts a message into the open record, which is closed when it is full.
func (p *pile) add(r *record) error {
	p.open.Past = append(p.open.Past, r)
	if p.bytes += len(r.Message); len(p.open.Past) < mostPast && p.bytes < pastBytes {
		return nil
	}
	return p.close()
}

// close ends the open record.
func (p *pile) close() error {
	if len(p.open.Past) == 0 {
		return nil
	}
	p.open.Kind = keptHistory
	body, err := json.Marshal(&p.open)
	if err != nil {
		return err
	}
	p.open, p.bytes, p.bodies = record{}, 0, append(p.bodies, body)
	if len(p.bodies) < pastAtOnce {
		return nil
	}
	return p.flush()
}

// flush stores the closed records.
func (p *pile) flush() (err error) {
	if len(p.bodies) == 0 {
		return nil
	}
	bounded, cancel := context.WithTimeout(p.ctx, keepWithin)
	defer cancel()
	p.past.next, err = p.KeepPast(bounded, p.bodies, p.past.next)
	p.bodies = nil
	return err
}
