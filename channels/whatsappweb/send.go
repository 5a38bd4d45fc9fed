package whatsappweb

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waCommon"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"

	"mauve/channels"
	"mauve/models"
	"mauve/models/reason"
)

// nameOf is the id by which WhatsApp knows a message of ours: derived, so that a
// message that goes out once more is the same one to the phone that gets it.
// Browsers' ids look so.
func nameOf(m *models.Message) string { return nameFor(string(m.ID)) }

func nameFor(what string) string {
	sum := sha256.Sum256([]byte(what))
	return whatsmeow.WebMessageIDPrefix + strings.ToUpper(hex.EncodeToString(sum[:9]))
}

// Send tries once to send a message.
func (a *Adapter) Send(ctx context.Context, d *models.Dispatch, leaving func() error) models.Tried {
	line, err := a.line(d.Account.ID)
	if err != nil {
		return offline
	}
	to, err := addressOf(ctx, line, d.Recipient)
	if err != nil {
		return unaddressed(d, err)
	}
	file, tried := a.load(ctx, line, d)
	if tried.Verdict != models.Accepted {
		return tried
	}
	body, err := outgoing(d, line, to, file)
	if err != nil {
		return models.Tried{Verdict: models.Refused, Code: "not_sendable", Detail: reason.Of(err)}
	}
	d.Name = nameOf(d.Message)
	if err = leaving(); err != nil {
		return models.Tried{Verdict: models.RetryMessage, Code: "not_sent", Detail: channels.NotSent.With()}
	}
	if err = line.Send(ctx, to, d.Name, body); err != nil {
		slog.Warn("a message was not taken by WhatsApp", "message", d.Message.ID, "error", err)
		return unsent(err)
	}
	t := models.Tried{Verdict: models.Accepted, ExternalID: d.Name}
	if to.Server == types.DefaultUserServer {
		t.WhatsApp = to.User
	}
	return t
}

// offline is the outcome of a try for which there is no line.
var offline = models.Tried{Verdict: models.RetryChannel, Code: "not_connected", Detail: sessionNotConnectedRetried.With()}

// addressOf is how WhatsApp names the person: by the number if there is one, else by the LID.
func addressOf(ctx context.Context, line Device, r models.Recipient) (types.JID, error) {
	if r.Group != "" {
		return types.ParseJID(r.Group)
	}
	number := r.WhatsApp
	if number == "" {
		number = strings.TrimPrefix(r.Phone, "+")
	}
	if number != "" {
		return line.Find(ctx, number)
	}
	if user, ok := strings.CutSuffix(r.LID, "@"+types.HiddenUserServer); ok && user != "" {
		return types.NewJID(user, types.HiddenUserServer), nil
	}
	return types.EmptyJID, &reason.Error{Why: channels.NoNumber.With()}
}

func unaddressed(d *models.Dispatch, err error) models.Tried {
	switch {
	case errors.Is(err, ErrAbsent):
		return models.Tried{Verdict: models.Refused, Code: "not_on_whatsapp", Detail: notOnWhatsapp.With()}
	case errors.As(err, new(*reason.Error)):
		return models.Tried{Verdict: models.Refused, Code: "not_sendable", Detail: reason.Of(err)}
	}
	slog.Warn("a number could not be looked up", "message", d.Message.ID, "error", err)
	return models.Tried{Verdict: models.RetryMessage, Code: "not_looked_up", Detail: numberNotLookedUp.With()}
}

// unsent says what a failed sending came to. Only errors that are known to come
// before the message leaves are tried again; of the others the receipts will tell.
func unsent(err error) models.Tried {
	var question *whatsmeow.IQError
	switch {
	case errors.Is(err, whatsmeow.ErrServerReturnedError):
		return models.Tried{Verdict: models.Refused, Code: "refused", Detail: whatsappRefused.With(err)}
	case errors.Is(err, whatsmeow.ErrNotConnected), errors.Is(err, whatsmeow.ErrNotLoggedIn):
		return offline
	case errors.As(err, &question), errors.Is(err, whatsmeow.ErrIQTimedOut), errors.Is(err, whatsmeow.ErrNoSession):
		return models.Tried{Verdict: models.RetryMessage, Code: "not_prepared", Detail: deviceKeysMissing.With()}
	}
	return models.Tried{Verdict: models.Unknown, Code: "no_answer", Detail: whatsappSilent.With()}
}

// outgoing spells a message as WhatsApp takes it.
func outgoing(d *models.Dispatch, line Device, to types.JID, file *carried) (*waE2E.Message, error) {
	m, c := d.Message, d.Message.Content
	if c == nil {
		c = &models.Content{}
	}
	answer := quoting(d, line, to)
	if file != nil {
		return file.spell(m, answer), nil
	}
	switch m.Type {
	case models.TypeText:
		if answer == nil {
			return &waE2E.Message{Conversation: proto.String(m.Body)}, nil
		}
		return &waE2E.Message{ExtendedTextMessage: &waE2E.ExtendedTextMessage{Text: proto.String(m.Body), ContextInfo: answer}}, nil
	case models.TypeLocation:
		l := c.Location
		return &waE2E.Message{LocationMessage: &waE2E.LocationMessage{DegreesLatitude: &l.Latitude, DegreesLongitude: &l.Longitude,
			Name: proto.String(l.Name), Address: proto.String(l.Address), ContextInfo: answer}}, nil
	case models.TypeContacts:
		return cards(c, answer), nil
	case models.TypeReaction:
		return &waE2E.Message{ReactionMessage: &waE2E.ReactionMessage{Key: keyOf(d, line, to, c.Reaction.ExternalID), Text: proto.String(c.Reaction.Emoji),
			SenderTimestampMS: proto.Int64(m.CreatedAt.UnixMilli())}}, nil
	}
	return nil, &reason.Error{Why: typeNotOnPhone.With(m.Type)}
}

// keyOf names a message of the conversation; whose it is decides how WhatsApp finds it.
func keyOf(d *models.Dispatch, line Device, to types.JID, id string) *waCommon.MessageKey {
	mine := d.About != nil && !d.About.IsInbound()
	k := &waCommon.MessageKey{RemoteJID: proto.String(to.String()), FromMe: &mine, ID: proto.String(id)}
	if !mine && to.Server == types.GroupServer {
		k.Participant = writerOf(d, line, to)
	}
	return k
}

// writerOf is who wrote the message that d is about; nil if it is not known who of a group did.
func writerOf(d *models.Dispatch, line Device, to types.JID) *string {
	switch {
	case d.About != nil && !d.About.IsInbound():
		own, _ := line.Own()
		return proto.String(own.ToNonAD().String())
	case d.About != nil && d.About.Participant() != nil:
		return proto.String(d.About.Participant().ExternalID)
	case to.Server == types.GroupServer:
		return nil
	}
	return proto.String(to.String())
}

// quoting is the head of an answer, nil for a message that answers nothing.
func quoting(d *models.Dispatch, line Device, to types.JID) *waE2E.ContextInfo {
	if d.Message.Content == nil || d.Message.Content.QuotedID == "" {
		return nil
	}
	c := &waE2E.ContextInfo{StanzaID: proto.String(d.Message.Content.QuotedID), Participant: writerOf(d, line, to), QuotedMessage: &waE2E.Message{Conversation: proto.String("")}}
	if d.About != nil {
		c.QuotedMessage.Conversation = proto.String(d.About.Body)
	}
	return c
}

func cards(c *models.Content, answer *waE2E.ContextInfo) *waE2E.Message {
	all := make([]*waE2E.ContactMessage, len(c.Contacts))
	for i, v := range c.Contacts {
		all[i] = &waE2E.ContactMessage{DisplayName: proto.String(v.Name), Vcard: proto.String(writeCard(v))}
	}
	if len(all) == 1 {
		all[0].ContextInfo = answer
		return &waE2E.Message{ContactMessage: all[0]}
	}
	return &waE2E.Message{ContactsArrayMessage: &waE2E.ContactsArrayMessage{DisplayName: proto.String(fmt.Sprintf("%d contacts", len(all))), Contacts: all, ContextInfo: answer}}
}

// MarkRead tells the contact that what they wrote was read, and that somebody types.
func (a *Adapter) MarkRead(ctx context.Context, r *models.Receipt) error {
	line, err := a.line(r.Account.ID)
	if err != nil {
		return err
	}
	chat, err := addressOf(ctx, line, r.Recipient)
	if err != nil {
		return err
	}
	// WhatsApp moves its chats from numbers to LIDs, and names both in what comes in.
	if lid := line.Other(ctx, chat); lid.Server == types.HiddenUserServer {
		chat = lid
	}
	for writer, ids := range writers(chat, r) {
		err = errors.Join(err, line.MarkRead(ctx, chat, writer, ids))
	}
	if r.Typing {
		err = errors.Join(err, line.ShowTyping(ctx, chat))
	}
	return err
}

// writers tells apart who wrote what was read: WhatsApp wants a receipt for each. In a chat of two it is the chat.
func writers(chat types.JID, r *models.Receipt) map[types.JID][]string {
	if r.Recipient.Group == "" {
		return map[types.JID][]string{chat: r.ExternalIDs}
	}
	read := map[types.JID][]string{}
	for i, id := range r.ExternalIDs {
		if by, err := types.ParseJID(r.Writers[i]); err == nil && isPerson(by) {
			read[by] = append(read[by], id)
		}
	}
	return read
}

const sendWithin = 20 * time.Second
