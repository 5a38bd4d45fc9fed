package hooks_test

import (
	"testing"

	"mauve/channels/sandbox"
)

// TestTheMagicNumbersDoWhatTheySay writes to each magic number of a sandbox.
func TestTheMagicNumbersDoWhatTheySay(t *testing.T) {
	does := map[string]struct{ body, status, code string }{
		"+12025550100": {"hi", "read", ""},
		"+12025550101": {"hi", "delivered", ""},
		"+12025550102": {"hi", "sent", ""},
		"+12025550103": {"hi", "read", ""},
		"+12025550104": {"hi", "failed", "131026"},
		"+12025550105": {"please fail 131049 now", "failed", "131049"},
		"+12025550106": {"hi", "read", ""},
		"+12025550107": {"hi", "read", ""},
		"+12025550108": {"hi", "queued", "190"},
		"+12025550109": {"hi", "read", ""},
		"+12025550110": {"hi", "read", ""},
		"+12025550111": {"hi", "read", ""},
	}
	each(t, func(t *testing.T, d *desk) {
		for _, number := range sandbox.Numbers {
			want, known := does[number.Phone]
			if !known {
				t.Errorf("%s is in no row of this test", number.Phone)
				continue
			}
			d.connect(d.Acme, "sandbox", "s"+number.Phone[1:], "")
			send := `{"sessionId":"s` + number.Phone[1:] + `","to":"` + number.Phone + `","body":"` + want.body + `"}`
			id := d.call("POST", "/messages", send).want(t, 202).at("id")
			if want.code == "190" {
				d.eventually("the token is found revoked", func() bool { return d.call("GET", "/messages/"+id, "").at("error.code") == "190" })
			}
			a := d.becomes(id, want.status)
			if code := a.at("error.code"); want.code != "" && code != want.code {
				t.Errorf("%s %s, but %s", number.Phone, number.Does, a.text)
			}
			if want.code == "190" {
				// 409: the channel was looked at by itself meanwhile, and the message is on its way.
				if again := d.call("POST", "/messages/"+id+"/retry", ""); again.StatusCode != 409 {
					again.want(t, 202)
				}
				d.becomes(id, "read")
			}
		}
	})
}

func TestTheSandboxAnswersAndItsWindowShuts(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		path := "/hooks/sandbox/" + string(d.connect(d.Acme, "sandbox", "trial", "").ID)
		for number, want := range map[string]struct {
			answer string
			then   int
		}{"+12025550103": {"You wrote: ping", 202}, "+12025550110": {"I wrote this 25 hours ago.", 422}} {
			m := d.call("POST", "/messages", `{"sessionId":"trial","to":"`+number+`","body":"ping"}`).want(t, 202)
			messages := "/conversations/" + m.at("conversationId") + "/messages"
			d.eventually("an answer", func() bool { return d.call("GET", messages, "").at("data.1.body") == want.answer })
			d.call("GET", messages, "").has(t, "data.1.direction", "inbound", "data.1.replyToId", m.at("id"))
			d.call("POST", messages, `{"body":"and now?"}`).want(t, want.then)
			template := d.call("POST", messages, `{"template":{"name":"order_update","language":"en","components":[{"type":"body","parameters":[{"type":"text","text":"Ada"},{"type":"text","text":"77"}]}]}}`).want(t, 202)
			d.becomes(template.at("id"), "read").has(t, "body", "Hello Ada, your order 77 is on its way.\nSandbox shop")
		}
		d.hook("POST", path, []byte("{}"), "X-Hub-Signature-256", "sha256=00").want(t, 404)
	})
}
