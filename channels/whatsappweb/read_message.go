package whatsappweb

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"mauve/models"
	"mauve/models/reason"
	"mauve/models/wire"
)

// fill reads what a message says. It returns why nothing is kept of it, if so.
func fill(in *models.Incoming, m *waE2E.Message) (ignored reason.Reason) {
	if p := m.GetProtocolMessage(); p != nil {
		return fillChange(in, p)
	}
	switch {
	case m.GetPollUpdateMessage() != nil, m.GetPinInChatMessage() != nil, m.GetKeepInChatMessage() != nil, m.GetEncReactionMessage() != nil,
		m.GetAlbumMessage() != nil, m.GetMessageHistoryBundle() != nil:
		return votesNotKept.With()
	}
	if content(in, m) {
		return reason.Reason{}
	}
	only := proto.CloneOf(m)
	only.SenderKeyDistributionMessage, only.MessageContextInfo = nil, nil
	if proto.Size(only) == 0 {
		return nothingForPeople.With()
	}
	in.Type, in.Content.Raw = models.TypeUnsupported, plain(only)
	return reason.Reason{}
}

// fillChange reads an edit or a deletion; the rest is what devices say among themselves.
func fillChange(in *models.Incoming, p *waE2E.ProtocolMessage) reason.Reason {
	switch id := p.GetKey().GetID(); {
	case id == "":
	case p.GetType() == waE2E.ProtocolMessage_REVOKE:
		in.Type, in.Deletes = models.TypeSystem, cut(id)
		return reason.Reason{}
	case p.GetType() == waE2E.ProtocolMessage_MESSAGE_EDIT && p.GetEditedMessage() != nil && p.GetEditedMessage().GetProtocolMessage() == nil:
		in.Edits = cut(id)
		return fill(in, p.GetEditedMessage())
	}
	return amongDevices.With(strings.ToLower(p.GetType().String()))
}

// plain is what came, for people who look at it; nothing if it is large.
func plain(m proto.Message) (v any) {
	if proto.Size(m) > 8<<10 {
		return nil
	}
	raw, err := protojson.Marshal(m)
	if err != nil || len(raw) > 16<<10 || json.Unmarshal(raw, &v) != nil {
		return nil
	}
	return v
}

// content reads the first kind of content that the message has; false where none is known.
func content(in *models.Incoming, m *waE2E.Message) bool {
	switch {
	case m.Conversation != nil:
		in.Type, in.Body = models.TypeText, m.GetConversation()
	case m.ExtendedTextMessage != nil:
		in.Type, in.Body = models.TypeText, m.ExtendedTextMessage.GetText()
		answering(in, m.ExtendedTextMessage.GetContextInfo())
	case m.ReactionMessage != nil:
		r := m.ReactionMessage
		in.Type, in.Body = models.TypeReaction, r.GetText()
		in.Content.Reaction = &wire.Reaction{ExternalID: cut(r.GetKey().GetID()), Emoji: r.GetText()}
	case m.LocationMessage != nil:
		l := m.LocationMessage
		place(in, wire.Location{Latitude: l.GetDegreesLatitude(), Longitude: l.GetDegreesLongitude(), Name: l.GetName(), Address: l.GetAddress(), URL: l.GetURL()}, l.GetContextInfo())
	case m.LiveLocationMessage != nil:
		l := m.LiveLocationMessage
		place(in, wire.Location{Latitude: l.GetDegreesLatitude(), Longitude: l.GetDegreesLongitude(), Name: l.GetCaption()}, l.GetContextInfo())
	case m.ContactMessage != nil:
		people(in, m.ContactMessage.GetContextInfo(), m.ContactMessage)
	case m.ContactsArrayMessage != nil:
		people(in, m.ContactsArrayMessage.GetContextInfo(), m.ContactsArrayMessage.GetContacts()...)
	default:
		return file(in, m) || choice(in, m)
	}
	return in.Type != models.TypeText || in.Body != ""
}

// answering reads what a message answers, and whether it was passed on.
func answering(in *models.Incoming, c *waE2E.ContextInfo) {
	in.Content.QuotedID = cut(c.GetStanzaID())
	in.Content.Forwarded = c.GetIsForwarded() || c.GetForwardingScore() > 0
	in.Content.Often = c.GetForwardingScore() >= 5 // where WhatsApp says "forwarded many times"
}

func place(in *models.Incoming, l wire.Location, c *waE2E.ContextInfo) {
	answering(in, c)
	in.Type, in.Content.Location = models.TypeLocation, &l
	if in.Body = strings.TrimSpace(l.Name + "\n" + l.Address); in.Body == "" {
		in.Body = fmt.Sprintf("%.5f, %.5f", l.Latitude, l.Longitude)
	}
}

func people(in *models.Incoming, c *waE2E.ContextInfo, cards ...*waE2E.ContactMessage) {
	answering(in, c)
	var names []string
	for _, card := range cards {
		person := parseCard(card.GetVcard())
		if person.Name == "" {
			person.Name = card.GetDisplayName()
		}
		names = append(names, person.Name)
		in.Content.Contacts = append(in.Content.Contacts, person)
	}
	in.Type, in.Body = models.TypeContacts, strings.Join(names, ", ")
}

// download is what all messages with a file have.
type download interface {
	GetMimetype() string
	GetFileSHA256() []byte
	GetFileEncSHA256() []byte
	GetFileLength() uint64
	GetMediaKey() []byte
	GetDirectPath() string
	GetContextInfo() *waE2E.ContextInfo
}

func file(in *models.Incoming, m *waE2E.Message) bool {
	switch {
	case m.ImageMessage != nil:
		attach(in, models.TypeImage, m.ImageMessage, whatsmeow.MediaImage)
		in.Body = m.ImageMessage.GetCaption()
	case m.VideoMessage != nil:
		attach(in, models.TypeVideo, m.VideoMessage, whatsmeow.MediaVideo)
		in.Body = m.VideoMessage.GetCaption()
	case m.PtvMessage != nil:
		attach(in, models.TypeVideo, m.PtvMessage, whatsmeow.MediaVideo)
	case m.AudioMessage != nil:
		t := models.TypeAudio
		if m.AudioMessage.GetPTT() {
			t = models.TypeVoice
		}
		attach(in, t, m.AudioMessage, whatsmeow.MediaAudio)
	case m.DocumentMessage != nil:
		attach(in, models.TypeDocument, m.DocumentMessage, whatsmeow.MediaDocument)
		in.Body, in.Content.Media.FileName = m.DocumentMessage.GetCaption(), m.DocumentMessage.GetFileName()
	case m.StickerMessage != nil:
		attach(in, models.TypeSticker, m.StickerMessage, whatsmeow.MediaImage)
		in.Content.Media.Animated = m.StickerMessage.GetIsAnimated()
	default:
		return false
	}
	return true
}

// attach reads a file that is to be fetched. Its id is the sum of its bytes: WhatsApp has no other.
func attach(in *models.Incoming, t models.MessageType, d download, kind whatsmeow.MediaType) {
	answering(in, d.GetContextInfo())
	sum := base64.StdEncoding.EncodeToString(d.GetFileSHA256())
	size := int64(min(d.GetFileLength(), 1<<40))
	in.Type = t
	in.Content.Media = &wire.Media{ID: sum, MIMEType: d.GetMimetype(), SHA256: sum, Size: size}
	ref := FileRef{Kind: kind, Path: d.GetDirectPath(), Key: d.GetMediaKey(), Sum: d.GetFileSHA256(), EncryptedSum: d.GetFileEncSHA256()}
	in.Media = &models.MediaRef{ID: sum, MIMEType: d.GetMimetype(), SHA256: sum, Size: size, Ref: ref.text()}
}

// choice reads what somebody picked from buttons or a list.
func choice(in *models.Incoming, m *waE2E.Message) bool {
	var picked wire.Choice
	switch {
	case m.ButtonsResponseMessage != nil:
		b := m.ButtonsResponseMessage
		answering(in, b.GetContextInfo())
		picked = wire.Choice{Kind: "button", ID: b.GetSelectedButtonID(), Title: b.GetSelectedDisplayText()}
	case m.TemplateButtonReplyMessage != nil:
		b := m.TemplateButtonReplyMessage
		answering(in, b.GetContextInfo())
		picked = wire.Choice{Kind: "quick_reply", ID: b.GetSelectedID(), Title: b.GetSelectedDisplayText()}
	case m.ListResponseMessage != nil:
		l := m.ListResponseMessage
		answering(in, l.GetContextInfo())
		picked = wire.Choice{Kind: "list", ID: l.GetSingleSelectReply().GetSelectedRowID(), Title: l.GetTitle(), Description: l.GetDescription()}
	case m.InteractiveResponseMessage.GetNativeFlowResponseMessage() != nil:
		f := m.InteractiveResponseMessage
		answering(in, f.GetContextInfo())
		picked = wire.Choice{Kind: "flow", ID: f.GetNativeFlowResponseMessage().GetName(), Title: f.GetBody().GetText()}
		if data := f.GetNativeFlowResponseMessage().GetParamsJSON(); json.Valid([]byte(data)) && len(data) <= 64<<10 {
			picked.Data = json.RawMessage(data)
		}
	default:
		return false
	}
	in.Type, in.Body, in.Content.Choice = models.TypeChoice, picked.Title, &picked
	return true
}
