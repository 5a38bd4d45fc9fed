package dashboard

import (
	"slices"

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
	return c.house.SendFile(c.Ctx, a)
}

// fileOf is the attachment as a thread shows it. Its address needs the session and does not expire.
func fileOf(a *models.Attachment) templates.Attachment {
	return templates.Attachment{Name: a.FileName, URL: "/attachments/" + a.ID.With(models.PrefixAttachment), Size: size(a.Size),
		Picture: slices.Contains(pictures, a.ContentType), Width: a.Width, Height: a.Height}
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
