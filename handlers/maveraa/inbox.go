package maveraa

import (
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/utils"

	"mauve/models"
	"mauve/models/problem"
	"mauve/models/search"
	"mauve/models/wire"
	"mauve/web"
)

// listConversations answers the latest hundred where no page is asked for.
func listConversations(r *web.Request) error {
	p, err := paging(r.Ctx, 100)
	if err != nil {
		return err
	}
	l, err := search.Chats(r.Scope, utils.CopyString(r.Query("sessionId")), p)
	if err != nil {
		return err
	}
	out := conversations{Conversations: make([]conversation, len(l.Items))}
	for i, row := range l.Items {
		out.Conversations[i] = conversationOut(row)
	}
	return r.JSON(out)
}

// outgoing is what /inbox/send takes.
type outgoing struct {
	SessionID    word   `json:"sessionId"`
	TargetNumber word   `json:"targetNumber"`
	Message      string `json:"message"`
	MediaURL     string `json:"mediaUrl"`
	MediaType    string `json:"mediaType"`
	FileName     string `json:"fileName"`

	files []string // ids of attachments
}

func readOutgoing(c *fiber.Ctx) (in outgoing, err error) {
	if !isForm(c) {
		return in, read(c, &in)
	}
	fields := c.Request().PostArgs()
	field := func(name string) string { return string(fields.Peek(name)) }
	in = outgoing{word(field("sessionId")), word(field("targetNumber")), field("message"), field("mediaUrl"), field("mediaType"), field("fileName"), nil}
	for _, id := range fields.PeekMulti("attachment") {
		in.files = append(in.files, string(id))
	}
	return in, nil
}

func send(r *web.Request) error {
	in, err := readOutgoing(r.Ctx)
	if err != nil {
		return err
	}
	for _, need := range [][2]string{{"sessionId", string(in.SessionID)}, {"targetNumber", string(in.TargetNumber)}} {
		if strings.TrimSpace(need[1]) == "" {
			return problem.InvalidField(need[0], "is missing")
		}
	}
	if strings.TrimSpace(in.Message) == "" && in.MediaURL == "" && len(in.files) == 0 {
		return problem.InvalidField("message", "is missing")
	}
	to := models.ToNumber{SessionID: string(in.SessionID), Draft: in.draft()}
	if to.Number, to.Address, err = address(string(in.TargetNumber)); err != nil {
		return err
	}
	m, err := r.Scope.SendToNumber(to)
	if err != nil {
		return err
	}
	return r.JSON(sent{Success: true, MessageID: string(m.ID), Status: string(m.Status)})
}

// address reads digits, or an address as the conversations list gives it out:
// that of a number, of somebody who hides theirs, or of a group.
func address(text string) (number, other string, err error) {
	user, server, named := strings.Cut(strings.TrimSpace(text), "@")
	switch server = strings.ToLower(server); {
	case !named:
		return user, "", nil
	case user != "" && (server == "s.whatsapp.net" || server == "c.us"):
		return "+" + strings.TrimPrefix(user, "+"), "", nil // a number at WhatsApp has its country code, whatever else its digits are
	case user != "" && (server == "lid" || server == "g.us"):
		return "", user + "@" + server, nil
	}
	return "", "", problem.InvalidField("targetNumber", "is a number with its country code, or an address of the list: …@s.whatsapp.net, …@lid, …@g.us")
}

func (in outgoing) draft() models.Draft {
	d := models.Draft{}
	if strings.TrimSpace(in.Message) != "" {
		d.Body = in.Message
	}
	for _, text := range in.files {
		if id, ok := models.ParseID(models.PrefixAttachment, text); ok {
			d.Attachments = append(d.Attachments, id)
		}
	}
	if in.MediaURL == "" {
		return d
	}
	d.Content.Media = &wire.Media{URL: in.MediaURL, FileName: in.FileName}
	switch kind, _, _ := strings.Cut(strings.ToLower(in.MediaType), "/"); kind {
	case "":
	case "image", "video", "audio", "sticker", "document":
		d.MediaType = models.MessageType(kind)
	default:
		d.MediaType = models.TypeDocument // a type like application/pdf
	}
	return d
}
