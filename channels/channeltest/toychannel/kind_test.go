package toychannel

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/channels"
	"mauve/channels/channeltest"
	"mauve/channels/sandbox"
	"mauve/cmd/server"
	"mauve/cmd/server/servertest"
	"mauve/models"
	"mauve/models/channeltype"
	"mauve/models/modelstest"
	"mauve/models/search"
	"mauve/web/webtest"
)

// start runs the program with the toy's adapter: this and channeltype.Register is all that a program does for a kind.
func start(t *testing.T, w *modelstest.World) (string, *vendor) {
	v := newVendor(t)
	running := servertest.Run(t, server.Config{Addr: "127.0.0.1:0", Store: w.Store, Version: "test", AllowPrivate: true, Channels: channels.Set{toyKind: newToy(v.URL)}})
	return running.URL(), v
}

func TestTheToyIsAChannel(t *testing.T) {
	t.Parallel()
	channeltest.Run(t, channeltest.Kind{
		Kind:  toyKind,
		Start: func(t *testing.T, w *modelstest.World) (string, channeltest.Vendor) { return start(t, w) },
		Direct: func(t *testing.T) channeltest.Direct {
			v := newVendor(t)
			return channeltest.Direct{Adapter: newToy(v.URL), Account: &models.Account{Settings: channeltype.Settings{"line": "line-1", "token": token}},
				Recipient: models.Recipient{WhatsApp: ada}, Taken: func() int { return len(v.Got(nil)) }}
		},
		Bodies: []string{
			string(spelled(page{ID: "1", Person: ada, Name: "Ada", Text: "hello"})),
			string(spelled(page{ID: "2", Person: ada, File: "f"})),
			string(spelled(page{ID: "1", Status: "read"})),
		},
	})
}

// browser is Lea's, without JavaScript.
type browser struct {
	t      *testing.T
	at     string
	cookie string
}

func (b *browser) do(method, path string, form url.Values) (*http.Response, string) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.at+path, strings.NewReader(form.Encode()))
	assert.NilError(b.t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Cookie", "mauve_session="+b.cookie)
	r.Close = true
	res, err := http.DefaultTransport.RoundTrip(r)
	assert.NilError(b.t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	assert.NilError(b.t, err)
	for _, c := range res.Cookies() {
		if c.Name == "mauve_session" {
			b.cookie = c.Value
		}
	}
	return res, string(text)
}

// shows fails unless the page has all the texts.
func (b *browser) shows(path string, all ...string) string {
	b.t.Helper()
	res, text := b.do("GET", path, nil)
	assert.Equal(b.t, res.StatusCode, 200, text)
	assert.Check(b.t, is.Len(missing(text, all...), 0), path)
	return text
}

// input is the field of a setting, as the page spells it.
func input(page, setting string) string {
	before, after, _ := strings.Cut(page, `name="config.`+setting+`"`)
	rest, _, _ := strings.Cut(after, ">")
	return before[strings.LastIndex(before, "<")+1:] + rest
}

// TestTheToyHasItsPages: a kind that nobody wrote a page for is added, configured and talked on in the browser.
func TestTheToyHasItsPages(t *testing.T) {
	t.Parallel()
	modelstest.Each(t, func(t *testing.T, w *modelstest.World) {
		at, v := start(t, w)
		b := &browser{t: t, at: at}
		b.do("POST", "/sign-in", url.Values{"email": {"lea@acme.example"}, "password": {modelstest.Password}})
		b.shows("/settings/channels", `<h3>Toy pager</h3>`, `href="/settings/channels/new?kind=toy"`, "Add a number", "Link a phone", "Add a sandbox")
		fields := b.shows("/settings/channels/new?kind=toy", "New channel: Toy pager", `name="kind" value="toy"`, "50 if left empty", "Pagers beep", "From the vendor, under Keys")
		for name, parts := range map[string][]string{"line": {`type="text"`}, "token": {`type="password"`}, "signingKey": {`type="password"`}, "loud": {`type="checkbox"`},
			"repeats": {`type="number"`, `min="0"`}, "throughput": {`type="number"`, `min="1"`}} {
			assert.Check(t, is.Len(missing(input(fields, name), parts...), 0), input(fields, name))
			assert.Check(t, is.Contains(fields, ">"+map[bool]string{true: "Messages a second", false: name}[name == "throughput"]+"<"))
		}
		if res, _ := b.do("GET", "/settings/channels/new?kind=pigeon", nil); res.StatusCode != 404 {
			t.Error("a kind that is none has a form:", res.StatusCode)
		}

		// What is wrong is said at its field; what was filled in is still there, but for secrets.
		form := url.Values{"kind": {"toy"}, "name": {"Front desk"}, "sessionId": {"pager-1"}, "config.line": {"Line 1"}, "config.token": {token},
			"config.signingKey": {key}, "config.loud": {channeltype.On}, "config.repeats": {"10"}}
		res, text := b.do("POST", "/settings/channels", form)
		assert.Equal(t, res.StatusCode, 422, text)
		assert.Check(t, is.Len(missing(text, `id="field-config.line-error"`, `id="field-config.repeats-error"`, `value="Line 1"`, `value="10"`, " checked"), 0))
		assert.Check(t, !strings.Contains(text, token) && !strings.Contains(text, key), "a secret came out")

		form.Set("config.line", " line-1 ")
		form.Set("config.repeats", "0")
		res, text = b.do("POST", "/settings/channels", form)
		assert.Equal(t, res.StatusCode, 303, text)
		page, _, _ := strings.Cut(res.Header.Get("Location"), "?")
		shown := b.shows(page, "Toy pager", "At the vendor", at+"/hooks/toy/chan_", `value="line-1"`, `value="0"`, " checked", "Kept, and not shown again", "Check now",
			"<dt>line</dt>", "Remove the channel")
		for _, not := range []string{"At Meta", "Magic numbers", "Templates", token, key} {
			assert.Check(t, !strings.Contains(shown, not), "the page says %s", not)
		}
		modelstest.Eventually(t, "the line is checked", func() bool { return len(missing(b.shows(page), "Line line-1", "Connected")) == 0 })
		b.shows("/settings/channels", "Toy pager", "Front desk")

		// Somebody writes: the conversation is in the inbox, with the kind's name; what is answered is sent as the form says.
		id, _ := models.ParseID(models.PrefixChannel, models.PrefixChannel+page[strings.LastIndex(page, "/")+1:])
		call, err := http.NewRequestWithContext(t.Context(), "POST", at+"/hooks/toy/"+id.With(models.PrefixChannel), strings.NewReader(string(v.Letter("1", "Bonjour"))))
		assert.NilError(t, err)
		call.Header.Set(v.Sign(v.Letter("1", "Bonjour")))
		call.Close = true
		taken, err := http.DefaultTransport.RoundTrip(call)
		assert.NilError(t, err)
		assert.NilError(t, taken.Body.Close())
		assert.Equal(t, taken.StatusCode, 200)
		var talks *models.List[*models.Conversation]
		modelstest.Eventually(t, "the conversation begins", func() bool {
			talks, err = search.Conversations(w.Acme.Scope, search.ConversationFilter{ChannelID: id}, models.Page{})
			assert.NilError(t, err)
			return len(talks.Items) == 1
		})
		b.shows("/inbox", "Bonjour", `title="Toy pager"`)
		b.shows("/inbox/"+string(talks.Items[0].ID), "Bonjour", "Toy pager", "Ada")
		_, err = w.Acme.Scope.Send(talks.Items[0].ID, models.Draft{Body: "Beep"})
		assert.NilError(t, err)
		modelstest.Eventually(t, "the answer reaches the pager", func() bool { return len(v.Got(nil)) == 1 })
		assert.Check(t, is.DeepEqual(v.last(t), pageOf("page-1", "Beep")))

		// A form that is saved again keeps its secrets and takes the switch off.
		form.Del("config.loud")
		form.Set("config.token", "")
		form.Set("config.signingKey", "")
		res, text = b.do("POST", page, form)
		assert.Equal(t, res.StatusCode, 303, text)
		account, err := w.Store.Account(t.Context(), id)
		assert.NilError(t, err)
		assert.Check(t, is.DeepEqual(account.Settings, channeltype.Settings{"line": "line-1", "token": token, "signingKey": key, "repeats": "0"}))
	})
}

func pageOf(id, text string) page {
	return page{ID: id, Person: ada, Text: text, Loud: true, Repeats: "0"}
}

// TestTheToyIsInTheReference: programs find the kind and its settings where they find all others.
func TestTheToyIsInTheReference(t *testing.T) {
	t.Parallel()
	w := modelstest.New(t, modelstest.Engines[0])
	at, _ := start(t, w)
	_, text := (&browser{t: t, at: at}).do("GET", "/api/v2/public/openapi.json", nil)
	var doc any
	assert.NilError(t, json.Unmarshal([]byte(text), &doc))
	schemas := func(path string) string { return webtest.At(doc, "components.schemas."+path) }
	assert.Check(t, is.Equal(schemas("Post-channelsRequest.properties.kind.enum"), "[whatsapp whatsapp_web sandbox api toy]"))
	assert.Check(t, is.Contains(schemas("Post-channelsRequest.properties.config.description"), "toy: line, token, signingKey, loud, repeats, throughput. "))
	for path, want := range map[string]string{
		"line.type": "string", "line.description": "The line's name", "token.type": "string", "loud.type": "boolean", "loud.description": "Pagers beep",
		"repeats.type": "integer", "repeats.minimum": "0", "repeats.maximum": "9", "throughput.maximum": "1000",
		"throughput.description": "Messages a second; if left out 80, for whatsapp_web 1, for toy 50", "phoneNumberId.type": "string",
	} {
		assert.Check(t, is.Equal(schemas("ChannelConfig.properties."+path), want), path)
	}
}

// silent is the toy without its webhook.
type silent struct{ channels.Checker }

// TestAProgramStartsOnlyWithAnAdapterThatFits: what a type says and its adapter cannot is found before anything is served.
func TestAProgramStartsOnlyWithAnAdapterThatFits(t *testing.T) {
	t.Parallel()
	for says, set := range map[string]channels.Set{
		"the kind toy has a queue and no adapter that sends":         nil,
		"the kind toy is called by its vendor":                       {toyKind: silent{newToy("")}},
		"there are two adapters for the kind sandbox":                {toyKind: newToy(""), models.ChannelSandbox: sandbox.Sandbox{}},
		"an adapter for the kind pigeon, and no such type":           {toyKind: newToy(""), "pigeon": newToy("")},
		"the kind api is not called by its vendor, and its adapter ": {toyKind: newToy(""), models.ChannelAPI: newToy("")},
	} {
		w := modelstest.New(t, modelstest.Engines[0])
		running, err := server.New(t.Context(), server.Config{Store: w.Store, PublicURL: "http://desk.example", Channels: set})
		assert.Check(t, is.ErrorContains(err, says))
		if err == nil {
			assert.NilError(t, running.Close())
		}
	}
}
