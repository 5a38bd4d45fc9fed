package hooks_test

import (
	"fmt"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/channels/graphtest"
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
