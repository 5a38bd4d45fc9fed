package whatsappcloud

import (
	"encoding/hex"
	"strings"
	"testing"
	"unicode/utf8"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/channels/graphtest"
)

// FuzzRead: whatever comes becomes at least one item, and each item is one thing.
func FuzzRead(f *testing.F) {
	f.Add(graphtest.Envelope(`"contacts":[{"wa_id":"33612345678","profile":{"name":"Ada"}}],"messages":[{"id":"1","from":"33612345678","type":"text","text":{"body":"x"}}]`))
	f.Add(graphtest.Envelope(`"messages":[{"id":"1","from":"2","type":"edit","edit":{"original_message_id":"3","message":{"type":"image","image":{"id":4}}}},7]`))
	f.Add(graphtest.Envelope(`"messages":[{"id":"1","from":"2","type":"interactive","interactive":{"nfm_reply":{"response_json":"{"}}}],"errors":[{}]`))
	f.Add(graphtest.Envelope(`"messages":[{"id":"1","from":"2","type":"order","order":{"product_items":[{"quantity":"1e999"}]}}]`))
	f.Add(graphtest.Status("1", "failed", "2", "msg_0"))
	f.Add([]byte(`{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"message_template_status_update","value":{}}]}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		items := Read(body)
		if len(items) == 0 {
			t.Fatal("nothing became of it")
		}
		for _, item := range items {
			n := 0
			for _, is := range []bool{item.Message != nil, item.Status != nil, item.Template != nil, item.Recheck, !item.Ignored.None()} {
				if is {
					n++
				}
			}
			assert.Check(t, is.Equal(n, 1), "%d things in %+v", n, item)
			assert.Check(t, item.What != "", "%d things in %+v", n, item)
			assert.Check(t, utf8.ValidString(item.What), "%d things in %+v", n, item)
		}
	})
}

// FuzzSigned: nothing but the right signature of the right body passes.
func FuzzSigned(f *testing.F) {
	f.Add("sha256=", []byte("x"))
	f.Add(graphtest.Sign([]byte("x")), []byte("x"))
	f.Add(strings.ToUpper(graphtest.Sign([]byte("x"))), []byte("x"))
	f.Fuzz(func(t *testing.T, signature string, body []byte) {
		right := graphtest.Sign(body)
		if !Signed(graphtest.Secret, right, body) {
			t.Error("the right signature is refused")
		}
		given, _ := strings.CutPrefix(signature, "sha256=")
		sum, err := hex.DecodeString(given)
		same := err == nil && strings.HasPrefix(signature, "sha256=") && hex.EncodeToString(sum) == right[7:]
		assert.Check(t, is.Equal(Signed(graphtest.Secret, signature, body), same), "%q signs %q", signature, body)
		assert.Check(t, !Signed("", signature, body), "%q signs %q", signature, body)
	})
}

func TestKnownSignature(t *testing.T) {
	t.Parallel()
	// GitHub's published example of the same scheme ("Validating webhook deliveries").
	const header = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
	if !Signed("It's a Secret to Everybody", header, []byte("Hello, World!")) {
		t.Error("the published example does not verify")
	}
}
