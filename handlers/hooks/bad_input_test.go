package hooks_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/channels/graphtest"
	"mauve/handlers/hooks"
	"mauve/models"
	"mauve/models/content"
	"mauve/models/modelstest"
	"mauve/models/search"
)

// TestWhatCannotBeReadIsIgnoredWithAReason: a signed body is always answered 200 and never lost without a word.
func TestWhatCannotBeReadIsIgnoredWithAReason(t *testing.T) {
	whole := string(graphtest.Text("wamid.1", "33612345678", "Ada", "hello", time.Now()))
	field := func(name, value string) string {
		return `{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"` + name + `","value":` + value + `}]}]}`
	}
	bodies := map[string]string{
		"nothing":            "",
		"no JSON":            "hello",
		"truncated":          whole[:len(whole)-20],
		"trailing garbage":   whole + "}",
		"not an object":      `[1,2]`,
		"another object":     `{"object":"page","entry":[]}`,
		"no entries":         `{"object":"whatsapp_business_account","entry":[]}`,
		"entries of nothing": `{"object":"whatsapp_business_account","entry":[null,7,{"changes":[8]}]}`,
		"deeply nested":      `{"object":"whatsapp_business_account","entry":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}`,
		"unknown field":      field("weather_update", `{}`),
		"calls":              field("calls", `{"calls":[]}`),
		"value of a text":    field("messages", `"x"`),
		"empty value":        field("messages", `{}`),
		"unknown status":     string(graphtest.Status("wamid.1", "levitating", "", nil)),
		"status of nothing":  string(graphtest.Envelope(`"statuses":[{"status":"read"}]`)),
		"message of nothing": string(graphtest.Envelope(`"messages":[7]`)),
		"message without id": string(graphtest.Envelope(`"messages":[{"from":"33612345678","type":"text","text":{"body":"x"}}]`)),
		"nobody's message":   string(graphtest.Envelope(`"messages":[{"id":"wamid.9","type":"text","text":{"body":"x"}}]`)),
		"group message":      string(graphtest.Envelope(`"messages":[{"id":"wamid.8","from":"33612345678","group_id":"g1","type":"text","text":{"body":"x"}}]`)),
		"unknown number":     strings.ReplaceAll(whole, graphtest.Number, "999"),
		"unknown template":   field("message_template_status_update", `{"event":"APPROVED","message_template_name":"x","message_template_language":"en"}`),
		"errors alone":       string(graphtest.Envelope(`"errors":[{"code":130429,"title":"Rate limit hit"}]`)),
	}
	each(t, func(t *testing.T, d *desk) {
		for name, body := range bodies {
			end := d.received([]byte(body))
			assert.Check(t, is.Equal(end.Became, models.BecameIgnored), "%v %+v", name, end)
			assert.Check(t, !end.Because.None(), "%v %+v", name, end)
			if says := "it is not JSON"; strings.HasPrefix(end.Because.String(), says) == json.Valid([]byte(body)) {
				t.Errorf("%s is ignored because %s", name, end.Because)
			}
		}
		assert.Check(t, is.Equal(d.people(), "0"), "contacts were made")
	})
}

func TestABodyThatIsTooLargeIsRefused(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		body := graphtest.Text("wamid.1", "33612345678", "Ada", strings.Repeat("x", 5<<20), time.Now())
		call, err := http.NewRequest("POST", d.server()(), bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		call.Header.Set("X-Hub-Signature-256", graphtest.Sign(body))
		res, err := http.DefaultClient.Do(call)
		if err != nil {
			t.Fatal("a client that writes first and then reads is not answered:", err)
		}
		res.Body.Close()
		assert.Check(t, is.Equal(res.StatusCode, 413), res.Status)
		body = graphtest.Text("wamid.1", "33612345678", "Ada", strings.Repeat("x", hooks.BodyLimit-1000), time.Now())
		end := d.received(body)
		assert.Check(t, is.Equal(end.Became, models.BecameMessage), "%+v", end)
		a := d.said()
		assert.Check(t, len(a.at("data.0.body")) <= 4*content.LongestText, len(a.at("data.0.body")))
	})
}

// TestAnEditThatIsNotUnderstoodLeavesTheMessage and is a message of its own; nor does anybody else's edit or deletion change it.
func TestAnEditThatIsNotUnderstoodLeavesTheMessage(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.received(graphtest.Text("wamid.1", "33612345678", "Ada", "my order is 4711", time.Now()))
		change := func(id, from, what string) models.Ending {
			return d.received(graphtest.Envelope(`"messages":[{"id":"` + id + `","from":"` + from + `","timestamp":"1",` + what + `}]`))
		}
		end := change("wamid.2", "33612345678", `"type":"edit","edit":{"original_message_id":"wamid.1","message":{"type":"hologram"}}`)
		assert.Check(t, is.Equal(end.Became, models.BecameMessage), "%+v", end)
		for i, what := range []string{`"type":"edit","edit":{"original_message_id":"wamid.1","message":{"type":"text","text":{"body":"mine is 1"}}}`, `"type":"revoke","revoke":{"original_message_id":"wamid.1"}`} {
			end := change(fmt.Sprint("wamid.evil.", i), "33699999999", what)
			assert.Check(t, is.Equal(end.Became, models.BecameIgnored), "%+v", end)
			assert.Check(t, is.Contains(end.Because.String(), "somebody else"), "%+v", end)
		}
		a := d.said()
		a.has(t, "meta.total", "2", "data.0.body", "my order is 4711", "data.1.type", "unsupported", "data.1.replyToId", a.at("data.0.id"))
		change("wamid.3", "33612345678", `"type":"edit","edit":{"original_message_id":"wamid.1","message":{"type":"text","text":{"body":"my order is 4712"}}}`)
		change("wamid.4", "33612345678", `"type":"revoke","revoke":{"original_message_id":"wamid.1"}`)
		a = d.said()
		a.has(t, "data.0.body", "")
		assert.Check(t, a.at("data.0.editedAt") != "<nil>", a.text)
		assert.Check(t, a.at("data.0.deletedAt") != "<nil>", a.text)
	})
}

// TestNULInAnIDIsNoReasonToFail is ids that PostgreSQL would not take: what they are of is not here.
func TestNULInAnIDIsNoReasonToFail(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		whole := string(graphtest.Text("wamid.1", "33612345678", "Ada", "hello", time.Now()))
		for name, body := range map[string]string{
			"status": strings.Replace(string(graphtest.Status("wamid.NUL", "read", "33612345678", nil)), "NUL", `\u0000`, 1),
			"number": strings.ReplaceAll(whole, `"phone_number_id":"`+graphtest.Number, `"phone_number_id":"9\u0000`),
			"edit":   string(graphtest.Envelope(`"messages":[{"id":"wamid.5","from":"33612345678","type":"revoke","revoke":{"original_message_id":"w\u0000"}}]`)),
		} {
			end := d.received([]byte(body))
			assert.Check(t, is.Equal(end.Became, models.BecameIgnored), "%v %+v", name, end)
		}
	})
}

// TestACallThatTakesLongIsReadInParts is a call with more in it than one batch has time for.
func TestACallThatTakesLongIsReadInParts(t *testing.T) {
	t.Parallel()
	var messages []string
	for i := range 300 {
		messages = append(messages, fmt.Sprintf(`{"id":"wamid.%d","from":"3361234567%d","timestamp":"1","type":"text","text":{"body":"%d"}}`, i, i%3, i))
	}
	modelstest.Each(t, func(t *testing.T, w *modelstest.World) {
		// A batch in which a busy machine gets nothing done is a failed one; then another world is given more time.
		for within := 100 * time.Millisecond; ; within *= 2 {
			d := open(t, w)
			d.reader.ReadWithin = within
			d.work()
			d.signed(graphtest.Envelope(`"messages":[`+strings.Join(messages, ",")+`]`)).want(t, 200)
			ends := d.settled()
			if within < time.Minute && slices.ContainsFunc(ends, func(e models.Ending) bool { return e.Because.String() == "it could not be kept in time" }) {
				w = modelstest.New(t, w.Engine)
				continue
			}
			assert.Check(t, is.Len(ends, 300))
			for _, end := range ends {
				assert.Check(t, is.Equal(end.Became, models.BecameMessage), "%+v", end)
			}
			talks := d.call("GET", "/conversations", "").want(t, 200)
			for i := range 3 {
				all := d.call("GET", "/conversations/"+talks.at(fmt.Sprintf("data.%d.id", i))+"/messages?perPage=100", "").want(t, 200)
				first, _ := strconv.Atoi(all.at("data.0.body"))
				var got, want []string
				for j := range 100 {
					got, want = append(got, all.at(fmt.Sprintf("data.%d.body", j))), append(want, strconv.Itoa(first+3*j))
				}
				assert.DeepEqual(t, got, want)
			}
			l, err := search.Envelopes(d.Acme.Scope, d.channel.ID, models.Page{})
			assert.NilError(t, err)
			assert.Check(t, is.Len(l.Items[0].Outcomes, 300))
			assert.Check(t, is.Equal(l.Items[0].State, models.EnvelopeRead))
			return
		}
	})
}

func TestOneBadMessageDoesNotLoseTheOthers(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		message := func(id, rest string) string {
			return `{"id":"` + id + `","from":"33612345678","timestamp":"1","type":"text",` + rest + `}`
		}
		d.signed([]byte(`{"object":"whatsapp_business_account","entry":[7,{"changes":[{"field":"messages","value":{"contacts":["x",{"wa_id":"33612345678","profile":{"name":"Ada"}}],"messages":[`+
			strings.Join([]string{message("wamid.1", `"text":{"body":"one"}`), `"bad"`, message("wamid.2", `"text":{"body":"nul \u0000 and \ud800"}`), message("wamid.3", `"text":[]`)}, ",")+
			`]}},{"field":"nonsense"}]},{"changes":[{"field":"messages","value":{"messages":[`+message("wamid.4", `"text":{"body":"four"}`)+`]}}]}]}`)).want(t, 200)
		kept := 0
		for _, e := range d.settled() {
			if e.Became == models.BecameMessage {
				kept++
			} else if e.Because.None() {
				t.Errorf("%+v", e)
			}
		}
		a := d.said()
		assert.Check(t, is.Equal(kept, 4), a.text)
		a.has(t, "meta.total", "4", "data.3.body", "four")
		assert.Check(t, !strings.Contains(a.at("data.1.body"), "\x00"), "%v %v", a.at("data.1.body"), a.text)
	})
}

func TestOneWebhookCarriesSeveralNumbers(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		other := d.connect(d.Acme, "whatsapp", "second", "777")
		body := strings.ReplaceAll(string(graphtest.Text("wamid.1", "33612345678", "Ada", "hello", time.Now())), graphtest.Number, "777")
		end := d.received([]byte(body))
		assert.Check(t, is.Equal(end.Became, models.BecameMessage), "%+v", end)
		d.said().has(t, "data.0.channelId", other.ID.With("chan_"))
	})
}

func TestTimesThatCannotBeTrue(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		for i, at := range []string{"1", "0", "-5", "99999999999999", "soon", fmt.Sprint(time.Now().Add(72 * time.Hour).Unix())} {
			body := graphtest.Envelope(fmt.Sprintf(`"messages":[{"id":"wamid.t%d","from":"33612345678","timestamp":%q,"type":"text","text":{"body":"x"}}]`, i, at))
			end := d.received(body)
			assert.Check(t, is.Equal(end.Became, models.BecameMessage), "%v %+v", at, end)
		}
		for i := range 6 {
			sent, err := time.Parse(time.RFC3339, d.said().at(fmt.Sprintf("data.%d.sentAt", i)))
			assert.Check(t, err)
			assert.Check(t, time.Since(sent) <= time.Hour, "%v %+v", time.Since(sent), sent)
			assert.Check(t, time.Until(sent) <= time.Hour, "%v %+v", time.Until(sent), sent)
		}
		// Held back for two days, as Meta does while nobody answers: the window is shut.
		d.received(graphtest.Text("wamid.late", "33611111111", "Bob", "hello?", time.Now().Add(-48*time.Hour)))
		d.call("POST", "/messages", `{"sessionId":"session-123","to":"+33611111111","body":"sorry"}`).want(t, 422)
	})
}

func TestNewsOfTheAccountAndItsTemplates(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		field := func(name, value string) []byte {
			return []byte(`{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"` + name + `","value":` + value + `}]}]}`)
		}
		d.graph.Templates = `{"data":[{"id":"1","name":"order","language":"en","status":"APPROVED","category":"UTILITY","components":[{"type":"BODY","text":"hi"}]}]}`
		path := "/channels/" + d.channel.ID.With("chan_")
		checked := func() string { return d.call("GET", path, "").at("facts.checkedAt") }
		d.eventually("the first check is over", func() bool { return checked() != "<nil>" })
		first := checked()
		d.Clock.Pass(time.Second)
		end := d.received(field("account_update", `{"event":"ACCOUNT_RESTRICTION"}`))
		assert.Check(t, is.Equal(end.Became, models.BecameUpdate), "%+v", end)
		d.eventually("it is checked anew", func() bool { return checked() != first })
		d.call("GET", path+"/templates", "").has(t, "data.0.status", "APPROVED")
		d.received(field("message_template_status_update", `{"event":"PAUSED","message_template_id":1,"message_template_name":"order","message_template_language":"en"}`))
		d.received(field("message_template_quality_update", `{"new_quality_score":"RED","message_template_name":"order","message_template_language":"en"}`))
		d.call("GET", path+"/templates", "").has(t, "data.0.status", "PAUSED", "data.0.quality", "RED")
		d.call("GET", path, "").has(t, "facts.name", "Acme")
	})
}
