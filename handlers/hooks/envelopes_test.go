package hooks_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"mauve/models"
)

// TestRealEnvelopes runs the webhook calls of a folder, which ENVELOPES names,
// through the front door: files of one call each, or of many by name. Each must end as
// a stored message, a status, an update, or "ignored, because".
//
//	ENVELOPES=folder go test ./handlers/hooks -run RealEnvelopes -v
func TestRealEnvelopes(t *testing.T) {
	folder := os.Getenv("ENVELOPES")
	if folder == "" {
		folder = filepath.Join("testdata", "envelopes")
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	assert.NilError(t, err)
	assert.Assert(t, len(files) != 0, "no envelopes in %v", folder)
	each(t, func(t *testing.T, d *desk) {
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var calls map[string]json.RawMessage
			if err := json.Unmarshal(text, &calls); err != nil {
				t.Fatal(file, err)
			}
			if calls["object"] != nil || calls["entry"] != nil {
				calls = map[string]json.RawMessage{"call": text}
			}
			for name, call := range calls {
				d.judge(t, strings.TrimSuffix(filepath.Base(file), ".json")+"/"+name, call)
			}
		}
	})
}

// judge posts a call as if it were about Acme's number, and says what became of it.
func (d *desk) judge(t *testing.T, name string, call []byte) {
	var about struct {
		Entry []struct {
			Changes []struct {
				Value struct {
					Metadata struct {
						PhoneNumberID string `json:"phone_number_id"`
					}
					Messages, Statuses []struct{ ID string }
				}
			}
		}
	}
	_ = json.Unmarshal(call, &about)
	id := ""
	if len(about.Entry) > 0 && len(about.Entry[0].Changes) > 0 {
		id = about.Entry[0].Changes[0].Value.Metadata.PhoneNumberID
	}
	if id != "" {
		call = bytes.ReplaceAll(call, []byte(`"`+id+`"`), []byte(`"`+d.channel.Account+`"`))
	}
	// The samples share their ids; each is a message of its own.
	for _, shared := range []string{"wamid.", "<WHATSAPP_MESSAGE_ID>"} {
		call = bytes.ReplaceAll(call, []byte(shared), []byte("wamid."+name+"."))
	}
	d.signed(call).want(t, 200)
	for _, end := range d.settled()[:1] {
		good := end.Became == models.BecameMessage || end.Became == models.BecameStatus || end.Became == models.BecameUpdate ||
			end.Became == models.BecameIgnored && !end.Because.None()
		if !good {
			t.Errorf("%s ended as %+v", name, end)
		}
		t.Logf("%-60s %-28s %s %s", name, end.What, end.Became, end.Because)
	}
}
