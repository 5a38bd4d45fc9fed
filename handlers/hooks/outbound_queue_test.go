package hooks_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/channels/graphtest"
	"mauve/models"
	"mauve/models/modelstest"
)

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
		d.Clock.Hold() // before anything is sent: patience ends when the test says so
		first, second := d.sends(talk, `{"body":"1"}`), d.sends(talk, `{"body":"2"}`)
		d.eventually("it was taken", func() bool { return len(d.graph.Sent()) == 1 })
		d.Clock.Pass(5 * time.Second) // half of patience, and no pause after the broken line lasts longer
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
