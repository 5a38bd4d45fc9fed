package whatsappcloud

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
	"time"

	"mauve/channels"
	"mauve/models"
)

// filesAnswerWithin is how long Meta may take to begin its answer once it has all of a file, or is asked for one.
const filesAnswerWithin = 30 * time.Second

// Fetch asks Meta where a file is and opens it. Meta keeps what came by webhook
// for 7 days, and the address it names for 5 minutes (Meta, "Media", 2026-10). The
// size stands in that answer alone, so a file of more than limit bytes is refused here.
func (c *Client) Fetch(ctx context.Context, a *models.Account, m models.MediaRef, limit int64) (io.ReadCloser, error) {
	answer, err := c.call(ctx, a, "GET", "/"+url.PathEscape(m.ID)+"?phone_number_id="+a.Settings["phoneNumberId"], nil, nil)
	if err != nil {
		slog.Warn("Meta did not say where a file is", "channel", a.ID, "error", err)
		return nil, &channels.Later{Because: metaUnreachable.With()}
	}
	if g := answer.failure(); g != nil {
		return nil, notGiven(answer.status, answer.header, *g)
	}
	var place struct {
		URL  string `json:"url"`
		Size number `json:"file_size"`
	}
	if json.Unmarshal(answer.body, &place) != nil || place.URL == "" {
		return nil, &channels.Later{Because: metaDidNotSayWhere.With()}
	}
	if int64(place.Size) > limit {
		return nil, models.TooLargeFile(limit)
	}
	return c.download(ctx, a, place.URL)
}

// download opens the address that Meta named.
func (c *Client) download(ctx context.Context, a *models.Account, address string) (io.ReadCloser, error) {
	if !c.trusts(address) {
		slog.Warn("Meta named an address that is not its own", "channel", a.ID)
		return nil, &channels.Lost{Because: metaNamedForeignAddress.With()}
	}
	request, err := http.NewRequestWithContext(ctx, "GET", address, nil)
	if err != nil {
		return nil, &channels.Lost{Because: metaNamedBadAddress.With()}
	}
	identify(request, a)
	response, err := c.files.Do(request)
	if err != nil {
		slog.Warn("a file was not served", "channel", a.ID, "error", err)
		return nil, &channels.Later{Because: metaSlowWithFile.With()}
	}
	if response.StatusCode == http.StatusOK {
		return response.Body, nil
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	var g graphError
	_ = json.Unmarshal(text, &g)
	return nil, notGiven(response.StatusCode, response.Header, g)
}

// trusts reports whether the access token may be shown to the address: Meta's
// own hosts, or the one that stands in for Meta.
func (c *Client) trusts(address string) bool {
	u, err := url.Parse(address)
	base, _ := url.Parse(c.base)
	if err != nil || u.User != nil || u.Scheme != base.Scheme {
		return false
	}
	if base.Hostname() != "graph.facebook.com" {
		return u.Host == base.Host
	}
	host := strings.ToLower(u.Host)
	return host == "graph.facebook.com" || host == "lookaside.fbsbx.com" || strings.HasSuffix(host, ".fbcdn.net")
}

// notGiven sorts an answer that is not the file.
func notGiven(status int, header http.Header, g graphError) error {
	switch t := refused(status, header, g); {
	case t.Verdict == models.Unauthorized:
		return &channels.Later{Because: metaRefusedToken.With(), Refused: true}
	case t.Verdict != models.Refused || status >= 300 && status < 400:
		return &channels.Later{Because: metaAnswered.With(status), Wait: t.Wait}
	case status == http.StatusNotFound || status == http.StatusGone || g.code() == noSuchThing:
		return &channels.Lost{Because: metaHasItNoLonger.With()}
	case g.Error != nil:
		return &channels.Lost{Because: metaSays.With(short(g.sentence()))}
	}
	return &channels.Lost{Because: metaAnswered.With(status)}
}

// Upload gives Meta the file of a message. The id it answers with is good for 30 days (Meta, "Media", 2026-10).
func (c *Client) Upload(ctx context.Context, d *models.Dispatch) (string, models.Tried) {
	file, err := d.File.Open(ctx)
	if err != nil {
		slog.Error("a message's file cannot be read", "message", d.Message.ID, "error", err)
		return "", models.Tried{Verdict: models.RetryMessage, Code: "file_unread", Detail: channels.FileUnread.With()}
	}
	defer file.Close()
	answer, err := c.post(ctx, d, file)
	if err != nil {
		slog.Warn("a file was not uploaded", "message", d.Message.ID, "error", err)
		if ctx.Err() != nil || isTimeout(err) { // one large file says nothing of the others
			return "", models.Tried{Verdict: models.RetryMessage, Code: "upload_slow", Detail: metaTookFileSlowly.With()}
		}
		return "", models.Tried{Verdict: models.RetryChannel, Code: "unreachable", Detail: metaUnreachableRetried.With()}
	}
	if g := answer.failure(); g != nil {
		return "", refused(answer.status, answer.header, *g)
	}
	var taken struct {
		ID text `json:"id"`
	}
	if json.Unmarshal(answer.body, &taken) != nil || taken.ID == "" {
		return "", models.Tried{Verdict: models.RetryMessage, Code: "no_answer", Detail: metaNamedNoFile.With()}
	}
	return string(taken.ID), models.Tried{Verdict: models.Accepted}
}

// post sends the form with the file as a stream.
func (c *Client) post(ctx context.Context, d *models.Dispatch, file io.Reader) (*answer, error) {
	head, tail, kind, err := around(d.File)
	if err != nil {
		return nil, err
	}
	address := c.base + "/" + d.Account.Settings["phoneNumberId"] + "/media"
	body := io.MultiReader(bytes.NewReader(head), file, bytes.NewReader(tail))
	request, err := http.NewRequestWithContext(ctx, "POST", address, body)
	if err != nil {
		return nil, err
	}
	request.ContentLength = int64(len(head)) + d.File.Size + int64(len(tail))
	request.Header.Set("Content-Type", kind)
	identify(request, d.Account)
	response, err := c.files.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, answerLimit))
	return &answer{response.StatusCode, response.Header, text}, err
}

// around is the form before and after the file's bytes, and the form's type.
func around(f *models.OutFile) (head, tail []byte, kind string, err error) {
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	mimeType := f.VendorType()
	for _, field := range [][2]string{{"messaging_product", "whatsapp"}, {"type", mimeType}} {
		if err = w.WriteField(field[0], field[1]); err != nil {
			return nil, nil, "", err
		}
	}
	header := textproto.MIMEHeader{"Content-Type": {mimeType}}
	header.Set("Content-Disposition", mime.FormatMediaType("form-data", map[string]string{"name": "file", "filename": f.FileName}))
	if _, err = w.CreatePart(header); err != nil {
		return nil, nil, "", err
	}
	at := form.Len()
	if err = w.Close(); err != nil {
		return nil, nil, "", err
	}
	return form.Bytes()[:at], form.Bytes()[at:], w.FormDataContentType(), nil
}
