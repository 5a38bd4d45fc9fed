package whatsappweb

import (
	"context"
	"testing"
	"time"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"
)

// For the tests of this folder.
var (
	ParseCard = parseCard
	WriteCard = writeCard
)

// Devices opens the keys as the library sees them.
func (k *Keys) Devices(t *testing.T) *sealedDevices {
	t.Helper()
	kept, err := k.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

// nobody is a device that knows its own name alone.
type nobody struct {
	Device
	own types.JID
}

func (n nobody) Own() (types.JID, types.JID)                    { return n.own, types.NewJID("0", types.HiddenUserServer) }
func (nobody) Other(context.Context, types.JID) (who types.JID) { return who }

// PackMessage packs a text from the source.
func PackMessage(t *testing.T, own types.JID, source types.MessageSource, at time.Time) []byte {
	t.Helper()
	body, err := pack(t.Context(), nobody{own: own}, nil, &events.Message{Info: types.MessageInfo{MessageSource: source, ID: "A", Timestamp: at}, Message: &waE2E.Message{Conversation: proto.String("hi")}})
	if err != nil {
		t.Fatal(err)
	}
	return body
}
