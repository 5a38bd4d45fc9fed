package web

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"time"

	"github.com/gofiber/fiber/v2"

	"mauve/models"
	"mauve/models/problem"
)

// MaxUpload is the most bytes an uploaded file has where Config says nothing.
const MaxUpload = 16 << 20

// around is what a multipart body may hold beside its file.
const around = 16 << 10

// uploadTime is how long a file may take to come in.
const uploadTime = 10 * time.Minute

const uploadLocal = "mauve:upload"

// OneFile lets a multipart body with one file, in the field "file", pass to the
// handler as KeepUpload; anything else is refused. What the handler does not keep,
// or refuses, is removed again.
func (h *Server) OneFile(c *fiber.Ctx) error {
	if !isMultipart(c) {
		return problem.Fail(problem.Unsupported, "not_multipart", "Send the file as multipart/form-data, in the field file.")
	}
	a, err := h.receive(c)
	if err != nil {
		return err
	}
	scope := ScopeOf(c)
	ctx, cancel := context.WithTimeout(c.UserContext(), deadline)
	defer cancel()
	fresh := h.Store.As(ctx, scope.Workspace(), scope.Actor())
	u := &upload{file: a, print: printOf(a)}
	c.Locals(scopeLocal, fresh)
	c.Locals(uploadLocal, u)
	err = c.Next()
	if err != nil || !u.taken || c.Response().StatusCode() >= 400 {
		err = errors.Join(err, fresh.DropAttachment(ctx, a))
	}
	return err
}

type upload struct {
	refused error // why a file of a form was not taken
	file    *models.Attachment
	taken   bool
	print   string // what of the call is the same when it is made again
}

// KeepUpload makes the call's uploaded file an attachment.
func KeepUpload(c *fiber.Ctx) (*models.Attachment, error) {
	u, ok := c.Locals(uploadLocal).(*upload)
	if !ok {
		return nil, errors.New("web: a handler without OneFile before it")
	}
	a, err := ScopeOf(c).KeepAttachment(u.file)
	u.taken = err == nil
	return a, err
}

// printed returns what of a call that brought files is the same when it is made again; false: it brought none.
func printed(c *fiber.Ctx) (string, bool) {
	u, ok := c.Locals(uploadLocal).(*upload)
	if !ok {
		return "", false
	}
	return u.print, true
}

func printOf(a *models.Attachment) string { return a.FileName + "\n" + a.ClaimedType + "\n" + a.SHA256 }

// receive reads the body: a file, and nothing else.
func (h *Server) receive(c *fiber.Ctx) (*models.Attachment, error) {
	form, err := h.openForm(c, h.MaxUpload+around)
	if err != nil {
		return nil, err
	}
	defer form.cancel()
	a, err := h.readFile(form)
	if err != nil {
		return nil, form.fault(err)
	}
	if err = onlyOne(form.Reader); err != nil {
		return nil, errors.Join(err, form.scope.DropAttachment(form.ctx, a))
	}
	return a, nil
}

// openedForm is a multipart body on its way in.
type openedForm struct {
	*multipart.Reader
	ctx    context.Context
	cancel context.CancelFunc
	scope  *models.Scope
	body   *bodyStream
	end    *ending
}

// fault is the error of a form: that it broke off, where it did.
func (f *openedForm) fault(err error) error {
	if f.body.broke {
		return brokenForm
	}
	return err
}

// openForm begins to read a multipart body of at most limit bytes.
func (h *Server) openForm(c *fiber.Ctx, limit int) (*openedForm, error) {
	if c.Request().Header.ContentLength() > limit {
		return nil, models.TooLargeFile(int64(h.MaxUpload))
	}
	// The server's own deadline is for small bodies; the caller is known here.
	if err := c.Context().Conn().SetReadDeadline(time.Now().Add(uploadTime)); err != nil {
		return nil, err
	}
	_, params, err := mime.ParseMediaType(c.Get("Content-Type"))
	if err != nil || params["boundary"] == "" {
		return nil, brokenForm
	}
	body, ok := c.Locals(bodyLocal).(*bodyStream)
	if !ok {
		return nil, brokenForm // it is empty
	}
	ctx, cancel := context.WithTimeout(context.Background(), uploadTime)
	c.SetUserContext(context.Background()) // the caller's 20 s start anew when the file is in
	end := &ending{r: io.LimitReader(body, int64(limit)), mark: []byte("--" + params["boundary"] + "--")}
	return &openedForm{multipart.NewReader(end, params["boundary"]), ctx, cancel,
		h.Store.As(ctx, ScopeOf(c).Workspace(), ScopeOf(c).Actor()), body, end}, nil
}

// ending is a form's body that remembers its end: the standard library takes one
// that breaks off inside a part's head for a whole one.
type ending struct {
	r    io.Reader
	mark []byte // what a whole form ends with
	tail []byte
}

// Read reads and remembers.
func (e *ending) Read(b []byte) (int, error) {
	n, err := e.r.Read(b)
	e.tail = append(e.tail, b[:n]...)
	e.tail = e.tail[max(0, len(e.tail)-len(e.mark)-256):]
	return n, err
}

// whole reports whether the end was seen.
func (e *ending) whole() bool { return bytes.Contains(e.tail, e.mark) }

var brokenForm = problem.Fail(problem.Malformed, "malformed_form", "The body is not a whole multipart/form-data form.")

func (h *Server) readFile(form *openedForm) (*models.Attachment, error) {
	part, err := form.NextRawPart()
	if err == io.EOF {
		return nil, problem.InvalidField("file", "is missing")
	}
	if err != nil {
		return nil, brokenForm
	}
	if err = isFile(part); err != nil {
		return nil, err
	}
	return h.takeIn(form, part)
}

// takeIn receives the file of one part.
func (h *Server) takeIn(form *openedForm, part *multipart.Part) (*models.Attachment, error) {
	_, disposition, _ := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
	a, err := form.scope.ReceiveAttachment(form.ctx, disposition["filename"], part.Header.Get("Content-Type"), part, int64(h.MaxUpload))
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
		return problem.InvalidField(fieldName(part.FormName()), "is not a field of this form; send one file, in the field file")
	case !isFile || name == "":
		return problem.InvalidField("file", "is not a file: it has no file name")
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
		return problem.InvalidField("file", "is sent twice; upload one file at a time")
	}
	return problem.InvalidField(fieldName(part.FormName()), "is not a field of this form; send one file, in the field file")
}
