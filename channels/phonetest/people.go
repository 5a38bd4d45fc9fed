package phonetest

import (
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"
)

// People who write, and the group that they share.
var (
	Amara    = types.NewJID("6281234567890", types.DefaultUserServer)
	AmaraLID = types.NewJID("777001", types.HiddenUserServer)
	Budi     = types.NewJID("33700000001", types.DefaultUserServer)
	Family   = types.NewJID("120363001", types.GroupServer)
)

// Text is a message of text alone.
func Text(body string) *waE2E.Message { return &waE2E.Message{Conversation: proto.String(body)} }

// InGroup is what somebody of the name says in a group.
func InGroup(group, who types.JID, name, id string, m *waE2E.Message) *events.Message {
	e := Said(who, id, m)
	e.Info.Chat, e.Info.IsGroup, e.Info.PushName = group, true, name
	return e
}
