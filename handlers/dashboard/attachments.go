package dashboard

import (
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"mauve/models"
	"mauve/templates"
	"mauve/web"
)

// showAttachment sends a file to a member who is signed in.
func showAttachment(c *call) error {
	id, ok := models.ParseID(models.PrefixAttachment, c.Params("id"))
	if !ok {
		id = "none"
	}
	a, err := c.scope.Attachment(id)
	if err != nil {
		return err
	}
	return c.server.SendFile(c.Ctx, a)
}

// fileOf is the attachment as a thread shows it. Its address needs the session and does not expire.
func fileOf(a *models.Attachment) templates.Attachment {
	return templates.Attachment{Name: a.FileName, URL: "/attachments/" + a.ID.With(models.PrefixAttachment), Size: size(a.Size),
		Kind: kindOfFile(a.ContentType), Width: a.Width, Height: a.Height}
}

// kindOfFile is how a file is shown in place; empty where it is not, or not by every browser.
func kindOfFile(contentType string) string {
	kind, _, _ := strings.Cut(contentType, "/")
	if kind == "image" && !slices.Contains(pictures, contentType) || !web.Shows(contentType) {
		return ""
	}
	if contentType == "application/ogg" {
		return "audio"
	}
	return kind
}

// pictures are the types that every browser shows and that run no script.
var pictures = []string{"image/png", "image/jpeg", "image/gif", "image/webp"}

// upload keeps the composer's file; the message that carries it names its id in a field "attachment".
func upload(c *call) error {
	a, err := web.KeepUpload(c.Ctx)
	if err != nil {
		return err
	}
	return c.Status(fiber.StatusCreated).JSON(fiber.Map{"id": a.ID.With(models.PrefixAttachment), "fileName": a.FileName, "size": a.Size})
}

// attachments are the ids of the files that the composer's message carries.
func (c *call) attachments() []models.ID {
	var ids []models.ID
	for _, text := range c.texts("attachment") {
		id, ok := models.ParseID(models.PrefixAttachment, text)
		if !ok {
			id = "none"
		}
		ids = append(ids, id)
	}
	return ids
}

// attached are the files of a message that was refused, to be sent with the next try.
func (c *call) attached() (all []templates.Attached, err error) {
	files, err := c.scope.LooseAttachments(c.attachments())
	for _, a := range files {
		all = append(all, templates.Attached{ID: a.ID.With(models.PrefixAttachment), Name: a.FileName, Size: size(a.Size)})
	}
	return all, err
}
