// Package toychannel is a kind of channel that no program serves: it shows what
// somebody touches who adds one. This file is all of it: the type, the adapter and
// what its vendor says. main_test.go registers it, vendor_test.go stands in for the
// vendor, kind_test.go holds it to what every kind keeps. Nothing else is in it.
package toychannel

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"

	"mauve/channels"
	"mauve/models"
	"mauve/models/channeltype"
	"mauve/models/reason"
)

const toyKind models.ChannelKind = "toy"

var word = regexp.MustCompile(`^[a-z0-9-]{1,60}$`)

// toyType is the kind: pagers, which show texts and pictures.
var toyType = channeltype.Type{
	Kind: toyKind, Name: "Toy pager", Account: "line",
	Capabilities: channeltype.Capabilities{Queued: true, Webhook: true, Phones: true, Receipts: true, Uploads: true, OneFile: true,
		Edits: time.Hour, Deletes: 2 * time.Hour, LongestText: 500, Rate: 50,
		Types: []models.MessageType{models.TypeImage}, Largest: map[models.MessageType]int64{models.TypeImage: 1 << 20}},
	Settings: []channeltype.Setting{
		{Name: "line", Needed: true, Form: word, Says: "is the name of a line", About: "The line's name"},
		{Name: "token", Secret: true, Needed: true, Form: word, Says: "is the vendor's token", About: "From the vendor, under Keys"},
		{Name: "signingKey", Secret: true, Needed: true, Form: word, Says: "is the key by which the vendor signs"},
		{Name: "loud", Type: channeltype.SwitchSetting, Says: "is true or false", About: "Pagers beep"},
		{Name: "repeats", Type: channeltype.NumberSetting, Least: 0, Most: 9, Says: "is how often a pager repeats a text, 0 to 9"},
		channeltype.Throughput,
	},
}

// toy is the adapter; its vendor answers at base.
type toy struct {
	base string
	http *http.Client
}

func newToy(base string) toy {
	return toy{base, &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
}

// page is what the vendor takes, and what it calls us with.
type page struct {
	ID      string `json:"id,omitempty"`
	Person  string `json:"person,omitempty"` // digits
	Name    string `json:"name,omitempty"`
	Text    string `json:"text"`
	File    string `json:"file,omitempty"`
	Loud    bool   `json:"loud,omitempty"`
	Repeats string `json:"repeats,omitempty"`
	Status  string `json:"status,omitempty"` // of the page ID; the rest is empty then
}

// gate lets a body leave when the step before it allows that, once, and never after the call is over.
type gate struct {
	io.Reader
	mu         sync.Mutex
	step       func() error
	left, over bool
	failed     error
}

// Read runs the step before the first byte.
func (g *gate) Read(b []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.left {
		if g.over {
			return 0, io.ErrClosedPipe
		}
		if g.failed = g.step(); g.failed != nil {
			return 0, g.failed
		}
		g.left = true
	}
	return g.Reader.Read(b)
}

func (g *gate) shut() (left bool, failed error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.over = true
	return g.left, g.failed
}

func (t toy) call(ctx context.Context, a *models.Account, method, path string, body io.Reader, size int) (int, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, t.base+path, body)
	if err != nil {
		return 0, nil, err
	}
	r.ContentLength = int64(size)
	r.Header.Set("Authorization", "Bearer "+a.Settings["token"])
	res, err := t.http.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 4<<20))
	return res.StatusCode, text, err
}

// Send pages.
func (t toy) Send(ctx context.Context, d *models.Dispatch, leaving func() error) models.Tried {
	person := d.Recipient.WhatsApp
	if person == "" {
		person = strings.TrimPrefix(d.Recipient.Phone, "+")
	}
	p := page{Person: person, Text: d.Message.Body, Loud: d.Account.Settings["loud"] == channeltype.On, Repeats: d.Account.Settings["repeats"]}
	switch {
	case person == "":
		return models.Tried{Verdict: models.Refused, Code: "no_number", Detail: channels.NoNumber.With()}
	case d.File != nil:
		p.File = d.File.Uploaded
	case d.Message.Type != models.TypeText:
		return models.Tried{Verdict: models.Refused, Code: "not_sendable", Detail: reason.Said("A pager shows files that were uploaded here.")}
	}
	body, err := json.Marshal(p)
	if err != nil {
		return models.Tried{Verdict: models.Refused, Code: "not_sendable", Detail: reason.Said(err.Error())}
	}
	g := &gate{Reader: bytes.NewReader(body), step: leaving}
	status, answer, err := t.call(ctx, d.Account, "POST", "/lines/"+d.Account.Settings["line"]+"/pages", g, len(body))
	switch left, failed := g.shut(); {
	case failed != nil:
		return models.Tried{Verdict: models.RetryMessage, Code: "not_sent", Detail: channels.NotSent.With()}
	case err != nil && !left:
		return away
	case err != nil:
		return models.Tried{Verdict: models.Unknown, Code: "no_answer", Detail: reason.Said("The pager's vendor did not answer.")}
	}
	return tried(status, answer)
}

var away = models.Tried{Verdict: models.RetryChannel, Code: "away", Detail: reason.Said("The pager's vendor is away. It is tried again.")}

// tried is what an answer means.
func tried(status int, answer []byte) models.Tried {
	var said struct{ ID, Why string }
	_ = json.Unmarshal(answer, &said) // without a word it is the status that counts
	switch {
	case status == 401:
		return models.Tried{Verdict: models.Unauthorized, Code: "token", Detail: reason.Said("The vendor does not take the token. Put in a new one.")}
	case status >= 500:
		return away
	case status >= 400:
		return models.Tried{Verdict: models.Refused, Code: "refused", Detail: reason.Said("The vendor refused it: " + said.Why + ".")}
	}
	return models.Tried{Verdict: models.Accepted, ExternalID: said.ID}
}

// Amend edits or takes back a page.
func (t toy) Amend(ctx context.Context, d *models.Dispatch) models.Tried {
	method, body := "DELETE", ""
	if d.Message.Amendment.Kind == models.AmendEdit {
		method, body = "PUT", d.Message.Amendment.Body
	}
	status, answer, err := t.call(ctx, d.Account, method, "/pages/"+*d.Message.ExternalID, strings.NewReader(body), len(body))
	if err != nil {
		return away
	}
	return tried(status, answer)
}

// Upload gives the vendor a picture.
func (t toy) Upload(ctx context.Context, d *models.Dispatch) (string, models.Tried) {
	file, err := d.File.Open(ctx)
	if err != nil {
		return "", models.Tried{Verdict: models.RetryMessage, Code: "file_unread", Detail: channels.FileUnread.With()}
	}
	defer file.Close()
	status, answer, err := t.call(ctx, d.Account, "POST", "/files", file, int(d.File.Size))
	if err != nil {
		return "", away
	}
	done := tried(status, answer)
	return done.ExternalID, done
}

// Fetch opens a picture that somebody sent.
func (t toy) Fetch(ctx context.Context, a *models.Account, m models.MediaRef, _ int64) (io.ReadCloser, error) {
	status, content, err := t.call(ctx, a, "GET", "/files/"+m.ID, http.NoBody, 0)
	switch {
	case err != nil:
		return nil, err
	case status == 404:
		return nil, &channels.Lost{Because: reason.Said("The vendor has it no more.")}
	case status != 200:
		return nil, &channels.Later{Because: reason.Said("The vendor does not give it now."), Refused: status == 401}
	}
	return io.NopCloser(bytes.NewReader(content)), nil
}

// MarkRead tells what was read; that somebody types a pager cannot show.
func (t toy) MarkRead(ctx context.Context, r *models.Receipt) error {
	if r.Typing {
		return nil
	}
	status, _, err := t.call(ctx, r.Account, "POST", "/pages/"+r.ExternalIDs[len(r.ExternalIDs)-1]+"/read", http.NoBody, 0)
	if err == nil && status >= 300 {
		err = fmt.Errorf("toy: the vendor answered %d", status)
	}
	return err
}

// Check asks for the line.
func (t toy) Check(ctx context.Context, a *models.Account) models.Finding {
	status, _, err := t.call(ctx, a, "GET", "/lines/"+a.Settings["line"], http.NoBody, 0)
	switch {
	case err != nil || status >= 500:
		return models.Finding{Away: true, Detail: away.Detail}
	case status != 200:
		return models.Finding{Refused: true, Detail: tried(401, nil).Detail}
	}
	return models.Finding{Facts: models.Facts{Name: "Line " + a.Settings["line"]}}
}

// Handshake answers with the vendor's word, if it knows the key.
func (toy) Handshake(a *models.Account, query func(string) string) (string, bool) {
	return query("word"), hmac.Equal([]byte(query("key")), []byte(a.Settings["signingKey"]))
}

const signatureHeader = "X-Toy-Signature"

// Signature reads the header.
func (toy) Signature(header func(string) string) string { return header(signatureHeader) }

// Verify compares.
func (toy) Verify(a *models.Account, signature string, body []byte) bool {
	return hmac.Equal([]byte(signature), []byte(sign(a.Settings["signingKey"], body)))
}

func sign(key string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

var states = map[string]models.MessageState{"delivered": models.Delivered, "read": models.ReadState}

// Read reads one call: a page that somebody wrote, or the status of one of ours.
func (toy) Read(body []byte) []channels.Item {
	var p page
	err := json.Unmarshal(body, &p)
	if err == nil && p.ID == "" {
		err = errors.New("it has no id")
	}
	item := channels.Item{What: "page", Person: p.Person}
	state, told := states[p.Status]
	switch {
	case err != nil:
		item.Ignored = reason.Said("It is no page: " + err.Error())
	case told:
		item.What, item.Status = "status "+p.Status, &models.Report{ExternalID: p.ID, Status: state}
	case p.Status != "":
		item.Ignored = reason.Said("There is no such status of a page.")
	case p.File != "":
		item.Message = &models.Incoming{From: models.Sender{WhatsApp: p.Person, Name: p.Name}, ExternalID: p.ID, Type: models.TypeImage, Body: p.Text,
			Media: &models.MediaRef{ID: p.File}}
	default:
		item.Message = &models.Incoming{From: models.Sender{WhatsApp: p.Person, Name: p.Name}, ExternalID: p.ID, Type: models.TypeText, Body: p.Text}
	}
	return []channels.Item{item}
}
