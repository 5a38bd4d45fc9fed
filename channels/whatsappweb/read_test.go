package whatsappweb_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/channels/whatsappweb"
)

// FuzzRead: no record, however broken, stops the reading of others, and each item says one thing.
func FuzzRead(f *testing.F) {
	m, err := proto.Marshal(&waE2E.Message{ContactMessage: &waE2E.ContactMessage{Vcard: proto.String("FN:A\nTEL:1")}})
	if err != nil {
		f.Fatal(err)
	}
	for _, kind := range []string{"message", "receipt", "lost", "group", "other"} {
		body, err := json.Marshal(map[string]any{"kind": kind, "id": "A", "ids": []string{"B"}, "phone": "1", "at": 1, "message": m, "once": true, "group": "1-2@g.us", "by": "1@lid"})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
		f.Add([]byte(`{"kind":"history","past":[` + string(body) + `,null,{"place":-1}]}`))
	}
	f.Add([]byte("{"))
	f.Fuzz(func(t *testing.T, body []byte) {
		items := whatsappweb.Read(body)
		if len(items) == 0 {
			t.Error("nothing is said of it")
		}
		for _, i := range items {
			says := 0
			for _, so := range []bool{i.Message != nil, i.Status != nil, i.Group != nil, !i.Ignored.None()} {
				if so {
					says++
				}
			}
			assert.Check(t, is.Equal(says, 1), "%+v", i)
			assert.Check(t, i.What != "", "%+v", i)
		}
	})
}

// FuzzCard: whatever a phone calls a vCard is read within bounds.
func FuzzCard(f *testing.F) {
	f.Add("BEGIN:VCARD\nFN:A\\, B\nitem1.TEL;type=CELL:+1\n 2\nORG:X;Y\nEMAIL:a@b\nEND:VCARD")
	f.Add("FN\r\n :\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		card := whatsappweb.ParseCard(text)
		if all := card.Name + card.Organization + strings.Join(card.Phones, "") + strings.Join(card.Emails, ""); len(all) > 4*len(text) {
			t.Error("it grew:", all)
		}
		if card.Name == "" || strings.TrimSpace(card.Name) != card.Name || strings.ContainsAny(card.Name, "\r\n\\") {
			return
		}
		if again := whatsappweb.ParseCard(whatsappweb.WriteCard(card)); again.Name != card.Name {
			t.Errorf("%q became %q", card.Name, again.Name)
		}
	})
}

// TestWhatIsNotOfPeople: broadcast lists, channels and status news leave no record, nor does a note to oneself. What is said
// in a group that is not taken in leaves that it was, and nothing else.
func TestWhatIsNotOfPeople(t *testing.T) {
	t.Parallel()
	own := types.NewJID("33612345678", types.DefaultUserServer)
	for name, source := range map[string]types.MessageSource{
		"a broadcast list":  {Chat: types.NewJID("1-2", types.BroadcastServer), Sender: types.NewJID("1", types.DefaultUserServer), IsGroup: true},
		"status news":       {Chat: types.StatusBroadcastJID, Sender: types.NewJID("1", types.DefaultUserServer)},
		"a channel":         {Chat: types.NewJID("1", types.NewsletterServer), Sender: types.NewJID("1", types.NewsletterServer)},
		"a note to oneself": {Chat: own, Sender: own, IsFromMe: true},
		"a bot":             {Chat: types.NewJID("1", types.BotServer), Sender: types.NewJID("1", types.BotServer)},
		"nobody":            {},
	} {
		if body := whatsappweb.PackMessage(t, own, source, time.Unix(1, 0)); body != nil {
			t.Errorf("%s leaves %s", name, body)
		}
	}
	person := types.MessageSource{Chat: types.NewJID("1", types.DefaultUserServer), Sender: types.JID{User: "1", Device: 3, Server: types.DefaultUserServer}}
	if body := string(whatsappweb.PackMessage(t, own, person, time.Unix(1, 0))); !strings.Contains(body, `"phone":"1"`) {
		t.Error("a person leaves", body)
	}
	group := types.MessageSource{Chat: types.NewJID("1-2", types.GroupServer), Sender: types.NewJID("1", types.DefaultUserServer), IsGroup: true}
	assert.Check(t, is.Equal(string(whatsappweb.PackMessage(t, own, group, time.Unix(1, 0))), `{"kind":"message","id":"A","at":1,"group":"1-2@g.us","off":true}`), "a group leaves")
}
