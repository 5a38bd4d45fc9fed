package hooks_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mauve/channels/graphtest"
	"mauve/models"
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
	for range 2400 {
		if a = d.call("GET", "/messages/"+id, "").want(d.t, 200); a.at("status") == status {
			return a
		}
		time.Sleep(25 * time.Millisecond)
	}
	d.t.Fatalf("the message does not become %s: %s", status, a.text)
	return a
}

func TestAMessageGoesOutAndItsStatusesComeBack(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.graph.Statuses = []string{"sent", "delivered", "read"}
		d.graph.Callback = d.server()
		talk := d.wrote("33612345678")
		id := d.sends(talk, `{"body":"bonjour https://example.com"}`)
		a := d.becomes(id, "read")
		if a.at("externalId") != d.graph.Sent()[0].ID || a.at("sentAt") == "<nil>" || a.at("deliveredAt") == "<nil>" || a.at("readAt") == "<nil>" || a.at("error") != "<nil>" {
			t.Error(a.text)
		}
		sent := d.graph.Sent()
		if len(sent) != 1 || sent[0].To != "33612345678" || sent[0].Text() != "bonjour https://example.com" ||
			sent[0].Body["messaging_product"] != "whatsapp" || sent[0].Body["biz_opaque_callback_data"] != id {
			t.Error(sent)
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
		if r[0]["message_id"] != "wamid.in.33612345678" || r[0]["typing_indicator"] != nil || r[1]["typing_indicator"] == nil {
			t.Error(r)
		}
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
				a := d.becomes(d.sends(d.wrote("33612345678"), `{"body":"x"}`), c.status)
				if !strings.Contains(a.at("error.detail"), c.says) {
					t.Error(a.text)
				}
				time.Sleep(300 * time.Millisecond)
				if d.graph.Calls() != c.calls {
					t.Errorf("tried %d times", d.graph.Calls())
				}
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
		if strings.Join(got, "") != "01234" {
			t.Error(got)
		}
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
		if a := d.call("GET", path, ""); !strings.Contains(a.at("statusDetail"), "token") {
			t.Error(a.text)
		}
		if a := d.call("GET", "/messages/"+ids[0], ""); a.at("status") != "queued" || a.at("error.code") != "190" {
			t.Error(a.text)
		}
		calls := d.graph.Calls()
		time.Sleep(600 * time.Millisecond)
		if d.graph.Calls() != calls || calls != 0 {
			t.Error("it goes on trying", calls, d.graph.Calls())
		}
		// Retry looks at the channel; while its token is bad, all waits on, and says so.
		retry := func() {
			if a := d.call("POST", "/messages/"+ids[2]+"/retry", "").want(t, 202); a.at("status") != "queued" {
				t.Error(a.text)
			}
		}
		checked := func() string { return d.call("GET", path, "").at("facts.checkedAt") }
		before := checked()
		retry()
		d.eventually("it is checked, and says when", func() bool { return checked() != before })
		if a := d.call("GET", path, ""); a.at("status") != "needs_attention" || d.graph.Calls() != 0 {
			t.Error(a.text)
		}
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
		if a := d.call("PATCH", path, `{"config":{"accessToken":"another-token"}}`).want(t, 200); a.at("status") != "connected" {
			t.Error(a.text)
		}
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
		time.Sleep(500 * time.Millisecond)
		if a := d.call("GET", "/messages/"+first, ""); a.at("status") != "queued" || len(d.graph.Sent()) != 1 {
			t.Error(len(d.graph.Sent()), a.text)
		}
		d.Clock.Pass(time.Minute) // patience ends
		a := d.becomes(first, "failed")
		if a.at("error.code") != models.Unconfirmed {
			t.Error(a.text)
		}
		d.becomes(second, "sent")
		// The vendor's report proves it sent after all.
		d.signed(graphtest.Status(d.graph.Sent()[0].ID, "delivered", "33612345678", first)).want(t, 200)
		a = d.becomes(first, "delivered")
		if a.at("externalId") != d.graph.Sent()[0].ID || a.at("error") != "<nil>" {
			t.Error(a.text)
		}
		if got := d.graph.Sent(); len(got) != 2 {
			t.Error("sent twice", len(got))
		}
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
			if a := d.call("GET", "/messages/"+id, ""); a.at("status") != c.then {
				t.Errorf("after %s: %s", c.status, a.text)
			}
		}
		// A payment that failed says nothing of the message that asked for it.
		asked := d.sends(talk, `{"body":"please pay"}`)
		payment := graphtest.Envelope(`"statuses":[{"type":"payment","status":"failed","id":"` + d.becomes(asked, "sent").at("externalId") + `","payment":{"reference_id":"r1"}}]`)
		if end := d.received(payment); end.Became != models.BecameIgnored || end.Because == "" || d.becomes(asked, "sent").at("error") != "<nil>" {
			t.Error(end)
		}
		if end := d.received(graphtest.Status("wamid.unknown", "read", "", nil)); end.Became != models.BecameIgnored || end.Because == "" {
			t.Error(end)
		}
		// The report of a message whose answer is still on its way.
		d.graph.Slow = 400 * time.Millisecond
		early := d.sends(talk, `{"body":"y"}`)
		d.eventually("it was taken", func() bool { return len(d.graph.Sent()) == 3 })
		d.signed(graphtest.Status(d.graph.Sent()[2].ID, "delivered", "", nil)).want(t, 200)
		d.settled()
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
			if a.at("status") != "read" || a.at("readAt") == "<nil>" || a.at("deliveredAt") == "<nil>" || (a.at("playedAt") != "<nil>") != c.played {
				t.Error(c.name, a.text)
			}
			if first := slices.IndexFunc(marks, func(at string) bool { return at != "<nil>" }); first >= 0 && marks[first] != a.at("playedAt") {
				t.Error(c.name, "the mark moved", marks)
			}
			if n := owed() - before; n != c.steps {
				t.Error(c.name, n, "steps are told")
			}
		}
		// Played before the answer to its sending came.
		n := len(d.graph.Sent())
		d.graph.Slow = 400 * time.Millisecond
		early := d.sends(d.wrote("33612345678"), sound)
		d.eventually("it was taken", func() bool { return len(d.graph.Sent()) == n+1 })
		d.signed(graphtest.Status(d.graph.Sent()[n].ID, "played", "", nil)).want(t, 200)
		if a := d.becomes(early, "read"); a.at("playedAt") == "<nil>" {
			t.Error(a.text)
		}
	})
}

func TestTheRateOfANumberIsKept(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.call("PATCH", "/channels/"+d.channel.ID.With("chan_"), `{"config":{"throughput":10}}`).want(t, 200)
		var ids []string
		for i := range 25 {
			ids = append(ids, d.call("POST", "/messages", fmt.Sprintf(`{"sessionId":"session-123","to":"+3361234%04d","template":{"name":"t","language":"en"}}`, i)).want(t, 202).at("id"))
		}
		for _, id := range ids {
			d.becomes(id, "sent")
		}
		sent := d.graph.Sent()
		for i := range sent {
			if n := slices.IndexFunc(sent[i:], func(s graphtest.Sent) bool { return s.At.Sub(sent[i].At) >= time.Second }); n > 13 {
				t.Errorf("%d messages in a second", n)
			}
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
		if a := d.becomes(id, "failed"); a.at("error.code") != "channel_removed" {
			t.Error(a.text)
		}
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
