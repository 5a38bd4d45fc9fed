package web

import (
	"context"
	"fmt"
	"io"
	"mime"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"mauve/models"
	"mauve/models/rights"
)

// shown are the media types a browser may show in place. None can run a script.
// PDF is not among them: browsers refuse to show one in a sandbox, and it is
// not served without.
var shown = map[string]bool{
	"image/png": true, "image/jpeg": true, "image/gif": true, "image/webp": true,
	"audio/mpeg": true, "audio/wave": true, "audio/aiff": true, "audio/basic": true, "audio/midi": true, "application/ogg": true,
	"audio/ogg": true, "audio/mp4": true, "audio/aac": true, "video/3gpp": true,
	"video/mp4": true, "video/webm": true, "video/avi": true,
}

// Shows reports whether a browser may show a file of the media type in place.
func Shows(mediaType string) bool { return shown[mediaType] }

// sendTime is how long the sending of a file may take.
const sendTime = 10 * time.Minute

// files is what signed links lead to: their signature is what they need.
func (h *Server) files() Group {
	return Group{Prefix: "/files", Routes: []Route{Get("/:id/:name", rights.Public, func(r *Request) error {
		ctx, cancel := context.WithTimeout(r.UserContext(), deadline)
		defer cancel()
		a, err := h.Store.AttachmentByLink(ctx, r.Params("id"), r.Query("e"), r.Query("s"))
		if err != nil {
			return err
		}
		return h.SendFile(r.Ctx, a)
	})}}
}

// SendFile answers with the attachment's bytes, or the one range of them that
// was asked for (RFC 9110 §14). The caller has checked that they may be seen.
func (h *Server) SendFile(c *fiber.Ctx, a *models.Attachment) error {
	tag := `"` + a.SHA256 + `"`
	if tagged(c.Get("If-None-Match"), tag) {
		fileHeaders(c, a)
		return c.SendStatus(fiber.StatusNotModified)
	}
	from, length, status := int64(0), a.Size, fiber.StatusOK
	if asked := c.Get("Range"); asked != "" && (c.Get("If-Range") == "" || c.Get("If-Range") == tag) {
		if first, n, ok := parseRange(asked, a.Size); ok {
			from, length, status = first, n, fiber.StatusPartialContent
		}
	}
	if length == 0 {
		c.Set("Content-Range", fmt.Sprintf("bytes */%d", a.Size))
		return c.SendStatus(fiber.StatusRequestedRangeNotSatisfiable)
	}
	ctx, cancel := context.WithTimeout(context.Background(), sendTime)
	body, err := h.Store.Open(ctx, a, from, length)
	if err != nil {
		cancel()
		return err
	}
	fileHeaders(c, a)
	if c.Status(status); status == fiber.StatusPartialContent {
		c.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, from+length-1, a.Size))
	}
	c.Context().SetBodyStream(sending{body, cancel}, int(length)) // for HEAD the server sends its length alone
	return nil
}

// sending is a file on its way; the server closes it at its end, or when the reader leaves.
type sending struct {
	io.ReadCloser
	cancel context.CancelFunc
}

// Close ends the reading.
func (s sending) Close() error {
	defer s.cancel()
	return s.ReadCloser.Close()
}

// fileHeaders say what the file is, and keep it from being anything else.
func fileHeaders(c *fiber.Ctx, a *models.Attachment) {
	kind, way := a.ContentType, "inline"
	if !shown[kind] {
		kind, way = fiber.MIMEOctetStream, "attachment"
	}
	c.Set("Content-Type", kind)
	c.Set("Content-Disposition", disposition(way, a.FileName))
	c.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	c.Set("X-Content-Type-Options", "nosniff")
	c.Set("Cache-Control", "private, max-age=900")
	c.Set("Accept-Ranges", "bytes")
	c.Set("ETag", `"`+a.SHA256+`"`)
	c.Set("Last-Modified", a.CreatedAt.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT"))
}

// disposition names the file in both spellings of RFC 6266.
func disposition(way, name string) string {
	plain := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' || r == '%' {
			return '_'
		}
		return r
	}, name)
	return mime.FormatMediaType(way, map[string]string{"filename": plain}) + "; filename*=UTF-8''" + strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
}

func tagged(header, tag string) bool {
	for part := range strings.SplitSeq(header, ",") {
		if part = strings.TrimPrefix(strings.TrimSpace(part), "W/"); part == tag || part == "*" {
			return true
		}
	}
	return false
}

// parseRange reads a Range header with one range of bytes. It reports false for
// a header to be ignored (another unit, several ranges, nonsense), and a length
// of 0 for a range that lies outside.
func parseRange(header string, size int64) (from, length int64, ok bool) {
	spec, found := strings.CutPrefix(header, "bytes=")
	first, last, dash := strings.Cut(strings.TrimSpace(spec), "-")
	if !found || !dash || strings.Contains(spec, ",") {
		return 0, 0, false
	}
	if first == "" { // the last n bytes
		n, ok := digits(last)
		n = min(n, size)
		return size - n, n, ok
	}
	from, ok = digits(first)
	to := size - 1
	if last != "" {
		end, fine := digits(last)
		if !fine || end < from {
			return 0, 0, false
		}
		to = min(to, end)
	}
	if !ok || from >= size {
		return 0, 0, ok
	}
	return from, to - from + 1, true
}

func digits(text string) (int64, bool) {
	n, err := strconv.ParseUint(text, 10, 63)
	return int64(n), err == nil && text[0] != '+'
}
