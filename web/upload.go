package web

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"time"

	"github.com/gofiber/fiber/v2"

	"mauve/models"
)

// MaxUpload is the most bytes an uploaded file has where Config says nothing.
const MaxUpload = 16 << 20

// around is what a multipart body may hold beside its file.
const around = 16 << 10

// uploadTime is how long a file may take to come in.
const uploadTime = 10 * time.Minute

const uploadLocal = "mauve:upload"

// Upload lets a multipart body with one file, in the field "file", pass to the
// handler as UploadOf; anything else sent there is refused. What the handler
// does not keep, or refuses, is removed again. Other calls pass untouched.
func (h *House) Upload(path string) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if c.Method() != fiber.MethodPost || c.Path() != path {
			return c.Next()
		}
		if !h.isUpload(c) {
			return models.Fail(models.Unsupported, "not_multipart", "Send the file as multipart/form-data, in the field file.")
		}
		a, err := h.receive(c)
		if err != nil {
			return err
		}
		scope := ScopeOf(c)
		ctx, cancel := context.WithTimeout(c.UserContext(), deadline)
		defer cancel()
		fresh := h.Store.As(ctx, scope.Workspace(), scope.Actor())
		u := &upload{file: a}
		c.Locals(scopeLocal, fresh)
		c.Locals(uploadLocal, u)
		err = c.Next()
		if err != nil || !u.taken || c.Response().StatusCode() >= 400 {
			err = errors.Join(err, fresh.DropAttachment(ctx, a))
		}
		return err
	}
}

type upload struct {
	file  *models.Attachment
	taken bool
}

// KeepUpload makes the call's uploaded file an attachment.
func KeepUpload(c *fiber.Ctx) (*models.Attachment, error) {
	u, ok := c.Locals(uploadLocal).(*upload)
	if !ok {
		return nil, errors.New("web: a handler without Upload before it")
	}
	a, err := ScopeOf(c).KeepAttachment(u.file)
	u.taken = err == nil
	return a, err
}

// uploadOf returns the file the call brought, nil if none.
func uploadOf(c *fiber.Ctx) *models.Attachment {
	if u, ok := c.Locals(uploadLocal).(*upload); ok {
		return u.file
	}
	return nil
}

// receive reads the body: a file, and nothing else.
func (h *House) receive(c *fiber.Ctx) (*models.Attachment, error) {
	if c.Request().Header.ContentLength() > h.MaxUpload+around {
		return nil, models.TooLargeFile(int64(h.MaxUpload))
	}
	// The server's own deadline is for small bodies; the caller is known here.
	if err := c.Context().Conn().SetReadDeadline(time.Now().Add(uploadTime)); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), uploadTime)
	defer cancel()
	c.SetUserContext(context.Background()) // the caller's 20 s start anew when the file is in
	scope := h.Store.As(ctx, ScopeOf(c).Workspace(), ScopeOf(c).Actor())
	_, params, err := mime.ParseMediaType(c.Get("Content-Type"))
	if err != nil || params["boundary"] == "" {
		return nil, brokenForm
	}
	body, ok := c.Locals(bodyLocal).(*bodyStream)
	if !ok {
		return nil, brokenForm // it is empty
	}
	form := multipart.NewReader(io.LimitReader(body, int64(h.MaxUpload+around)), params["boundary"])
	a, err := h.readFile(ctx, scope, form)
	if err != nil {
		if body.broke {
			return nil, brokenForm
		}
		return nil, err
	}
	if err = onlyOne(form); err != nil {
		return nil, errors.Join(err, scope.DropAttachment(ctx, a))
	}
	return a, nil
}

var brokenForm = models.Fail(models.Malformed, "malformed_form", "The body is not a whole multipart/form-data form.")

func (h *House) readFile(ctx context.Context, scope *models.Scope, form *multipart.Reader) (*models.Attachment, error) {
	part, err := form.NextRawPart()
	if err == io.EOF {
		return nil, models.InvalidField("file", "is missing")
	}
	if err != nil {
		return nil, brokenForm
	}
	if err = isFile(part); err != nil {
		return nil, err
	}
	_, disposition, _ := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
	a, err := scope.ReceiveAttachment(ctx, disposition["filename"], part.Header.Get("Content-Type"), part, int64(h.MaxUpload))
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = brokenForm
	}
	return a, err
}

func isFile(part *multipart.Part) error {
	_, disposition, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
	name, isFile := disposition["filename"]
	switch {
	case err != nil:
		return brokenForm
	case part.FormName() != "file":
		return models.InvalidField(fieldName(part.FormName()), "is not a field of this form; send one file, in the field file")
	case !isFile || name == "":
		return models.InvalidField("file", "is not a file: it has no file name")
	}
	return nil
}

func fieldName(name string) string {
	if len(name) == 0 || len(name) > 60 || !saneRequestID(name) {
		return "form"
	}
	return name
}

// onlyOne refuses a second part.
func onlyOne(form *multipart.Reader) error {
	part, err := form.NextRawPart()
	switch {
	case err == io.EOF:
		return nil
	case err != nil:
		return brokenForm
	case part.FormName() == "file":
		return models.InvalidField("file", "is sent twice; upload one file at a time")
	}
	return models.InvalidField(fieldName(part.FormName()), "is not a field of this form; send one file, in the field file")
}
