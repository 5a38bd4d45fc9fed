package channeltest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"mauve/models"
	"mauve/models/modelstest"
	"mauve/web/webtest"
)

// Desk is the program at work, with a channel of the kind that is connected to its stand-in.
type Desk struct {
	*modelstest.World
	T       *testing.T
	Kind    Kind
	Vendor  Vendor
	URL     string // where the program listens
	Channel string // the channel's id, as the API spells it

	key, cookie string
	greetings   int
	client      *http.Client
}

func open(t *testing.T, w *modelstest.World, k Kind) *Desk {
	t.Helper()
	d := &Desk{World: w, T: t, Kind: k}
	d.URL, d.Vendor = k.Start(t, w)
	lines := &http.Transport{}
	t.Cleanup(lines.CloseIdleConnections)
	d.client = &http.Client{Transport: lines, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	_, d.key = w.Key(t, w.Acme, models.KeyDraft{Read: true, Write: true, CapCalls: 100_000})
	d.Form("/sign-in", "email", "lea@acme.example", "password", modelstest.Password).want(303)
	first, _ := d.Vendor.Config()
	d.Channel = d.API("POST", "/channels", d.draft(first)).want(201).At("id")
	d.Vendor.Connect(d)
	return d
}

// draft is a channel of the kind to be added.
func (d *Desk) draft(config map[string]any) any {
	return map[string]any{"kind": d.Kind.Kind, "name": "Front desk", "config": config}
}

// Answer is what the program answered.
type Answer struct {
	*http.Response
	Text string
	t    *testing.T
	body any
}

// At reads a member by its path: "data.0.contact.name".
func (a Answer) At(path string) string { return webtest.At(a.body, path) }

func (a Answer) want(status int) Answer {
	a.t.Helper()
	webtest.Want(a.t, a.Response, a.Text, status)
	return a
}

func (a Answer) has(pairs ...string) Answer {
	a.t.Helper()
	webtest.Has(a.t, a.Response, a.Text, a.body, pairs...)
	return a
}

func (d *Desk) ask(method, path, body string, headers ...string) Answer {
	d.T.Helper()
	r, err := http.NewRequestWithContext(d.T.Context(), method, d.URL+path, strings.NewReader(body))
	if err != nil {
		d.T.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := d.client.Do(r)
	if err != nil {
		d.T.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		d.T.Fatal(err)
	}
	for _, c := range res.Cookies() {
		if c.Name == "mauve_session" {
			d.cookie = c.Value
		}
	}
	a := Answer{Response: res, Text: string(text), t: d.T}
	if strings.Contains(res.Header.Get("Content-Type"), "json") {
		if err := json.Unmarshal(text, &a.body); err != nil {
			d.T.Fatalf("%s %s: %v in %s", method, path, err, text)
		}
	}
	return a
}

// API calls the API with a body; nil is none.
func (d *Desk) API(method, path string, body any) Answer {
	d.T.Helper()
	text, headers := "", []string{"Authorization", "Bearer " + d.key}
	if body != nil {
		spelled, err := json.Marshal(body)
		if err != nil {
			d.T.Fatal(err)
		}
		text, headers = string(spelled), append(headers, "Content-Type", "application/json")
	}
	return d.ask(method, "/api/v2/public"+path, text, headers...)
}

// Form posts fields in pairs as Lea's browser does.
func (d *Desk) Form(path string, pairs ...string) Answer {
	d.T.Helper()
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return d.ask("POST", path, v.Encode(), "Content-Type", "application/x-www-form-urlencoded", "Cookie", "mauve_session="+d.cookie, "Sec-Fetch-Site", "same-origin")
}

// Page is a page as Lea's browser shows it.
func (d *Desk) Page(path string) string {
	d.T.Helper()
	return d.ask("GET", path, "", "Cookie", "mauve_session="+d.cookie).want(200).Text
}

// At is the address of the channel's page.
func (d *Desk) At() string {
	return "/settings/channels/" + strings.TrimPrefix(d.Channel, models.PrefixChannel)
}

// Eventually waits until it is so.
func (d *Desk) Eventually(what string, is func() bool) {
	d.T.Helper()
	modelstest.Eventually(d.T, what, is)
}

// talks are the conversations on the channel, the newest first.
func (d *Desk) talks() Answer {
	d.T.Helper()
	return d.API("GET", "/conversations?channelId="+d.Channel, nil).want(200)
}

// Talk is the conversation with the person on the channel, "<none>" if there is none.
func (d *Desk) Talk() string {
	d.T.Helper()
	return d.talks().At("data.0.id")
}

// said are the messages of the conversation with the person, in their order.
func (d *Desk) said() Answer {
	d.T.Helper()
	return d.API("GET", "/conversations/"+d.Talk()+"/messages?perPage=100", nil).want(200)
}

// heard waits until the person said something, which makes a conversation.
func (d *Desk) heard(text string) {
	d.T.Helper()
	d.Eventually(text+" is heard", func() bool { return d.Talk() != "<none>" && strings.Contains(d.said().Text, text) })
}

// greeted lets the person write first, as somebody must where there is a window, and returns the conversation.
func (d *Desk) greeted() string {
	d.T.Helper()
	d.greetings++
	greeting := fmt.Sprint("Bonjour ", d.greetings)
	d.Vendor.Write(d, fmt.Sprint("greeting-", d.greetings), greeting)
	d.heard(greeting)
	return d.Talk()
}

// reply writes in the conversation with the person and returns the message's id.
func (d *Desk) reply(body any) string {
	d.T.Helper()
	return d.API("POST", "/conversations/"+d.Talk()+"/messages", body).want(202).At("id")
}

func text(body string) map[string]any { return map[string]any{"body": body} }

// sendTo writes to a number on the channel and returns the message's id.
func (d *Desk) sendTo(number, body string) string {
	d.T.Helper()
	return d.API("POST", "/messages", map[string]any{"channelId": d.Channel, "to": number, "body": body}).want(202).At("id")
}

func (d *Desk) message(id string) Answer {
	d.T.Helper()
	return d.API("GET", "/messages/"+id, nil).want(200)
}

// left are the statuses of a message that the vendor took.
var left = []string{"sent", "delivered", "read"}

// becomes waits until the message has one of the statuses.
func (d *Desk) becomes(id string, statuses ...string) (m Answer) {
	d.T.Helper()
	defer func() {
		if !slices.Contains(statuses, m.At("status")) {
			d.T.Log(m.Text)
		}
	}()
	d.Eventually(fmt.Sprint("the message is one of ", statuses), func() bool {
		m = d.message(id)
		so := slices.Contains(statuses, m.At("status"))
		if !so && m.At("status") == "failed" { // nothing more comes of it
			d.T.Fatalf("the message failed, and should be one of %v", statuses)
		}
		return so
	})
	return m
}

// got waits until so many messages reached the vendor, and returns them.
func (d *Desk) got(n int) (all []Got) {
	d.T.Helper()
	d.Eventually(fmt.Sprint(n, " messages reach the vendor"), func() bool {
		all = d.Vendor.Got(d)
		return len(all) >= n
	})
	return all
}

// upload keeps a file and returns the id of its attachment.
func (d *Desk) upload(name string, content []byte) string {
	d.T.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write(content)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		d.T.Fatal(err)
	}
	return d.ask("POST", "/api/v2/public/attachments", form.String(), "Authorization", "Bearer "+d.key, "Content-Type", w.FormDataContentType()).want(201).At("id")
}

// Open reads a file by the link that the program gave.
func (d *Desk) Open(link string) []byte {
	d.T.Helper()
	at, err := url.Parse(link)
	if err != nil {
		d.T.Fatal(err)
	}
	return []byte(d.ask("GET", at.RequestURI(), "").want(200).Text)
}
