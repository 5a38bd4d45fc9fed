package hooks_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/channels/graphtest"
	"mauve/models"
	"mauve/models/channeltype"
	"mauve/models/search"
)

func TestTheHandshakeIsAnsweredForTheRightWordAlone(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		path := *d.channel.Wire().CallbackPath
		ask := func(query string) answer { return d.hook("GET", path+query, nil) }
		a := ask("?hub.mode=subscribe&hub.verify_token=sesame&hub.challenge=1158201444").want(t, 200)
		assert.Check(t, is.Equal(a.text, "1158201444"), a.Header)
		assert.Check(t, strings.HasPrefix(a.Header.Get("Content-Type"), "text/plain"), "%v %v", a.Header.Get("Content-Type"), a.Header)
		for _, query := range []string{"", "?hub.mode=subscribe&hub.verify_token=wrong&hub.challenge=1", "?hub.mode=subscribe&hub.verify_token=&hub.challenge=1",
			"?hub.mode=other&hub.verify_token=sesame&hub.challenge=1", "?hub.mode=subscribe&hub.verify_token=sesame"} {
			ask(query).want(t, 403)
		}
		bare := strings.Replace(path, "chan_", "", 1)
		d.hook("GET", bare+"?hub.mode=subscribe&hub.verify_token=sesame&hub.challenge=2", nil).want(t, 200)
		for _, wrong := range []string{"/hooks/whatsapp/chan_000000000000000000000000", "/hooks/whatsapp/x", "/hooks/sandbox/" + string(d.channel.ID)} {
			d.hook("GET", wrong+"?hub.mode=subscribe&hub.verify_token=sesame&hub.challenge=1", nil).want(t, 404)
		}
	})
}

func TestOnlyASignedBodyIsStored(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		body := graphtest.Text("wamid.1", "33612345678", "Ada", "hello", time.Now())
		path := *d.channel.Wire().CallbackPath
		right := graphtest.Sign(body)
		bent := right[:len(right)-1] + "0"
		if bent == right {
			bent = right[:len(right)-1] + "1"
		}
		for _, signature := range []string{"", "sha256=", bent, strings.TrimPrefix(right, "sha256="), "sha1=" + right[7:], right + "00",
			graphtest.Sign(append([]byte(" "), body...))} {
			d.hook("POST", path, body, "X-Hub-Signature-256", signature).want(t, 401)
		}
		d.hook("POST", path, append(bytes.Clone(body), ' '), "X-Hub-Signature-256", right).want(t, 401)
		l, err := search.Envelopes(d.Acme.Scope, d.channel.ID, models.Page{})
		assert.NilError(t, err)
		assert.Equal(t, l.Total, int64(0), "something unsigned was stored")
		d.signed(body).want(t, 200)
		end := d.settled()
		if assert.Check(t, is.Len(end, 1)) {
			assert.Check(t, is.Equal(end[0].Became, models.BecameMessage))
		}
	})
}

func TestASignatureOfAnotherChannelOpensNothing(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		other := d.connect(d.Globex, "whatsapp", "", "42")
		secret := "another secret"
		if _, err := d.Globex.Scope.UpdateChannel(other.ID, models.ChannelChange{Config: channeltype.Settings{"appSecret": strings.ReplaceAll(secret, " ", "-")}}); err != nil {
			t.Fatal(err)
		}
		body := graphtest.Text("wamid.1", "33612345678", "Ada", "hello", time.Now())
		d.hook("POST", *other.Wire().CallbackPath, body, "X-Hub-Signature-256", graphtest.Sign(body)).want(t, 401)
	})
}

func TestAMessageIsStoredOnceHoweverOftenItComes(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		at := time.Now()
		first := graphtest.Text("wamid.1", "33612345678", "Ada Ό 你好", "hello", at)
		for range 3 {
			d.signed(first).want(t, 200)
		}
		assert.Check(t, is.Len(d.settled(), 1), "the same body was stored more than once")
		end := d.received(graphtest.Text("wamid.1", "33612345678", "Ada", "hello ", at))
		assert.Check(t, is.Equal(end.Became, models.BecameRepeat), "%+v", end)
		a := d.said()
		a.has(t, "meta.total", "1", "data.0.body", "hello", "data.0.direction", "inbound", "data.0.status", "received", "data.0.externalId", "wamid.1", "data.0.channel", "whatsapp")
		c := d.call("GET", "/conversations", "").want(t, 200)
		c.has(t, "data.0.contact.phone", "+33612345678", "data.0.contact.name", "Ada Ό 你好", "data.0.unreadCount", "1")
		assert.Check(t, c.at("data.0.windowEndsAt") != "<nil>", c.text)
	})
}

// TestEveryKindOfMessage is the table of what Meta can send and what it becomes.
func TestEveryKindOfMessage(t *testing.T) {
	media := func(kind, more string) string {
		return `"type":"` + kind + `","` + kind + `":{"id":"8811","mime_type":"x/y","sha256":"c2Vl"` + more + `}`
	}
	kinds := []struct{ name, message, kind, body, holds string }{
		{"text", `"type":"text","text":{"body":"Grüße 👋"}`, "text", "Grüße 👋", ""},
		{"image", media("image", `,"caption":"my cat"`), "image", "my cat", `"id":"8811"`},
		{"video", media("video", ""), "video", "", `"sha256":"c2Vl"`},
		{"audio", media("audio", `,"voice":false`), "audio", "", `"mimeType":"x/y"`},
		{"voice note", media("audio", `,"voice":true`), "voice", "", `"id":"8811"`},
		{"document", media("document", `,"filename":"a.pdf"`), "document", "", `"fileName":"a.pdf"`},
		{"sticker", media("sticker", `,"animated":true`), "sticker", "", `"animated":true`},
		{"location", `"type":"location","location":{"latitude":48.85,"longitude":2.35,"name":"Paris"}`, "location", "Paris", `"latitude":48.85`},
		{"bare location", `"type":"location","location":{"latitude":48.85,"longitude":2.35}`, "location", "48.85000, 2.35000", `"longitude":2.35`},
		{"contacts", `"type":"contacts","contacts":[{"name":{"formatted_name":"Bob B."},"phones":[{"phone":"+1 555"}]}]`, "contacts", "Bob B.", `"phones":["+1 555"]`},
		{"a card without a name", `"type":"contacts","contacts":[{"vcard":"BEGIN:VCARD\nFN;CHARSET=UTF-8:Zoë K.\nEND:VCARD","phones":[{"phone":"+1 555"}]}]`, "contacts", "Zoë K.", `"name":"Zoë K."`},
		{"a card of a number alone", `"type":"contacts","contacts":[{"phones":[{"phone":"+1 555"}]}]`, "contacts", "+1 555", ""},
		{"reaction", `"type":"reaction","reaction":{"message_id":"wamid.0","emoji":"👍"}`, "reaction", "👍", `"externalId":"wamid.0"`},
		{"reaction taken back", `"type":"reaction","reaction":{"message_id":"wamid.0"}`, "reaction", "", `"emoji":""`},
		{"quick reply", `"type":"button","button":{"payload":"yes-1","text":"Yes"}`, "choice", "Yes", `"kind":"quick_reply"`},
		{"quick reply without a text", `"type":"button","button":{"payload":"yes-2"}`, "choice", "yes-2", `"id":"yes-2"`},
		{"button reply", `"type":"interactive","interactive":{"type":"button_reply","button_reply":{"id":"b1","title":"Blue"}}`, "choice", "Blue", `"id":"b1"`},
		{"list reply", `"type":"interactive","interactive":{"type":"list_reply","list_reply":{"id":"l1","title":"Large","description":"XL"}}`, "choice", "Large", `"description":"XL"`},
		{"flow reply", `"type":"interactive","interactive":{"type":"nfm_reply","nfm_reply":{"name":"flow","body":"Sent","response_json":"{\"a\":1}"}}`, "choice", "Sent", `"data":{"a":1}`},
		{"flow reply taken out of its quotes", `"type":"interactive","interactive":{"type":"nfm_reply","nfm_reply":{"name":"flow","body":"Sent","response_json":{"a":[1]}}}`, "choice", "Sent", `"data":{"a":[1]}`},
		{"list reply without a title", `"type":"interactive","interactive":{"type":"list_reply","list_reply":{"id":"l2"}}`, "choice", "l2", `"id":"l2"`},
		{"flow reply without words", `"type":"interactive","interactive":{"type":"nfm_reply","nfm_reply":{"name":"survey","response_json":"{\"a\":1}"}}`, "choice", "survey", `"data":{"a":1}`},
		{"call permission", `"type":"interactive","interactive":{"type":"call_permission_reply","call_permission_reply":{"response":"accept"}}`, "choice", "Calls: accept", ""},
		{"order", `"type":"order","order":{"catalog_id":"c1","product_items":[{"product_retailer_id":"SODA","quantity":"2","item_price":1.5,"currency":"EUR"}]}`, "order", "2 × SODA", `"price":1.5`},
		{"referral", `"type":"text","text":{"body":"hi"},"referral":{"source_id":77,"source_type":"ad","headline":"Sale"}`, "text", "hi", `"sourceId":"77"`},
		{"referral of a film", `"type":"text","text":{"body":"hi"},"referral":{"source_type":"ad","media_type":"video","video_url":"https://x.example/v","thumbnail_url":"https://x.example/t","ref":12,"welcome_message":{"text":"Hello!"}}`, "text", "hi",
			`"mediaType":"video","ref":"12","sourceType":"ad","thumbnailUrl":"https://x.example/t","videoUrl":"https://x.example/v","welcome":"Hello!"`},
		{"a product", `"type":"text","text":{"body":"is it there?"},"context":{"id":"wamid.p","referred_product":{"catalog_id":"c1","product_retailer_id":77}}`, "text", "is it there?", `"product":{"catalogId":"c1","productId":"77"}`},
		{"forwarded", `"type":"text","text":{"body":"fwd"},"context":{"forwarded":true}`, "text", "fwd", `"forwarded":true`},
		{"forwarded often", `"type":"text","text":{"body":"fwd"},"context":{"frequently_forwarded":true}`, "text", "fwd", `"forwardedOften":true`},
		{"identity changed", `"type":"system","system":{"body":"Ada changed","type":"customer_identity_changed"}`, "system", "Ada changed", ""},
		{"welcome", `"type":"request_welcome"`, "system", "Opened the chat.", ""},
		{"unsupported", `"type":"unsupported","errors":[{"code":131051,"title":"Message type unknown"}]`, "unsupported", "", `"problem":"Message type unknown"`},
		{"tomorrow's kind", `"type":"hologram","hologram":{"a":[1]}`, "unsupported", "", `"hologram"`},
		{"no kind", `"x":1`, "unsupported", "", ""},
		{"a kind without its part", `"type":"image"`, "unsupported", "", ""},
		{"a part of another type", `"type":"text","text":"just text"`, "unsupported", "", "not as Meta documents"},
		{"a quote of no id", `"type":"text","text":{"body":"hi"},"context":{"id":"wamid.\u0000x"}`, "text", "hi", `"quotedId":"wamid. x"`},
		{"a reaction to no id", `"type":"reaction","reaction":{"message_id":"wamid.\u0000x","emoji":"👍"}`, "reaction", "👍", ""},
		{"a flow reply without a floor", `"type":"interactive","interactive":{"type":"nfm_reply","nfm_reply":{"name":"flow","body":"Deep","response_json":"` + strings.Repeat("[", 500) + strings.Repeat("]", 500) + `"}}`, "choice", "Deep", `{"choice":{"id":"flow","kind"`},
		{"a place off the map", `"type":"location","location":{"latitude":1e308,"longitude":2.35}`, "unsupported", "", "not on earth"},
		{"an edit of what never came", `"type":"edit","edit":{"original_message_id":"wamid.never.%d","message":{"type":"text","text":{"body":"better"}}}`, "text", "better", ""},
	}
	each(t, func(t *testing.T, d *desk) {
		var all []string
		for i, k := range kinds {
			if strings.Contains(k.message, "%d") {
				k.message = fmt.Sprintf(k.message, i)
			}
			all = append(all, fmt.Sprintf(`{"from":"33612345678","id":"wamid.kind.%d","timestamp":"%d",%s}`, i, time.Now().Unix(), k.message))
		}
		d.signed(graphtest.Envelope(`"contacts":[{"profile":{"name":"Ada"},"wa_id":"33612345678","user_id":"FR.1"}],"messages":[`+strings.Join(all, ",")+`]`)).want(t, 200)
		ends := d.settled()
		a := d.said()
		if !a.has(t, "meta.total", fmt.Sprint(len(kinds))) {
			t.FailNow()
		}
		assert.Assert(t, is.Len(ends, len(kinds)), a.text)
		for i, k := range kinds {
			at := fmt.Sprintf("data.%d.", i)
			content := a.content(i)
			a.has(t, at+"type", k.kind, at+"body", k.body)
			assert.Check(t, is.Contains(content, k.holds), "%s became %s %q with %s", k.name, a.at(at+"type"), a.at(at+"body"), content)
			assert.Check(t, is.Equal(ends[i].Became, models.BecameMessage), "%v %+v", k.name, ends[i])
			assert.Check(t, ends[i].MessageID != "", "%v %+v", k.name, ends[i])
		}
	})
}
