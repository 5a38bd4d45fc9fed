package whatsappweb

import (
	"context"
	"log/slog"
	"strconv"

	"go.mau.fi/whatsmeow/proto/waCommon"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"

	"mauve/models"
	"mauve/models/reason"
)

// Amend tries once to edit a text of ours, or to delete a message for everyone.
// It goes under an id derived from what it changes, so that the phone which gets it twice sees one.
func (a *Adapter) Amend(ctx context.Context, d *models.Dispatch) models.Tried {
	line, err := a.line(d.Account.ID)
	if err != nil {
		return offline
	}
	to, err := addressOf(ctx, line, d.Recipient)
	if err != nil {
		return unaddressed(d, err)
	}
	body, err := amendment(d.Message, to)
	if err != nil {
		return models.Tried{Verdict: models.Refused, Code: "not_sendable", Detail: reason.Of(err)}
	}
	what := d.Message.Amendment
	if err := line.Send(ctx, to, nameFor(string(d.Message.ID)+string(what.Kind)+strconv.FormatInt(what.At.UnixMilli(), 10)), body); err != nil {
		slog.Warn("a change of a message was not taken by WhatsApp", "message", d.Message.ID, "error", err)
		return unsent(err)
	}
	return models.Tried{Verdict: models.Accepted}
}

// amendment spells a change as WhatsApp takes it.
func amendment(m *models.Message, to types.JID) (*waE2E.Message, error) {
	if m.ExternalID == nil {
		return nil, &reason.Error{Why: messageNotKnown.With()}
	}
	change := &waE2E.ProtocolMessage{Key: &waCommon.MessageKey{RemoteJID: proto.String(to.String()), FromMe: proto.Bool(true), ID: m.ExternalID}}
	if m.Amendment.Kind == models.AmendDelete {
		change.Type = waE2E.ProtocolMessage_REVOKE.Enum()
		return &waE2E.Message{ProtocolMessage: change}, nil
	}
	change.Type, change.TimestampMS = waE2E.ProtocolMessage_MESSAGE_EDIT.Enum(), proto.Int64(m.Amendment.At.UnixMilli())
	change.EditedMessage = &waE2E.Message{Conversation: proto.String(m.Amendment.Body)}
	return &waE2E.Message{EditedMessage: &waE2E.FutureProofMessage{Message: &waE2E.Message{ProtocolMessage: change}}}, nil
}
