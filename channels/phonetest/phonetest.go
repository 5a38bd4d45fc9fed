// Package phonetest stands in for WhatsApp's network in tests: phones that link
// themselves, lines on which events are played, and what was sent on them. Its
// events are built here by what the library documents; none was recorded.
package phonetest

import (
	"context"
	"errors"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waCommon"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/proto/waHistorySync"
	"go.mau.fi/whatsmeow/proto/waWeb"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"

	"mauve/channels/whatsappweb"
)

// Number is the linked phone's, Device the name of the session with it.
const (
	Number = "33612345678"
	Device = Number + ":7@s.whatsapp.net"
	LID    = "990001"
)

// Network is all of WhatsApp. Its fields are set before it is used or by Set.
type Network struct {
	mu          sync.Mutex
	lines       []*Line
	keys        map[string]bool  // devices whose keys are kept
	standing    map[string]*Line // by device
	Sent        []Sending
	Read        []Reading
	Typed       []types.JID
	Asked       []string // numbers for which a pairing code was asked
	Aliases     map[types.JID]types.JID
	Absent      map[string]bool      // numbers that are not on WhatsApp
	Groups      map[types.JID]string // what they are called
	GroupsAsked []types.JID          // for their names
	Offline     bool                 // no line can be made
	Fails       func(Sending) error  // what sending comes to
	Files       map[string][]byte    // by their paths
	Doubled     int                  // lines that replaced another of the same device
	work        sync.WaitGroup
}

// Sending is one message that was handed over.
type Sending struct {
	To      types.JID
	ID      string
	Message *waE2E.Message
}

// Reading is one read receipt.
type Reading struct {
	Chat   types.JID
	Writer types.JID
	IDs    []string
}

// New returns a network that ends with the test.
func New(t testing.TB) *Network {
	n := &Network{keys: map[string]bool{}, standing: map[string]*Line{}, Aliases: map[types.JID]types.JID{}, Absent: map[string]bool{}, Groups: map[types.JID]string{}, Files: map[string][]byte{}}
	t.Cleanup(n.work.Wait)
	return n
}

// Set changes the network while it is used.
func (n *Network) Set(change func(n *Network)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	change(n)
}

// Forget loses the keys of a device.
func (n *Network) Forget(device string) { n.Set(func(n *Network) { delete(n.keys, device) }) }

// Dial opens a line.
func (n *Network) Dial(_ context.Context, c whatsappweb.Call) (whatsappweb.Device, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if c.Device != "" && !n.keys[c.Device] {
		return nil, whatsappweb.ErrForgotten
	}
	l := &Line{network: n, hear: c.Hear, device: c.Device, History: c.History}
	n.lines = append(n.lines, l)
	return l, nil
}

// Standing is the line of a device that stands, nil if none does.
func (n *Network) Standing(device string) *Line {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.standing[device]
}

// Waiting is the line that waits for a phone, nil if none does.
func (n *Network) Waiting() *Line { return n.Standing("") }

// Lines is how many lines were opened.
func (n *Network) Lines() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.lines)
}

// Line is one line.
type Line struct {
	History bool // it was asked for what was said before
	network *Network
	hear    func(any) bool
	device  string
}

// Play lets the line hear an event and reports whether it is safe.
func (l *Line) Play(event any) bool { return l.hear(event) }

// Link lets a phone scan the code of the line.
func (l *Line) Link(device string) {
	jid, err := types.ParseJID(device)
	if err != nil {
		panic(err)
	}
	l.network.Set(func(n *Network) { n.keys[device] = true })
	l.Play(&events.PairSuccess{ID: jid, LID: types.NewJID(LID, types.HiddenUserServer), BusinessName: "Chez Léa"})
	l.Play(&events.ManualLoginReconnect{})
}

func (l *Line) play(event any) {
	l.network.work.Go(func() { l.hear(event) })
}

// Connect makes the line; a known device stands at once, a new one gets codes.
func (l *Line) Connect(context.Context) error {
	n := l.network
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.Offline {
		return errors.New("phonetest: the network is off")
	}
	if other := n.standing[l.device]; other != nil && l.device != "" {
		n.Doubled++
		other.play(&events.StreamReplaced{})
	}
	n.standing[l.device] = l
	if l.device == "" {
		l.play(&events.QR{Codes: []string{"https://wa.me/settings/linked_devices#first", "https://wa.me/settings/linked_devices#second"}})
	} else {
		l.play(&events.Connected{})
	}
	return nil
}

// Disconnect ends the line.
func (l *Line) Disconnect() {
	l.network.Set(func(n *Network) {
		if n.standing[l.device] == l {
			delete(n.standing, l.device)
		}
	})
}

// Logout forgets the keys.
func (l *Line) Logout(context.Context) error {
	l.Disconnect()
	l.network.Forget(l.device)
	return nil
}

// PairPhone gives a code.
func (l *Line) PairPhone(_ context.Context, number string) (string, error) {
	l.network.Set(func(n *Network) { n.Asked = append(n.Asked, number) })
	return "ABCD-1234", nil
}

// Own returns the linked phone's names.
func (l *Line) Own() (number, lid types.JID) {
	number, _ = types.ParseJID(l.device)
	return number, types.NewJID(LID, types.HiddenUserServer)
}

// Other returns what Aliases say.
func (l *Line) Other(_ context.Context, who types.JID) types.JID {
	l.network.mu.Lock()
	defer l.network.mu.Unlock()
	return l.network.Aliases[who]
}

// Find finds every number that is not Absent.
func (l *Line) Find(_ context.Context, number string) (types.JID, error) {
	l.network.mu.Lock()
	defer l.network.mu.Unlock()
	if l.network.Absent[number] {
		return types.EmptyJID, whatsappweb.ErrAbsent
	}
	return types.NewJID(number, types.DefaultUserServer), nil
}

// Send records the message.
func (l *Line) Send(_ context.Context, to types.JID, id string, m *waE2E.Message) error {
	n := l.network
	n.mu.Lock()
	defer n.mu.Unlock()
	s := Sending{to, id, m}
	if n.standing[l.device] != l {
		return whatsmeow.ErrNotConnected
	}
	n.Sent = append(n.Sent, s)
	if n.Fails != nil {
		return n.Fails(s)
	}
	return nil
}

// MarkRead records the receipt.
func (l *Line) MarkRead(_ context.Context, chat, writer types.JID, ids []string) error {
	l.network.Set(func(n *Network) { n.Read = append(n.Read, Reading{chat, writer, ids}) })
	return nil
}

// GroupName returns what Groups say.
func (l *Line) GroupName(_ context.Context, group types.JID) (string, error) {
	l.network.mu.Lock()
	defer l.network.mu.Unlock()
	l.network.GroupsAsked = append(l.network.GroupsAsked, group)
	name, ok := l.network.Groups[group]
	if !ok {
		return "", errors.New("phonetest: there is no such group")
	}
	return name, nil
}

// ShowTyping records it.
func (l *Line) ShowTyping(_ context.Context, chat types.JID) error {
	l.network.Set(func(n *Network) { n.Typed = append(n.Typed, chat) })
	return nil
}

// Upload keeps the file; it is not encrypted here.
func (l *Line) Upload(_ context.Context, file io.Reader, _ whatsmeow.MediaType) (whatsmeow.UploadResponse, error) {
	body, err := io.ReadAll(file)
	l.network.Set(func(n *Network) { n.Files["/up"] = body })
	return whatsmeow.UploadResponse{URL: "https://mmg.whatsapp.net/up", DirectPath: "/up", MediaKey: []byte("key"), FileSHA256: []byte("sum"), FileEncSHA256: []byte("enc"), FileLength: uint64(len(body))}, err
}

// Download writes the file of that path.
func (l *Line) Download(_ context.Context, ref whatsappweb.FileRef, into *os.File) error {
	l.network.mu.Lock()
	body, ok := l.network.Files[ref.Path]
	l.network.mu.Unlock()
	if !ok {
		return whatsmeow.ErrMediaDownloadFailedWith404
	}
	_, err := into.Write(body)
	return err
}

// Outbox is a copy of what was sent.
func (n *Network) Outbox() []Sending {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.Sent)
}

// Said is a message event of a person to the linked phone.
func Said(from types.JID, id string, m *waE2E.Message) *events.Message {
	return &events.Message{Info: types.MessageInfo{MessageSource: types.MessageSource{Chat: from, Sender: from}, ID: id, PushName: "Amara", Timestamp: time.Now()}, Message: m, RawMessage: m}
}

// Told is a receipt for messages of ours.
func Told(from types.JID, kind types.ReceiptType, ids ...string) *events.Receipt {
	return &events.Receipt{MessageSource: types.MessageSource{Chat: from, Sender: from}, MessageIDs: ids, Timestamp: time.Now(), Type: kind}
}

// Past is one message of a history; a nil key and a time of 0 are as they come.
func Past(id string, mine bool, at time.Time, m *waE2E.Message) *waWeb.WebMessageInfo {
	return &waWeb.WebMessageInfo{Key: &waCommon.MessageKey{ID: &id, FromMe: &mine}, MessageTimestamp: proto.Uint64(uint64(at.Unix())), Message: m}
}

// History is a history event of conversations with people, whose messages come newest first.
func History(talks map[types.JID][]*waWeb.WebMessageInfo) *events.HistorySync {
	data := &waHistorySync.HistorySync{SyncType: waHistorySync.HistorySync_RECENT.Enum()}
	for _, who := range slices.SortedFunc(maps.Keys(talks), func(a, b types.JID) int { return strings.Compare(a.String(), b.String()) }) {
		talk := &waHistorySync.Conversation{ID: proto.String(who.String()), Name: proto.String("In the phone's book")}
		for _, m := range talks[who] {
			talk.Messages = append(talk.Messages, &waHistorySync.HistorySyncMsg{Message: m})
		}
		data.Conversations = append(data.Conversations, talk)
	}
	return &events.HistorySync{Data: data}
}
