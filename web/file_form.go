package web

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"mauve/models"
	"mauve/models/content"
	"mauve/models/problem"
)

const (
	mostFields  = 100
	fieldsLimit = 128 << 10 // bytes of a form besides its files
)

// FileForm lets a multipart form pass. Its files, in fields "file", become
// attachments, ten at most; the handler sees a plain form whose fields
// "attachment" are their ids. One that no message takes up is removed like every
// loose attachment. A file that cannot be taken ends the call. Another body passes
// untouched.
func (h *Server) FileForm(c *fiber.Ctx) error { return h.takeForm(c, false) }

// FilePage is FileForm for pages, which show the form again: a file that cannot
// be taken ends the reading alone, the handler has what came before it, and
// RefusedFile tells it why.
func (h *Server) FilePage(c *fiber.Ctx) error { return h.takeForm(c, true) }

func (h *Server) takeForm(c *fiber.Ctx, again bool) error {
	if !isMultipart(c) {
		return c.Next()
	}
	fields, print, err := h.receiveForm(c)
	if err != nil && (fields == nil || !again) {
		return err
	}
	ctx, cancel := context.WithTimeout(c.UserContext(), deadline)
	defer cancel()
	scope := ScopeOf(c)
	c.Locals(scopeLocal, h.Store.As(ctx, scope.Workspace(), scope.Actor()))
	c.Locals(uploadLocal, &upload{print: print, refused: err})
	c.Request().SetBodyString(fields.Encode())
	c.Request().Header.SetContentType(fiber.MIMEApplicationForm)
	return c.Next()
}

// RefusedFile is why a file of the call's form was not taken; nil if all were.
func RefusedFile(c *fiber.Ctx) error {
	if u, ok := c.Locals(uploadLocal).(*upload); ok {
		return u.refused
	}
	return nil
}

// receiveForm reads all of a form, and what of it is the same when it is sent
// again; of a form with a file that is refused what came before that, with the error.
func (h *Server) receiveForm(c *fiber.Ctx) (fields url.Values, print string, err error) {
	form, err := h.openForm(c, content.MostAttachments*(h.MaxUpload+around)+fieldsLimit)
	if err != nil {
		return nil, "", err
	}
	defer form.cancel()
	fields, prints := url.Values{}, []string{}
	var files []string
	var refused error
	for room, n := int64(fieldsLimit), 0; ; n++ {
		part, err := form.NextRawPart()
		if err == io.EOF && form.end.whole() {
			break
		}
		if err != nil {
			return nil, "", brokenForm
		}
		if n >= mostFields {
			return nil, "", problem.InvalidField("form", "has more than %d fields", mostFields)
		}
		isFile, empty := fileIn(part)
		if !isFile {
			err = readField(part, fields, &room)
		} else if !empty {
			var a *models.Attachment
			if a, err = h.keepFile(form, part, len(files)); err == nil {
				files, prints = append(files, a.ID.With(models.PrefixAttachment)), append(prints, printOf(a))
			}
			if refused = form.fault(err); problem.KindOf(refused) == problem.Invalid || problem.KindOf(refused) == problem.TooLarge {
				_, _ = io.CopyN(io.Discard, form.body, mostIgnored)
				break
			}
		}
		if err != nil {
			return nil, "", form.fault(err)
		}
	}
	form.body.finish(c) // what follows the form is nobody's; the body is replaced
	print = fields.Encode() + "\n" + strings.Join(prints, "\n")
	fields["attachment"] = append(fields["attachment"], files...)
	return fields, print, refused
}

// fileIn reports whether the part is a file, and whether it is the one that browsers send where none was chosen.
func fileIn(part *multipart.Part) (isFile, empty bool) {
	_, disposition, _ := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
	name, isFile := disposition["filename"]
	return isFile, isFile && name == "" && part.FormName() == "file"
}

func (h *Server) keepFile(form *openedForm, part *multipart.Part, before int) (*models.Attachment, error) {
	if err := isFile(part); err != nil {
		return nil, err
	}
	if before >= content.MostAttachments {
		return nil, problem.InvalidField("file", "is there more than %d times", content.MostAttachments)
	}
	a, err := h.takeIn(form, part)
	if err != nil {
		return nil, err
	}
	kept, err := form.scope.KeepAttachment(a)
	if err != nil {
		err = errors.Join(err, form.scope.DropAttachment(form.ctx, a))
	}
	return kept, err
}

// readField reads a field that is no file. room is what all of them may still hold.
func readField(part *multipart.Part, fields url.Values, room *int64) error {
	name := part.FormName()
	if name == "" {
		return brokenForm
	}
	text, err := io.ReadAll(io.LimitReader(part, *room+1))
	if err != nil {
		return brokenForm
	}
	if *room -= int64(len(text) + len(name)); *room < 0 {
		return problem.Fail(problem.TooLarge, "too_large", "The form's fields are larger than %d bytes.", fieldsLimit)
	}
	fields.Add(name, string(text))
	return nil
}
