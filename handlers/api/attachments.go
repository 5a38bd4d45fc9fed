package api

import (
	"fmt"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"

	"mauve/models"
	"mauve/models/problem"
	"mauve/models/wire"
	"mauve/web"
)

// Attachable names an uploaded file.
type Attachable struct {
	ID string `json:"id" doc:"From POST /attachments; on one message only"`
}

func attachmentIDs(all []Attachable) ([]models.ID, error) {
	var ids []models.ID
	for i, a := range all {
		field := fmt.Sprintf("attachments.%d.id", i)
		id, err := fieldID(models.PrefixAttachment, field, a.ID)
		if err == nil && id == "" {
			err = problem.InvalidField(field, "is missing")
		}
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// uploading is a call whose body web.Upload has taken in already.
type uploading struct{ call *fiber.Ctx }

// Resolve notes the call; huma does not touch its body.
func (u *uploading) Resolve(ctx huma.Context) []error {
	u.call = humafiber.Unwrap(ctx)
	return nil
}

// uploaded documents the body that huma does not read.
func uploaded(o *huma.Operation) {
	o.Metadata["form"] = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {
		Schema: &huma.Schema{Type: "object", Required: []string{"file"}, AdditionalProperties: false, Properties: map[string]*huma.Schema{
			"file": {Type: "string", Format: "binary", Description: "One file, not empty, of at most 16 MiB unless the server says otherwise"},
		}},
	}}}
}

type attachmentOut = unkept[wire.Attachment]

func createAttachment(_ *models.Scope, in *uploading) (*attachmentOut, error) {
	a, err := web.KeepUpload(in.call)
	if err != nil {
		return nil, err
	}
	return &attachmentOut{Location: Prefix + "/attachments/" + a.ID.With(models.PrefixAttachment), CacheControl: noStore, Status: 201, Body: a.Wire()}, nil
}

func showAttachment(s *models.Scope, in *ByID) (*attachmentOut, error) {
	id, err := idOf(models.PrefixAttachment, in.ID, "attachment")
	if err != nil {
		return nil, err
	}
	a, err := s.Attachment(id)
	if err != nil {
		return nil, err
	}
	return &attachmentOut{CacheControl: noStore, Status: 200, Body: a.Wire()}, nil
}
