package hooks_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"image"
	"image/png"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/channels/graphtest"
	"mauve/jobs"
	"mauve/models"
	"mauve/models/modelstest"
)

// photo is a true picture of 3 by 2 pixels.
var photo = func() []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 3, 2))); err != nil {
		panic(err)
	}
	return b.Bytes()
}()

// opus is the head of a voice note.
var opus = append([]byte("OggS\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x01\x02\x03\x04\x00\x00\x00\x00\x05\x06\x07\x08\x01\x13OpusHead\x01\x01"), make([]byte, 200)...)

const page = "<html><script>alert(1)</script></html>"

// fetched lets somebody send a file and waits until it is here, or given up; the answer is the message's list.
func (d *desk) fetched(kind, id, more string) answer {
	d.t.Helper()
	d.received(d.graph.Media("wamid."+id, "33612345678", kind, id, more, d.Clock.Now()))
	var a answer
	d.eventually("the file is fetched, or given up", func() bool {
		a = d.said()
		return a.at("data.0.content.media.state") != "fetching"
	})
	return a
}

func TestWhatPeopleSendIsFetchedAndServed(t *testing.T) {
	for name, c := range map[string]struct {
		kind, more   string
		file         graphtest.File
		isA, called  string
		served, says string
	}{
		"a picture":            {"image", `,"caption":"look"`, graphtest.File{Bytes: photo, Says: "image/jpeg"}, "image/png", "image.png", "image/png", "inline"},
		"a voice note":         {"audio", `,"voice":true`, graphtest.File{Bytes: opus, Says: "audio/ogg; codecs=opus"}, "audio/ogg", "voice.ogg", "audio/ogg", "inline"},
		"a document":           {"document", `,"filename":"../Bill №7.pdf"`, graphtest.File{Bytes: []byte("%PDF-1.4 x"), Says: "application/pdf"}, "application/pdf", "Bill №7.pdf", "application/octet-stream", "attachment"},
		"HTML named .jpg":      {"document", `,"filename":"cat.jpg"`, graphtest.File{Bytes: []byte(page), Says: "image/jpeg"}, "text/html", "cat.jpg", "application/octet-stream", "attachment"},
		"HTML sent as picture": {"image", ``, graphtest.File{Bytes: []byte(page), Says: "image/png"}, "text/html", "image", "application/octet-stream", "attachment"},
		"a sum cut short":      {"image", ``, graphtest.File{Bytes: photo, Says: "image/png", Sum: "a1b2c3d4e5f6..."}, "image/png", "image.png", "image/png", "inline"},
		"a sum of 5 bytes":     {"image", ``, graphtest.File{Bytes: photo, Says: "image/png", Sum: "4654+8g="}, "image/png", "image.png", "image/png", "inline"},
		"a sum in capitals":    {"image", ``, graphtest.File{Bytes: photo, Says: "image/png", Sum: fmt.Sprintf("%X", sha256.Sum256(photo))}, "image/png", "image.png", "image/png", "inline"},
		"slowly":               {"image", ``, graphtest.File{Bytes: photo, Says: "image/png", Slow: 100 * time.Millisecond}, "image/png", "image.png", "image/png", "inline"},
		"after a 503 and a 429": {"image", ``, graphtest.File{Bytes: photo, Says: "image/png", Refuses: []graphtest.Refusal{{Status: 503},
			{Status: 429, Code: 130429, Header: map[string]string{"Retry-After": "60"}}}}, "image/png", "image.png", "image/png", "inline"},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, d *desk) {
				file := c.file
				d.graph.Hold("media1", &file)
				refusals := len(c.file.Refuses)
				d.received(d.graph.Media("wamid.1", "33612345678", c.kind, "media1", c.more, d.Clock.Now()))
				for n := range refusals {
					d.eventually("a try", func() bool { return d.graph.Asked("media1") > n })
					d.said().has(t, "data.0.content.media.state", "fetching", "data.0.attachments.0", "<none>")
					d.Clock.Pass(2 * time.Minute)
				}
				d.eventually("the file is here", func() bool { return d.said().at("data.0.attachments.0.id") != "<none>" })
				a := d.said()
				a.has(t, "data.0.attachments.0.contentType", c.isA, "data.0.attachments.0.fileName", c.called, "data.0.content.media.state", "<nil>")
				link := a.at("data.0.attachments.0.url")
				served := d.ask(httptest.NewRequest("GET", strings.TrimPrefix(link, "http://desk.example"), nil)).want(t, 200)
				h := served.Header
				assert.Check(t, is.Equal(served.text, string(c.file.Bytes)), h)
				assert.Check(t, is.Equal(h.Get("Content-Type"), c.served), h)
				assert.Check(t, strings.HasPrefix(h.Get("Content-Disposition"), c.says), "%v %v", h.Get("Content-Disposition"), h)
				assert.Check(t, is.Equal(h.Get("X-Content-Type-Options"), "nosniff"), h)
				assert.Check(t, is.Contains(h.Get("Content-Security-Policy"), "sandbox"), h)
				d.told(t, a.at("data.0.id"), link[:strings.Index(link, "?")])
			})
		})
	}
}

// told checks that the feed tells of the message once, with the text given. An event is told when no older change is under way.
func (d *desk) told(t *testing.T, message, text string) {
	t.Helper()
	news := 0
	d.eventually("the feed tells of "+message, func() bool {
		for _, e := range d.events() {
			if e.Kind == models.MessageUpdated && e.SubjectID.With(models.PrefixMessage) == message && strings.Contains(e.Data, text) {
				news++
			}
		}
		return news > 0
	})
	if news != 1 {
		t.Errorf("%d events tell %q of %s", news, text, message)
	}
}

func (d *desk) events() []*models.Event {
	d.t.Helper()
	all, err := d.Acme.Scope.EventsAfter("", 500)
	if err != nil {
		d.t.Fatal(err)
	}
	return all
}

// gone is a file that will never come, and why.
type gone struct {
	file     graphtest.File
	says     string
	unserved bool // no byte of it was asked for
}

// lost lets a person each send one of the files and waits until all are given up with their reasons.
func (d *desk) lost(t *testing.T, files map[string]gone, meanwhile func()) {
	t.Helper()
	messages, ids, n := map[string]string{}, map[string]string{}, 0
	for name, c := range files {
		n++
		id := fmt.Sprintf("media%d", n)
		ids[name] = id
		d.graph.Hold(id, &c.file)
		person := fmt.Sprintf("3361234%04d", n)
		messages[name] = d.received(d.graph.Media("wamid."+id, person, "image", id, "", d.Clock.Now())).MessageID.With(models.PrefixMessage)
	}
	for name, c := range files {
		var a answer
		d.eventually(name+" is given up", func() bool {
			meanwhile()
			a = d.call("GET", "/messages/"+messages[name], "").want(t, 200)
			return a.at("content.media.state") == "failed"
		})
		assert.Assert(t, is.Contains(a.at("content.media.problem"), c.says), "%v %v", name, a.text)
		a.has(t, "attachments.0", "<none>")
		d.told(t, messages[name], c.says)
		if served := d.graph.Served(ids[name]); c.unserved && served != 0 {
			t.Errorf("%s was served %d times", name, served)
		}
	}
}

func TestAFileThatWillNeverComeIsGivenUpAtOnce(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		files := map[string]gone{
			"200 MiB":                     {graphtest.File{Size: 200 << 20, Says: "video/mp4"}, "larger than 100 MiB", true},
			"its size is a text":          {graphtest.File{Bytes: photo, Claims: "104857601", Says: "image/png"}, "larger than 100 MiB", true},
			"200 MiB, said to be small":   {graphtest.File{Size: 200 << 20, Claims: 1000, Says: "video/mp4"}, "larger than 100 MiB", false},
			"200 MiB, its size no number": {graphtest.File{Size: 200 << 20, Claims: "unknown", Says: "video/mp4"}, "larger than 100 MiB", false},
			"expired":                     {graphtest.File{Says: "image/png", Refuses: []graphtest.Refusal{{Status: 404}}}, "Meta has it no longer.", true},
			"unknown":                     {graphtest.File{Says: "image/png", Refuses: []graphtest.Refusal{{Status: 400, Code: 100, Detail: "no such object"}}}, "Meta has it no longer.", true},
			"somebody else's":             {graphtest.File{Says: "image/png", Where: "http://169.254.169.254/latest"}, "not its own", true},
			"another port":                {graphtest.File{Says: "image/png", Where: "http://127.0.0.1:1/files/media1"}, "not its own", true},
			"refused, and why":            {graphtest.File{Says: "image/png", Refuses: []graphtest.Refusal{{Status: 400, Code: 131052, Detail: "Media download error"}}}, "Media download error", true},
		}
		d.lost(t, files, func() {})
		for n := 1; n <= len(files); n++ {
			if asked := d.graph.Asked(fmt.Sprintf("media%d", n)); asked != 1 {
				t.Errorf("media%d was asked for %d times", n, asked)
			}
		}
	})
}

func TestAFileThatDoesNotComeIsGivenUpInTheEnd(t *testing.T) {
	t.Parallel()
	modelstest.Each(t, func(t *testing.T, w *modelstest.World) {
		d := open(t, w)
		away := make([]graphtest.Refusal, 100)
		for i := range away {
			away[i] = graphtest.Refusal{Status: 302, Header: map[string]string{"Location": "http://127.0.0.1:1/"}}
		}
		d.work()
		d.lost(t, map[string]gone{
			"not the file":    {graphtest.File{Bytes: photo, Says: "image/png", Sum: "3J6Pw2EHkuIYCAGEMUL1ykBzMYnD7Zo5d+q4kHJXUQE="}, "not the file that was sent", false},
			"nothing in it":   {graphtest.File{Says: "image/png"}, "nothing in it", false},
			"redirected away": {graphtest.File{Says: "image/png", Refuses: away}, "Meta answered 302.", true},
		}, func() {
			if d.graph.Serving() == 0 { // or the lease of the one that is tried would end
				d.Clock.Pass(time.Hour)
			}
		})
		for n := 1; n <= 3; n++ {
			if asked := d.graph.Asked(fmt.Sprintf("media%d", n)); asked < 9 {
				t.Errorf("media%d was asked for %d times", n, asked)
			}
		}
	})
}

// TestAFileThatIsNeverServedIsGivenUpInTheEnd alone: so short a patience might give up others, too.
func TestAFileThatIsNeverServedIsGivenUpInTheEnd(t *testing.T) {
	t.Parallel()
	modelstest.Each(t, func(t *testing.T, w *modelstest.World) {
		d := open(t, w)
		d.fetcher.StallAfter = 100 * time.Millisecond
		d.work()
		d.lost(t, map[string]gone{
			// Which step of the last try stalls, and so the reason, is a matter of time.
			"never served": {graphtest.File{Bytes: photo, Says: "image/png", Hangs: true}, "", false},
		}, func() {
			if d.graph.Serving() == 0 { // or the lease of the one that is tried would end
				d.Clock.Pass(time.Hour)
			}
		})
		asked := d.graph.Asked("media1")
		assert.Check(t, asked >= 9, asked)
	})
}

func TestAFileWhoseFetcherDiedIsFetchedByAnother(t *testing.T) {
	t.Parallel()
	modelstest.Each(t, func(t *testing.T, w *modelstest.World) {
		d := open(t, w)
		d.graph.Hold("media1", &graphtest.File{Bytes: photo, Says: "image/png"})
		reader, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); d.reader.Run(reader) }()
		d.received(d.graph.Media("wamid.1", "33612345678", "image", "media1", "", d.Clock.Now()))
		stop()
		<-ended
		dead, err := w.Store.ClaimFetches(t.Context(), d.channel.ID, 5)
		assert.NilError(t, err)
		assert.Assert(t, is.Len(dead, 1))
		assert.Equal(t, dead[0].Media.ID, "media1")
		again, err := w.Store.ClaimFetches(t.Context(), d.channel.ID, 5)
		assert.NilError(t, err)
		assert.Assert(t, is.Len(again, 0), "claimed twice")
		d.Clock.Pass(7 * time.Minute)
		for range 2 { // two replicas: one of them fetches it
			f := jobs.NewFetcher(w.Store, d.set, jobs.MaxMedia)
			ctx, stop := context.WithCancel(context.Background())
			done := make(chan struct{})
			go func() { defer close(done); f.Run(ctx) }()
			t.Cleanup(func() { stop(); <-done })
		}
		d.eventually("the file is here", func() bool { return d.said().at("data.0.attachments.0.fileName") == "image.png" })
		n := d.graph.Asked("media1")
		assert.Check(t, is.Equal(n, 1), "asked for %v times", n)
	})
}

func TestAFileIsTakenBackWithItsMessage(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.graph.Hold("media1", &graphtest.File{Bytes: photo, Says: "image/png"})
		hook := d.call("POST", "/webhooks", `{"url":"https://shop.example/hook","events":["message.updated"]}`).want(t, 201).at("id")
		a := d.fetched("image", "media1", `,"caption":"oops"`)
		d.call("GET", "/webhooks/"+hook+"/deliveries", "").has(t, "data.0.event", "message.updated")
		file := a.at("data.0.attachments.0.id")
		edit := `{"from":"33612345678","id":"wamid.2","timestamp":"%d","type":"edit","edit":{"original_message_id":"wamid.media1","message":{"type":"image","image":{"id":"media1","caption":"better","mime_type":"image/png"}}}}`
		d.received(graphtest.Envelope(`"messages":[` + fmt.Sprintf(edit, d.Clock.Now().Unix()) + `]`))
		a = d.said()
		a.has(t, "data.0.body", "better", "data.0.attachments.0.id", file)
		assert.Check(t, is.Equal(d.graph.Asked("media1"), 1), a.text)
		d.told(t, a.at("data.0.id"), `"better"`)
		revoke := `{"from":"33612345678","id":"wamid.3","timestamp":"%d","type":"revoke","revoke":{"original_message_id":"wamid.media1"}}`
		d.received(graphtest.Envelope(`"messages":[` + fmt.Sprintf(revoke, d.Clock.Now().Unix()) + `]`))
		a = d.said()
		assert.Check(t, a.at("data.0.deletedAt") != "<nil>", a.text)
		a.has(t, "data.0.attachments.0", "<none>")
		d.call("GET", "/attachments/"+file, "").want(t, 404)
	})
}

func TestAFileOfARemovedContactIsForgotten(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.graph.Hold("media1", &graphtest.File{Bytes: photo, Says: "image/png", Slow: time.Hour})
		d.received(d.graph.Media("wamid.1", "33612345678", "image", "media1", "", d.Clock.Now()))
		d.eventually("a try", func() bool { return d.graph.Asked("media1") > 0 })
		contact := d.call("GET", "/contacts", "").at("data.0.id")
		d.call("DELETE", "/contacts/"+contact, "").want(t, 204)
		left, err := d.Store.DueFetchers(t.Context(), 10)
		assert.Check(t, err)
		assert.Check(t, is.Len(left, 0))
	})
}
