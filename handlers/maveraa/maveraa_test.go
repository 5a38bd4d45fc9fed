package maveraa_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models"
	"mauve/models/reason"
)

// The tests below follow the API reference sentence by sentence.

func TestManageYourContactsViewConversationsAndSendMessages(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		s := c.session("sandbox", "session-123")
		c.ask(c.key, "POST", "/api/public/contacts", `{"name":"Jane Smith","phone":"6289876543210"}`).want(t, 201)
		c.wrote(s, "6289876543210", "jane", "hello")
		a := c.ask(c.key, "GET", "/api/public/inbox/conversations", "").want(t, 200)
		if !strings.Contains(a.text, `"pushName":"Jane Smith","lastMessage":"hello"`) {
			t.Error("the contact and the one who wrote are two people:", a.text)
		}
		c.ask(c.key, "POST", "/api/public/inbox/send", `{"sessionId":"session-123","targetNumber":"6289876543210","message":"hi Jane"}`).want(t, 200)
		a = c.ask(c.key, "GET", "/api/public/contacts", "").want(t, 200)
		assert.Check(t, is.Equal(a.body["total"], 1.0), a.text)
	})
}

func TestYouCanViewAndManageYourAPIKeys(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		k, secret := c.Key(t, c.Acme, models.KeyDraft{Read: true})
		c.ask(secret, "GET", "/api/public/contacts", "").want(t, 200)
		if err := c.Acme.Scope.RevokeKey(k.ID); err != nil { // what the button in Settings → API keys does
			t.Fatal(err)
		}
		c.ask(secret, "GET", "/api/public/contacts", "").want(t, 401)
	})
}

func TestDoNotShareYourSecretAPIKeysInClientSideCode(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		a := c.ask(c.key, "GET", "/api/public/contacts", "", "Origin", "https://evil.example").want(t, 200)
		assert.Check(t, is.Equal(a.Header.Get("Access-Control-Allow-Origin"), ""), "pages of others may read it %v", a.Header)
		if strings.Contains(a.text+fmt.Sprint(a.Header), c.key) {
			t.Error("the key comes back in the answer")
		}
	})
}

func TestTheAPIUsesAPIKeysToAuthenticateRequests(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		c.ask("", "GET", "/api/public/contacts", "").want(t, 401)
		c.ask("mvr_live_a1b2c3d4e5", "GET", "/api/public/contacts", "").want(t, 401)
	})
}

func TestAuthenticationIsPerformedViaTheXAPIKeyHeader(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		c.ask(c.key, "GET", "/api/public/contacts", "").want(t, 200)
		c.ask("", "GET", "/api/public/contacts", "", "X-API-Key", c.key).want(t, 200)
		c.ask("", "GET", "/api/public/contacts?X-API-Key="+c.key, "").want(t, 401)
	})
}

func TestYourAPIKeysCarryPrivilegesThatAreTheirScopes(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		_, reader := c.Key(t, c.Acme, models.KeyDraft{Read: true})
		c.ask(reader, "GET", "/api/public/contacts", "").want(t, 200)
		c.ask(reader, "HEAD", "/api/public/contacts", "").want(t, 200)
		c.ask(reader, "HEAD", "/api/public/inbox/conversations", "").want(t, 200)
		c.ask(reader, "POST", "/api/public/contacts", `{"name":"x","phone":"6281234567890"}`).want(t, 403)
		c.ask(reader, "POST", "/api/public/inbox/send", `{}`).want(t, 403)
	})
}

func TestRetrieveAListOfAllContactsStoredInYourWorkspace(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		for i := range 130 {
			c.ask(c.key, "POST", "/api/public/contacts", fmt.Sprintf(`{"name":"C %d","phone":"62812345%05d"}`, i, i)).want(t, 201)
		}
		a := c.ask(c.key, "GET", "/api/public/contacts", "").want(t, 200)
		n := len(a.body["contacts"].([]any))
		assert.Check(t, is.Equal(n, 130), "%d contacts of %v", n, a.body["total"])
		assert.Check(t, is.Equal(a.body["total"], 130.0), "%d contacts of %v", n, a.body["total"])
		seen := map[any]bool{}
		for page := 1; page <= 3; page++ {
			p := c.ask(c.key, "GET", fmt.Sprintf("/api/public/contacts?page=%d&limit=50", page), "").want(t, 200)
			for _, one := range p.body["contacts"].([]any) {
				seen[one.(map[string]any)["_id"]] = true
			}
		}
		if len(seen) != 130 {
			t.Errorf("the pages hold %d contacts", len(seen))
		}
		assert.Check(t, is.Equal(c.ask(c.glob, "GET", "/api/public/contacts", "").want(t, 200).text, `{"total":0,"contacts":[]}`))
		for _, bad := range []string{"page=0", "limit=x", "limit=-1"} {
			c.ask(c.key, "GET", "/api/public/contacts?"+bad, "").want(t, 422)
		}
	})
}

func TestResponseFieldsOfContactsAreContactsAndTotal(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		c.Clock.Hold()
		c.ask(c.key, "POST", "/api/public/contacts", `{"name":"John Doe","phone":"6281234567890","labels":"VIP, Customer"}`).want(t, 201)
		a := c.ask(c.key, "GET", "/api/public/contacts", "").want(t, 200)
		one := a.body["contacts"].([]any)[0].(map[string]any)
		assert.Check(t, is.Len(a.body, 2), a.text)
		assert.Check(t, is.Equal(a.body["total"], 1.0), a.text)
		assert.Check(t, is.Len(one, 5), a.text)
		assert.Check(t, is.Equal(one["name"], "John Doe"), a.text)
		assert.Check(t, is.Equal(one["phone"], "6281234567890"), a.text)
		assert.Check(t, is.Equal(fmt.Sprint(one["labels"]), "[VIP Customer]"), a.text)
		assert.Check(t, is.Equal(len(one["_id"].(string)), 24), a.text)
		at, err := time.Parse(time.RFC3339, one["createdAt"].(string))
		assert.Check(t, err)
		assert.Check(t, strings.HasSuffix(one["createdAt"].(string), "Z"), one["createdAt"])
		assert.Check(t, c.Clock.Now().Sub(at) <= time.Minute, "%s, and now is %s", at, c.Clock.Now())
	})
}

func TestCreateANewContactInYourWorkspace(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		a := c.ask(c.key, "POST", "/api/public/contacts", `{"name": "Jane Smith", "phone": "6289876543210", "labels": "Lead, Website"}`).want(t, 201)
		assert.Check(t, is.Equal(a.body["name"], "Jane Smith"), a.text)
		assert.Check(t, is.Equal(a.body["phone"], "6289876543210"), a.text)
		assert.Check(t, is.Equal(fmt.Sprint(a.body["labels"]), "[Lead Website]"), a.text)
		assert.Check(t, is.Len(a.body, 5), a.text)
		again := c.ask(c.key, "POST", "/api/public/contacts", `{"name": "Jane", "phone": "+62 898-7654-3210"}`).want(t, 409)
		assert.Check(t, is.Contains(again.text, "phone"))
		native := c.ask(c.key, "GET", "/api/v2/public/contacts?phone=%2B6289876543210", "").want(t, 200)
		assert.Check(t, is.Contains(native.text, `"name":"Jane Smith"`))
	})
}

func TestNameIsRequiredFullNameOfTheContact(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		for _, body := range []string{`{"phone":"6289876543210"}`, `{"name":"","phone":"6289876543210"}`, `{"name":"  ","phone":"6289876543210"}`, `{"name":null,"phone":"6289876543210"}`} {
			assert.Check(t, is.Contains(c.ask(c.key, "POST", "/api/public/contacts", body).want(t, 422).text, "name"))
		}
	})
}

func TestPhoneIsRequiredWithCountryCode(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		for _, body := range []string{`{"name":"x"}`, `{"name":"x","phone":""}`, `{"name":"x","phone":"0898765432"}`, `{"name":"x","phone":"abc"}`, `{"name":"x","phone":[]}`} {
			assert.Check(t, is.Contains(c.ask(c.key, "POST", "/api/public/contacts", body).want(t, 422).text, "phone"))
		}
		c.ask(c.key, "POST", "/api/public/contacts", `{"name":"x","phone":6289876543210}`).want(t, 201)
	})
}

func TestLabelsAreATextWithCommasOrAList(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		a := c.ask(c.key, "POST", "/api/public/contacts", `{"name":"a","phone":"6281111111111","labels":["Lead","Website"]}`).want(t, 201)
		b := c.ask(c.key, "POST", "/api/public/contacts", `{"name":"b","phone":"6281111111112","labels":""}`).want(t, 201)
		assert.Check(t, is.Equal(fmt.Sprint(a.body["labels"]), "[Lead Website]"), a.text)
		assert.Check(t, is.Contains(b.text, `"labels":[]`), a.text)
	})
}

func TestRetrieveTheLatestConversationsFromYourActiveSessions(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		s := c.session("whatsapp", "session-123")
		c.wrote(s, "6281234567890", "John Doe", "Hi")
		c.wrote(s, "6281234567890", "John Doe", "Hello there!")
		c.Clock.Pass(time.Second)
		c.wrote(s, "6281234567891", "Newer", "last")
		if _, err := c.Acme.Scope.OpenConversation(models.ConversationStart{Contact: &models.ContactChange{Name: new("By API")}, Kind: models.ChannelAPI}); err != nil {
			t.Fatal(err)
		}
		a := c.ask(c.key, "GET", "/api/public/inbox/conversations", "").want(t, 200)
		list := a.body["conversations"].([]any)
		assert.Assert(t, is.Len(list, 2), a.text)
		assert.Equal(t, list[0].(map[string]any)["pushName"], "Newer", a.text)
		one := list[1].(map[string]any)
		assert.Check(t, is.Len(one, 5), a.text)
		assert.Check(t, is.Equal(one["remoteJid"], "6281234567890@s.whatsapp.net"), a.text)
		assert.Check(t, is.Equal(one["pushName"], "John Doe"), a.text)
		assert.Check(t, is.Equal(one["lastMessage"], "Hello there!"), a.text)
		assert.Check(t, is.Equal(one["unreadCount"], 2.0), a.text)
		if _, err := time.Parse(time.RFC3339, one["timestamp"].(string)); err != nil {
			t.Error(err)
		}
		assert.Check(t, is.Equal(c.ask(c.glob, "GET", "/api/public/inbox/conversations", "").want(t, 200).text, `{"conversations":[]}`))
	})
}

func TestSessionIdIsOptionalAndFiltersBySpecificSession(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		c.wrote(c.session("whatsapp", "one"), "6281234567890", "A", "x")
		c.wrote(c.session("whatsapp", "two"), "6281234567891", "B", "y")
		for query, n := range map[string]int{"": 2, "?sessionId=one": 1, "?sessionId=two&limit=5": 1, "?limit=1": 1, "?limit=1&page=3": 0} {
			a := c.ask(c.key, "GET", "/api/public/inbox/conversations"+query, "").want(t, 200)
			assert.Check(t, is.Len(a.body["conversations"].([]any), n), "%v %v", query, a.text)
		}
		c.ask(c.key, "GET", "/api/public/inbox/conversations?sessionId=three", "").want(t, 404)
		c.ask(c.glob, "GET", "/api/public/inbox/conversations?sessionId=one", "").want(t, 404)
	})
}

func TestSendATextMessageViaWhatsApp(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		c.session("sandbox", "session-123")
		a := c.ask(c.key, "POST", "/api/public/inbox/send", `{"sessionId": "session-123", "targetNumber": "6289876543210", "message": "Your OTP code is 4567"}`).want(t, 200)
		assert.Check(t, is.Len(a.body, 3), a.text)
		assert.Check(t, is.Equal(a.body["success"], true), a.text)
		assert.Check(t, is.Equal(a.body["status"], "queued"), a.text)
		assert.Check(t, is.Equal(len(a.body["messageId"].(string)), 24), a.text)
		m := c.ask(c.key, "GET", "/api/v2/public/messages/"+a.body["messageId"].(string), "").want(t, 200)
		assert.Check(t, is.Equal(m.body["body"], "Your OTP code is 4567"), m.text)
		assert.Check(t, is.Equal(m.body["channel"], "sandbox"), m.text)
		// The address that the list gives can be answered.
		c.ask(c.key, "POST", "/api/public/inbox/send", `{"sessionId":"session-123","targetNumber":"6289876543210@s.whatsapp.net","message":"again"}`).want(t, 200)
		l := c.ask(c.key, "GET", "/api/public/inbox/conversations", "")
		assert.Check(t, is.Len(l.body["conversations"].([]any), 1))
		assert.Check(t, is.Contains(l.text, `"lastMessage":"again"`))
	})
}

func TestSendMediaViaWhatsApp(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		c.session("sandbox", "s")
		for body, kind := range map[string]string{
			`"mediaUrl":"https://x.example/a.jpg","message":"a caption"`:                                           "image",
			`"mediaUrl":"https://x.example/a","mediaType":"video"`:                                                 "video",
			`"mediaUrl":"https://x.example/a","mediaType":"application/pdf","fileName":"a.pdf"`:                    "document",
			`"mediaUrl":"https://x.example/b.bin","message":"see"`:                                                 "document",
			`"mediaUrl":"https://x.example/c","mediaType":"image/png","message":"","unknownMember":"is let alone"`: "image",
		} {
			a := c.ask(c.key, "POST", "/api/public/inbox/send", `{"sessionId":"s","targetNumber":"6289876543210",`+body+`}`).want(t, 200)
			m := c.ask(c.key, "GET", "/api/v2/public/messages/"+a.body["messageId"].(string), "")
			assert.Check(t, is.Equal(m.body["type"], kind), m.text)
		}
		c.ask(c.key, "POST", "/api/public/inbox/send", `{"sessionId":"s","targetNumber":"6289876543210","mediaUrl":"nonsense"}`).want(t, 422)
		var form bytes.Buffer
		w := multipart.NewWriter(&form)
		for name, value := range map[string]string{"sessionId": "s", "targetNumber": "6289876543210", "message": "by form", "mediaUrl": "https://x.example/a.png"} {
			if err := w.WriteField(name, value); err != nil {
				t.Fatal(err)
			}
		}
		w.Close()
		c.ask(c.key, "POST", "/api/public/inbox/send", form.String(), "Content-Type", w.FormDataContentType()).want(t, 200)
	})
}

func TestSessionIdTargetNumberAndMessageAreRequired(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		c.session("sandbox", "s")
		for missing, body := range map[string]string{
			"sessionId":    `{"targetNumber":"6289876543210","message":"x"}`,
			"targetNumber": `{"sessionId":"s","message":"x"}`,
			"message":      `{"sessionId":"s","targetNumber":"6289876543210"}`,
		} {
			assert.Check(t, is.Contains(c.ask(c.key, "POST", "/api/public/inbox/send", body).want(t, 422).text, missing))
		}
		for _, body := range []string{"", "{", "[]", `{"sessionId":"s"}{}`} {
			a := c.ask(c.key, "POST", "/api/public/inbox/send", body)
			assert.Check(t, is.Contains([]int{400, 422}, a.StatusCode), "%s: %s", body, a.text)
		}
	})
}

func TestAnUnknownSessionABrokenOneAndABadNumber(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		s := c.session("whatsapp", "session-123")
		send := func(session, number string) answer {
			return c.ask(c.key, "POST", "/api/public/inbox/send", `{"sessionId":"`+session+`","targetNumber":"`+number+`","message":"x"}`)
		}
		send("session-124", "6289876543210").want(t, 404)
		send("session-123", "12").want(t, 422)
		send("session-123", "hello").want(t, 422)
		send("session-123", "6289876543210").want(t, 422) // nobody wrote in the last 24 hours
		c.wrote(s, "6289876543210", "A", "hi")
		send("session-123", "6289876543210").want(t, 200)
		a, err := c.Store.Account(t.Context(), s.ID)
		if err == nil {
			err = c.Store.FinishCheck(t.Context(), a, models.Finding{Refused: true, Detail: reason.Said("The token was revoked.")})
		}
		if err != nil {
			t.Fatal(err)
		}
		assert.Check(t, is.Contains(send("session-123", "6289876543210").want(t, 409).text, "token"))
		c.ask(c.glob, "POST", "/api/public/inbox/send", `{"sessionId":"session-123","targetNumber":"6289876543210","message":"x"}`).want(t, 404)
	})
}

func TestTheSameCallTwiceUnderOneIdempotencyKeySendsOnce(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		c.session("sandbox", "s")
		body := `{"sessionId":"s","targetNumber":"6289876543210","message":"once"}`
		first := c.ask(c.key, "POST", "/api/public/inbox/send", body, "Idempotency-Key", "otp-1").want(t, 200)
		again := c.ask(c.key, "POST", "/api/public/inbox/send", body, "Idempotency-Key", "otp-1").want(t, 200)
		assert.Check(t, is.Equal(first.text, again.text))
		assert.Check(t, is.Equal(again.Header.Get("Idempotent-Replayed"), "true"))
		c.ask(c.key, "GET", "/api/public/nothing", "").want(t, 404)
		c.ask(c.key, "DELETE", "/api/public/contacts", "").want(t, 404)
	})
}
