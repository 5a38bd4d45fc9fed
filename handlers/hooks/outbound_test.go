package hooks_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/channels/graphtest"
	"mauve/models"
	"mauve/models/modelstest"
)

// wrote lets somebody write to Acme, which opens the window, and returns the conversation's id.
func (d *desk) wrote(number string) string {
	d.t.Helper()
	d.received(graphtest.Text("wamid.in."+number, number, "Ada", "hello", d.Clock.Now()))
	return d.call("GET", "/conversations?q="+number, "").want(d.t, 200).at("data.0.id")
}

// sends posts a message and returns its id.
func (d *desk) sends(conversation, body string) string {
	d.t.Helper()
	return d.call("POST", "/conversations/"+conversation+"/messages", body).want(d.t, 202).at("id")
}

// becomes waits until the message has the status.
func (d *desk) becomes(id, status string) answer {
	d.t.Helper()
	var a answer
	defer func() {
		if a.at("status") != status {
			d.t.Log(a.text)
		}
	}()
	d.eventually("the message becomes "+status, func() bool {
		a = d.call("GET", "/messages/"+id, "").want(d.t, 200)
		return a.at("status") == status
	})
	return a
}

func TestAMessageGoesOutAndItsStatusesComeBack(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.graph.Statuses = []string{"sent", "delivered", "read"}
		d.graph.Callback = d.server()
		talk := d.wrote("33612345678")
		id := d.sends(talk, `{"body":"bonjour https://example.com"}`)
		a := d.becomes(id, "read")
		a.has(t, "externalId", d.graph.Sent()[0].ID, "error", "<nil>")
		assert.Check(t, a.at("sentAt") != "<nil>", a.text)
		assert.Check(t, a.at("deliveredAt") != "<nil>", a.text)
		assert.Check(t, a.at("readAt") != "<nil>", a.text)
		sent := d.graph.Sent()
		if assert.Check(t, is.Len(sent, 1)) {
			assert.Check(t, is.Equal(sent[0].To, "33612345678"))
			assert.Check(t, is.Equal(sent[0].Text(), "bonjour https://example.com"))
			assert.Check(t, is.Equal(sent[0].Body["messaging_product"], "whatsapp"))
			assert.Check(t, is.Equal(sent[0].Body["biz_opaque_callback_data"], id))
		}
	})
}

func TestWhatIsSentIsSpelledAsMetaTakesIt(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		talk := d.wrote("33612345678")
		first := d.said().at("data.0.id")
		for _, c := range []struct{ body, want string }{
			{`{"body":"hi","previewUrl":false}`, `text:map[body:hi preview_url:false]`},
			{`{"body":"re","replyToId":"` + first + `"}`, `context:map[message_id:wamid.in.33612345678]`},
			{`{"media":{"url":"https://x.example/a.jpg"},"body":"cat"}`, `image:map[caption:cat link:https://x.example/a.jpg]`},
			{`{"media":{"type":"document","id":"77","fileName":"a.pdf"}}`, `document:map[filename:a.pdf id:77]`},
			{`{"media":{"url":"https://x.example/a.ogg"}}`, `audio:map[link:https://x.example/a.ogg]`},
			{`{"location":{"latitude":1.5,"longitude":2,"name":"Here"}}`, `location:map[address: latitude:1.5 longitude:2 name:Here]`},
			{`{"contacts":[{"name":"Bob B","phones":["+1 555"]}]}`, `contacts:[map[name:map[first_name:Bob formatted_name:Bob B] phones:[map[phone:+1 555 type:CELL]]]]`},
			{`{"reaction":{"messageId":"` + first + `","emoji":"👍"}}`, `reaction:map[emoji:👍 message_id:wamid.in.33612345678]`},
			{`{"template":{"name":"t_1","language":"en_US","components":[{"type":"body","parameters":[{"type":"text","text":"x"}]}]}}`,
				`template:map[components:[map[parameters:[map[text:x type:text]] type:body]] language:map[code:en_US] name:t_1]`},
		} {
			n := len(d.graph.Sent())
			d.becomes(d.sends(talk, c.body), "sent")
			if got := fmt.Sprint(d.graph.Sent()[n].Body); !strings.Contains(got, c.want) {
				t.Errorf("%s was sent as %s", c.body, got)
			}
		}
	})
}

func TestReadingAndTypingAreTold(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		talk := d.wrote("33612345678")
		d.call("POST", "/conversations/"+talk+"/read", "").want(t, 200)
		d.eventually("the reading is told", func() bool { return len(d.graph.Reads()) == 1 })
		d.call("POST", "/conversations/"+talk+"/typing", "").want(t, 204)
		d.eventually("the typing is told", func() bool { return len(d.graph.Reads()) == 2 })
		r := d.graph.Reads()
		assert.Check(t, is.Equal(r[0]["message_id"], "wamid.in.33612345678"), r)
		assert.Check(t, is.Nil(r[0]["typing_indicator"]), r)
		assert.Check(t, r[1]["typing_indicator"] != nil, r)
	})
}

// TestWhatMetaRefusesAndWhatItPutsOff: a refusal is final, a 429 and a 5xx are not.
func TestWhatMetaRefusesAndWhatItPutsOff(t *testing.T) {
	for _, c := range []struct {
		name   string
		no     graphtest.Refusal
		status string
		calls  int
		says   string
	}{
		{"not on WhatsApp", graphtest.Refusal{Status: 400, Code: 131026, Detail: "Message undeliverable"}, "failed", 1, "not on WhatsApp"},
		{"outside the window", graphtest.Refusal{Status: 400, Code: 131047, Detail: "Re-engagement message"}, "failed", 1, "Send a template"},
		{"a code of tomorrow", graphtest.Refusal{Status: 400, Code: 139999, Detail: "Something new"}, "failed", 1, "Something new"},
		{"too fast", graphtest.Refusal{Status: 429, Code: 130429, Detail: "Rate limit hit"}, "sent", 2, ""},
		{"429 alone", graphtest.Refusal{Status: 429, Header: map[string]string{"Retry-After": "1"}}, "sent", 2, ""},
		{"away", graphtest.Refusal{Status: 503}, "sent", 2, ""},
		{"something failed", graphtest.Refusal{Status: 500, Code: 131000, Detail: "Something went wrong"}, "sent", 2, ""},
		{"too many to one person", graphtest.Refusal{Status: 400, Code: 131056, Detail: "Pair rate limit"}, "sent", 2, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			each(t, func(t *testing.T, d *desk) {
				d.graph.Answer = func(n int, _ map[string]any) *graphtest.Refusal {
					if n == 1 {
						return &c.no
					}
					return nil
				}
				talk := d.wrote("33612345678")
				a := d.becomes(d.sends(talk, `{"body":"x"}`), c.status)
				assert.Check(t, is.Contains(a.at("error.detail"), c.says), a.text)
				// What is due again by then would go before the next of the conversation.
				d.Clock.Pass(time.Hour)
				d.becomes(d.sends(talk, `{"body":"next"}`), "sent")
				assert.Check(t, is.Equal(d.graph.Calls(), c.calls+1))
			})
		})
	}
}

func TestOrderIsKeptAroundAFailureThatPasses(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.graph.Answer = func(n int, _ map[string]any) *graphtest.Refusal {
			if n%3 == 1 {
				return &graphtest.Refusal{Status: 400, Code: 131056, Detail: "Pair rate limit"}
			}
			return nil
		}
		talk := d.wrote("33612345678")
		var last string
		for i := range 5 {
			last = d.sends(talk, fmt.Sprintf(`{"body":"%d"}`, i))
		}
		d.becomes(last, "sent")
		var got []string
		for _, s := range d.graph.Sent() {
			got = append(got, s.Text())
		}
		assert.Check(t, is.Equal(strings.Join(got, ""), "01234"), got)
	})
}

func TestARevokedTokenStopsTheChannelAndLosesNothing(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		talk := d.wrote("33612345678")
		d.eventually("the first check is over", func() bool {
			return d.call("GET", "/channels/"+d.channel.ID.With("chan_"), "").at("facts.quality") == "GREEN"
		})
		d.graph.Take("another-token")
		var ids []string
		for i := range 3 {
			ids = append(ids, d.sends(talk, fmt.Sprintf(`{"body":"%d"}`, i)))
		}
		path := "/channels/" + d.channel.ID.With("chan_")
		d.eventually("the channel needs attention", func() bool { return d.call("GET", path, "").at("status") == "needs_attention" })
		a := d.call("GET", path, "")
		assert.Check(t, is.Contains(a.at("statusDetail"), "token"), a.text)
		d.call("GET", "/messages/"+ids[0], "").has(t, "status", "queued", "error.code", "190")
		// While another channel sends, nothing is tried on this one.
		tried := d.graph.Turned()
		d.Clock.Pass(20 * time.Second)
		d.connect(d.Acme, "sandbox", "trial", "")
		for range 2 {
			other := d.call("POST", "/messages", `{"sessionId":"trial","to":"+12025550102","body":"x"}`).want(t, 202)
			d.becomes(other.at("id"), "sent")
		}
		assert.Check(t, is.Equal(d.graph.Turned(), tried), "it goes on trying")
		assert.Check(t, is.Equal(d.graph.Calls(), 0), "it goes on trying")
		// Retry looks at the channel; while its token is bad, all waits on, and says so.
		retry := func() {
			d.call("POST", "/messages/"+ids[2]+"/retry", "").want(t, 202).has(t, "status", "queued")
		}
		checked := func() string { return d.call("GET", path, "").at("facts.checkedAt") }
		before := checked()
		retry()
		d.eventually("it is checked, and says when", func() bool { return checked() != before })
		a = d.call("GET", path, "")
		a.has(t, "status", "needs_attention")
		assert.Check(t, is.Equal(d.graph.Calls(), 0), a.text)
		assert.Check(t, is.Equal(d.graph.Turned(), tried), a.text)
		// It is good again, and with Retry all leaves.
		d.graph.Take(graphtest.Token)
		retry()
		for _, id := range ids {
			d.becomes(id, "sent")
		}
		d.call("POST", "/messages/"+ids[2]+"/retry", "").want(t, 409)

		d.graph.Take("another-token")
		ids = []string{d.sends(talk, `{"body":"3"}`)}
		d.eventually("it needs attention again", func() bool { return d.call("GET", path, "").at("status") == "needs_attention" })
		d.call("PATCH", path, `{"config":{"accessToken":"another-token"}}`).want(t, 200).has(t, "status", "connected")
		d.becomes(ids[0], "sent")
		feed := d.call("GET", "/events?perPage=100", "").want(t, 200)
		if n := strings.Count(feed.text, `"event":"channel.status"`); n < 2 {
			t.Error("channel.status was told", n, "times")
		}
	})
}

func TestAnAnswerThatNeverCameIsNotSentAgain(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		talk := d.wrote("33612345678")
		// The stand-in takes the message and hangs up.
		d.graph.Answer = func(n int, body map[string]any) *graphtest.Refusal {
			if n == 1 {
				d.graph.CloseClientConnections()
			}
			return nil
		}
		first, second := d.sends(talk, `{"body":"1"}`), d.sends(talk, `{"body":"2"}`)
		d.eventually("it was taken", func() bool { return len(d.graph.Sent()) == 1 })
		d.Clock.Hold()
		d.Clock.Pass(10 * time.Second) // not yet the end of patience, and no pause after the broken line lasts longer
		d.becomes(d.sends(d.wrote("33611111111"), `{"body":"to another"}`), "sent")
		d.call("GET", "/messages/"+first, "").has(t, "status", "queued")
		assert.Check(t, is.Len(d.graph.Sent(), 2))
		d.Clock.Pass(time.Minute) // patience ends
		a := d.becomes(first, "failed")
		a.has(t, "error.code", models.Unconfirmed)
		d.becomes(second, "sent")
		// The vendor's report proves it sent after all.
		d.signed(graphtest.Status(d.graph.Sent()[0].ID, "delivered", "33612345678", first)).want(t, 200)
		a = d.becomes(first, "delivered")
		a.has(t, "externalId", d.graph.Sent()[0].ID, "error", "<nil>")
		var sent []string
		for _, s := range d.graph.Sent() {
			sent = append(sent, s.Text())
		}
		assert.Check(t, is.DeepEqual(sent, []string{"1", "to another", "2"}))
	})
}

func TestStatusesInAnyOrderAndBeforeTheirMessage(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		talk := d.wrote("33612345678")
		id := d.sends(talk, `{"body":"x"}`)
		d.becomes(id, "sent")
		wamid := d.graph.Sent()[0].ID
		for _, c := range []struct{ status, then string }{{"read", "read"}, {"delivered", "read"}, {"sent", "read"}, {"failed", "read"}, {"played", "read"}} {
			d.signed(graphtest.Status(wamid, c.status, "", nil)).want(t, 200)
			d.settled()
			if !d.call("GET", "/messages/"+id, "").has(t, "status", c.then) {
				t.Log("after", c.status)
			}
		}
		// A payment that failed says nothing of the message that asked for it.
		asked := d.sends(talk, `{"body":"please pay"}`)
		payment := graphtest.Envelope(`"statuses":[{"type":"payment","status":"failed","id":"` + d.becomes(asked, "sent").at("externalId") + `","payment":{"reference_id":"r1"}}]`)
		end := d.received(payment)
		assert.Check(t, is.Equal(end.Became, models.BecameIgnored), "%+v", end)
		assert.Check(t, end.Because != "", "%+v", end)
		d.becomes(asked, "sent").has(t, "error", "<nil>")
		end = d.received(graphtest.Status("wamid.unknown", "read", "", nil))
		assert.Check(t, is.Equal(end.Became, models.BecameIgnored), "%+v", end)
		assert.Check(t, end.Because != "", "%+v", end)
		// The report of a message whose answer is still on its way.
		release := d.graph.Stall()
		early := d.sends(talk, `{"body":"y"}`)
		d.eventually("it was taken", func() bool { return len(d.graph.Sent()) == 3 })
		d.signed(graphtest.Status(d.graph.Sent()[2].ID, "delivered", "", nil)).want(t, 200)
		d.settled()
		d.call("GET", "/messages/"+early, "").has(t, "status", "queued")
		release()
		d.becomes(early, "delivered")
	})
}

// TestASoundThatWasPlayed: the status stays read, playedAt is set by the first report, and each step is told once.
func TestASoundThatWasPlayed(t *testing.T) {
	const sound, words = `{"media":{"url":"https://x.example/a.ogg"}}`, `{"body":"x"}`
	each(t, func(t *testing.T, d *desk) {
		h := d.call("POST", "/webhooks", `{"url":"https://example.com/h","events":["message.status"]}`).want(t, 201).at("id")
		owed := func() int {
			return strings.Count(d.call("GET", "/webhooks/"+h+"/deliveries?perPage=100", "").want(t, 200).text, `"event":"message.status"`)
		}
		for _, c := range []struct {
			name, body string
			reports    []string
			played     bool
			steps      int
		}{
			{"after it was read", sound, []string{"delivered", "read", "played"}, true, 3},
			{"before it was read", sound, []string{"played", "read", "delivered"}, true, 1},
			{"twice, and a late failure", sound, []string{"played", "played", "failed"}, true, 1},
			{"a text is not played, it is read", words, []string{"played"}, false, 1},
			{"nor a second time", words, []string{"read", "played"}, false, 1},
		} {
			id := d.sends(d.wrote("33612345678"), c.body)
			d.becomes(id, "sent")
			before, marks := owed(), []string{}
			for _, status := range c.reports {
				d.signed(graphtest.Status(d.call("GET", "/messages/"+id, "").at("externalId"), status, "", nil)).want(t, 200)
				d.settled()
				marks = append(marks, d.call("GET", "/messages/"+id, "").at("playedAt"))
			}
			a := d.call("GET", "/messages/"+id, "")
			a.has(t, "status", "read")
			assert.Check(t, a.at("readAt") != "<nil>", "%v %v", c.name, a.text)
			assert.Check(t, a.at("deliveredAt") != "<nil>", "%v %v", c.name, a.text)
			assert.Check(t, is.Equal(a.at("playedAt") != "<nil>", c.played), "%v %v", c.name, a.text)
			first := slices.IndexFunc(marks, func(at string) bool { return at != "<nil>" })
			if first >= 0 {
				assert.Check(t, is.Equal(marks[first], a.at("playedAt")), "%v the mark moved %v", c.name, marks)
			}
			assert.Check(t, is.Equal(owed()-before, c.steps), "%v steps are told", c.name)
		}
		// Played before the answer to its sending came.
		n := len(d.graph.Sent())
		release := d.graph.Stall()
		early := d.sends(d.wrote("33612345678"), sound)
		d.eventually("it was taken", func() bool { return len(d.graph.Sent()) == n+1 })
		d.signed(graphtest.Status(d.graph.Sent()[n].ID, "played", "", nil)).want(t, 200)
		d.settled()
		release()
		a := d.becomes(early, "read")
		assert.Check(t, a.at("playedAt") != "<nil>", a.text)
	})
}

// TestTheRateOfANumberIsKept by the store's clock: what a sender may take in each second.
func TestTheRateOfANumberIsKept(t *testing.T) {
	t.Parallel()
	modelstest.Each(t, func(t *testing.T, w *modelstest.World) {
		d := open(t, w)
		const rate, all = 10, 25
		d.call("PATCH", "/channels/"+d.channel.ID.With("chan_"), fmt.Sprintf(`{"config":{"throughput":%d}}`, rate)).want(t, 200)
		for i := range all {
			d.call("POST", "/messages", fmt.Sprintf(`{"sessionId":"session-123","to":"+3361234%04d","template":{"name":"t","language":"en"}}`, i)).want(t, 202)
		}
		d.Clock.Hold()
		var taken []time.Time
		for range 80 {
			claimed, err := w.Store.ClaimSends(t.Context(), d.channel.ID, all)
			assert.NilError(t, err)
			for range claimed {
				taken = append(taken, d.Clock.Now())
			}
			d.Clock.Pass(50 * time.Millisecond)
		}
		assert.Check(t, is.Len(taken, all))
		for i, from := range taken {
			n := 0
			for _, at := range taken[i:] {
				if at.Sub(from) < time.Second {
					n++
				}
			}
			assert.Check(t, n <= rate, "%d messages in a second", n)
		}
	})
}

func TestARemovedChannelSaysSoAtItsMessages(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		talk := d.wrote("33612345678")
		d.graph.Answer = func(int, map[string]any) *graphtest.Refusal { return &graphtest.Refusal{Status: 503} }
		id := d.sends(talk, `{"body":"x"}`)
		d.eventually("it was tried", func() bool { return d.graph.Calls() > 0 })
		d.call("DELETE", "/channels/"+d.channel.ID.With("chan_"), "").want(t, 204)
		d.becomes(id, "failed").has(t, "error.code", "channel_removed")
		d.call("POST", "/messages/"+id+"/retry", "").want(t, 409)
		body := graphtest.Text("wamid.2", "33612345678", "Ada", "hello", time.Now())
		d.hook("POST", *d.channel.Wire().CallbackPath, body, "X-Hub-Signature-256", graphtest.Sign(body)).want(t, 404)
	})
}

// TestWebhooksTellStatusesAndTheChannelsState: message.status and channel.status are owed to those who chose them.
func TestWebhooksTellStatusesAndTheChannelsState(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		h := d.call("POST", "/webhooks", `{"url":"https://example.com/h","events":["message.status","channel.status"]}`).want(t, 201).at("id")
		d.connect(d.Acme, "sandbox", "trial", "")
		id := d.call("POST", "/messages", `{"sessionId":"trial","to":"+12025550101","body":"x"}`).want(t, 202).at("id")
		d.becomes(id, "delivered")
		d.call("POST", "/messages", `{"sessionId":"trial","to":"+12025550108","body":"x"}`).want(t, 202)
		d.eventually("both are told", func() bool {
			a := d.call("GET", "/webhooks/"+h+"/deliveries", "").want(t, 200)
			return strings.Count(a.text, `"event":"message.status"`) == 2 && strings.Count(a.text, `"event":"channel.status"`) == 1
		})
	})
}
