package whatsappweb_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"
	"gotest.tools/v3/assert"

	"mauve/channels"
	"mauve/channels/channeltest"
	"mauve/channels/phonetest"
	"mauve/channels/whatsappweb"
	"mauve/cmd/server"
	"mauve/cmd/server/servertest"
	"mauve/models"
	"mauve/models/modelstest"
	"mauve/web/fetch"
)

// phone drives the stand-in for WhatsApp's network as the suite asks.
type phone struct{ *phonetest.Network }

// fails lets sending come to the error. What does not reach WhatsApp is not in its outbox.
func (p phone) fails(with error, reaches, once bool) string {
	p.Set(func(n *phonetest.Network) {
		n.Fails = func(phonetest.Sending) error {
			if !reaches {
				n.Sent = n.Sent[:len(n.Sent)-1]
			}
			if once {
				n.Fails = nil
			}
			return with
		}
	})
	return p.Person()
}

func (phone) Config() (first, other map[string]any) {
	return map[string]any{"throughput": 1000}, map[string]any{"throughput": 7, "history": true, "groups": true}
}

func (phone) Person() string { return "+" + phonetest.Amara.User }

// Connect scans the code.
func (p phone) Connect(d *channeltest.Desk) {
	d.Eventually("a line waits for a phone", func() bool { return p.Waiting() != nil })
	d.Eventually("a code is shown", func() bool { return strings.Contains(d.Page(d.At()), `class="qr"`) })
	p.Waiting().Link(phonetest.Device)
	p.line(d)
}

// line is the phone's line as soon as it stands and the channel is connected.
func (p phone) line(d *channeltest.Desk) (line *phonetest.Line) {
	d.Eventually("the phone's line stands", func() bool {
		line = p.Standing(phonetest.Device)
		return line != nil && d.API("GET", "/channels/"+d.Channel, nil).At("status") == models.Connected
	})
	return line
}

func (p phone) play(d *channeltest.Desk, event any) {
	if !p.line(d).Play(event) {
		d.T.Error("an event is not taken")
	}
}

func (p phone) Write(d *channeltest.Desk, id, text string) {
	p.play(d, phonetest.Said(phonetest.Amara, id, phonetest.Text(text)))
}

func (p phone) Got(*channeltest.Desk) (all []channeltest.Got) {
	for _, s := range p.Outbox() {
		if s.Message.GetEditedMessage() == nil && s.Message.GetProtocolMessage() == nil {
			all = append(all, channeltest.Got{ID: s.ID, Text: s.Message.GetConversation() + s.Message.GetExtendedTextMessage().GetText()})
		}
	}
	return all
}

func (p phone) Changed(*channeltest.Desk) (all []channeltest.Got) {
	for _, s := range p.Outbox() {
		if edit := s.Message.GetEditedMessage().GetMessage().GetProtocolMessage(); edit != nil {
			all = append(all, channeltest.Got{ID: edit.GetKey().GetID(), Text: edit.GetEditedMessage().GetConversation()})
		}
		if gone := s.Message.GetProtocolMessage(); gone.GetType() == waE2E.ProtocolMessage_REVOKE && gone != nil {
			all = append(all, channeltest.Got{ID: gone.GetKey().GetID()})
		}
	}
	return all
}

func (p phone) Deliver(d *channeltest.Desk, of channeltest.Got) {
	p.play(d, phonetest.Told(phonetest.Amara, types.ReceiptTypeDelivered, of.ID))
}

func (p phone) Refuse() string { return p.fails(whatsmeow.ErrServerReturnedError, false, false) }
func (p phone) HangUp() string { return p.fails(whatsmeow.ErrMessageTimedOut, true, true) }
func (p phone) Leave() string  { return p.fails(whatsmeow.ErrNotConnected, false, false) }
func (p phone) Return()        { p.Set(func(n *phonetest.Network) { n.Fails = nil }) }

// Revoke logs this device out on the phone.
func (p phone) Revoke(d *channeltest.Desk) string {
	p.play(d, &events.LoggedOut{})
	return p.Person()
}

func (p phone) Mend(d *channeltest.Desk) {
	d.Form(d.At() + "/link")
	p.Connect(d)
}

func (p phone) File(*channeltest.Desk, channeltest.Got) (content []byte) {
	p.Set(func(n *phonetest.Network) { content = n.Files["/up"] })
	return content
}

func (p phone) Give(d *channeltest.Desk, id string) []byte {
	sum := sha256.Sum256(channeltest.Picture)
	p.Set(func(n *phonetest.Network) { n.Files["/photo"] = channeltest.Picture })
	p.play(d, phonetest.Said(phonetest.Amara, id, &waE2E.Message{ImageMessage: &waE2E.ImageMessage{DirectPath: proto.String("/photo"), MediaKey: []byte("k"),
		FileSHA256: sum[:], FileLength: proto.Uint64(uint64(len(channeltest.Picture))), Mimetype: proto.String("image/png")}}))
	return channeltest.Picture
}

func (p phone) Heard() (n int) {
	p.Set(func(net *phonetest.Network) { n = len(net.Read) })
	return n
}

// direct holds the session of a phone that is linked, without a program.
func direct(t *testing.T) channeltest.Direct {
	net := phonetest.New(t)
	adapter := whatsappweb.New(net.Dial, fetch.New(fetch.Options{}))
	account := &models.Account{Channel: models.Channel{ID: models.NewID(time.Now()), Kind: models.ChannelWhatsAppWeb}}
	connected, noted := make(chan struct{}), sync.Once{}
	ctx, stop := context.WithCancel(context.Background())
	var held sync.WaitGroup
	held.Go(func() {
		adapter.Hold(ctx, channels.Session{Account: account, Link: &models.ChannelLink{ChannelID: account.ID, State: models.LinkPairing, Wish: "pair"},
			Keep:     func(context.Context, []byte) error { return nil },
			KeepPast: func(_ context.Context, _ [][]byte, from time.Time) (time.Time, error) { return from, nil },
			Note: func(_ context.Context, n models.LinkNews) error {
				if n.State == models.LinkConnected {
					noted.Do(func() { close(connected) })
				}
				return nil
			}})
	})
	t.Cleanup(func() { stop(); held.Wait() })
	modelstest.Eventually(t, "a line waits for a phone", func() bool { return net.Waiting() != nil })
	net.Waiting().Link(phonetest.Device)
	<-connected
	return channeltest.Direct{Adapter: adapter, Account: account, Recipient: models.Recipient{WhatsApp: phonetest.Amara.User},
		Taken: func() int { return len(net.Outbox()) }}
}

func TestAPhoneIsAChannel(t *testing.T) {
	t.Parallel()
	text, err := proto.Marshal(phonetest.Text("hello"))
	assert.NilError(t, err)
	channeltest.Run(t, channeltest.Kind{
		Kind: models.ChannelWhatsAppWeb,
		Start: func(t *testing.T, w *modelstest.World) (string, channeltest.Vendor) {
			p := phone{phonetest.New(t)}
			return servertest.Run(t, server.Config{Addr: "127.0.0.1:0", Store: w.Store, Dial: p.Dial, AllowPrivate: true, MaxMedia: 1 << 20}).URL(), p
		},
		Direct: direct,
		Bodies: []string{
			`{"kind":"message","id":"A","phone":"6281234567890","lid":"777001@lid","name":"Amara","at":1790000000,"message":"` + base64.StdEncoding.EncodeToString(text) + `"}`,
			`{"kind":"receipt","ids":["B"],"phone":"6281234567890","at":1790000000,"receipt":"read"}`,
		},
	})
}
