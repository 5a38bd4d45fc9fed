package maveraa_test

import (
	"fmt"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
)

// said is what was said in the message's conversation, in order.
func (c *client) said(message string) string {
	c.t.Helper()
	m := c.ask(c.key, "GET", "/api/v2/public/messages/"+message, "").want(c.t, 200)
	list := c.ask(c.key, "GET", "/api/v2/public/conversations/"+fmt.Sprint(m.body["conversationId"])+"/messages?perPage=100", "").want(c.t, 200)
	var all []string
	for _, one := range list.body["data"].([]any) {
		row := one.(map[string]any)
		all = append(all, fmt.Sprintf("%s %q", row["type"], row["body"]))
		if row["id"] == "msg_"+message {
			all[len(all)-1] += " answered"
		}
	}
	return strings.Join(all, ", ")
}

// TestMessageIsTheCaption is what becomes of the message that the dialect requires
// beside a file: its caption, or a text before a file that has none.
func TestMessageIsTheCaption(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		c.session("sandbox", "s")
		const mp3, webp = "ID3\x03\x00\x00\x00\x00\x00\x21 a sound", "RIFF\x24\x00\x00\x00WEBPVP8 \x18\x00\x00\x00"
		for i, row := range []struct {
			address, kind string // of a file elsewhere
			file, content string // or of one that is sent along
			message, said string
		}{
			{address: "https://x.example/a.mp3", message: "cap", said: `text "cap", audio "" answered`},
			{address: "https://x.example/a", kind: "audio", message: "cap", said: `text "cap", audio "" answered`},
			{address: "https://x.example/a", kind: "audio/ogg", message: "cap", said: `text "cap", audio "" answered`},
			{address: "https://x.example/a.webp", message: "cap", said: `text "cap", sticker "" answered`},
			{address: "https://x.example/a.jpg", message: "cap", said: `image "cap" answered`},
			{address: "https://x.example/a.mp3", message: " ", said: `audio "" answered`},
			{address: "https://x.example/a.jpg", message: " ", said: `image "" answered`},
			{file: "a.mp3", content: mp3, message: "cap", said: `text "cap", audio "" answered`},
			{file: "a.mp3", content: mp3, said: `audio "" answered`},
			{file: "a.webp", content: webp, message: "cap", said: `document "cap" answered`},
			{file: "a.pdf", content: pdf, message: "cap", said: `document "cap" answered`},
		} {
			number := fmt.Sprintf("62898765432%02d", i)
			body := fmt.Sprintf(`{"sessionId":"s","targetNumber":"%s","mediaUrl":"%s","mediaType":"%s","message":"%s"}`, number, row.address, row.kind, row.message)
			kind := "application/json"
			if row.file != "" {
				body, kind = form(t, "sessionId", "s", "targetNumber", number, "message", row.message, "@file="+row.file, row.content)
			}
			a := c.ask(c.key, "POST", "/api/public/inbox/send", body, "Content-Type", kind, "Idempotency-Key", number).want(t, 200)
			again := c.ask(c.key, "POST", "/api/public/inbox/send", body, "Content-Type", kind, "Idempotency-Key", number).want(t, 200)
			said := c.said(a.body["messageId"].(string))
			assert.Check(t, is.Equal(said, row.said), "%+v: %s, then %s", row, a.text, again.text)
			assert.Check(t, is.Equal(again.text, a.text), "%+v: %s, then %s", row, a.text, again.text)
		}
		before := c.people()
		c.ask(c.key, "POST", "/api/public/inbox/send", `{"sessionId":"s","targetNumber":"6281234567890","mediaUrl":"nonsense.mp3","message":"cap"}`).want(t, 422)
		assert.Check(t, is.Equal(c.people(), before), "half of a refused message was sent")
	})
}
