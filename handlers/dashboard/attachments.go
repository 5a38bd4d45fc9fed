package dashboard

import (
	"github.com/gofiber/fiber/v2"

	"mauve/models"
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
