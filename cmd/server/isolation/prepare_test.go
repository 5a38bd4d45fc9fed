package isolation

import (
	"strings"

	"mauve/models"
	"mauve/models/reason"
	"mauve/models/rights"
)

// prepare makes what no call of our own makes: a note that names the reader, and
// what only a vendor's word leaves behind. The lines that take them take those rows.
func (c *caller) prepare() {
	c.t.Helper()
	mention, talk, phone := c.mention(), c.fromVendor(), c.phone()
	key, _ := c.Key(c.t, c.team, models.KeyDraft{Name: "Till", Read: true})
	conversation, heard := string(talk.heard.ConversationID), string(talk.heard.ID)
	c.prepared = map[string][]string{"events": {mention}, "messages": {heard, talk.failed[0]}, "conversations": {conversation}, "tickets": {talk.ticket}, "channels": {phone}, "api_keys": {string(key.ID)}}
	for name, o := range map[string]opening{
		"GET /mentions/:id":                        {ids: []string{mention}},
		"POST /api/v2/public/messages/:id/retry":   {ids: []string{talk.failed[0]}},
		"POST /inbox/:id/messages/:message/retry":  {ids: []string{conversation, talk.failed[1]}},
		"POST /inbox/:id/messages/:message/edit":   {ids: []string{conversation, talk.failed[2]}},
		"POST /inbox/:id/messages/:message/delete": {ids: []string{conversation, talk.failed[2]}},
		"POST /inbox/:id/template":                 {ids: []string{conversation}, field: "templates"},
		"POST /inbox/:id/reaction":                 {ids: []string{conversation}, also: map[string]string{"reply_to": heard}},
		"POST /tickets/:id/reaction":               {ids: []string{talk.ticket}, also: map[string]string{"reply_to": heard}},
		"POST /settings/api-keys/:id":              {ids: []string{string(key.ID)}, also: map[string]string{"member": string(c.team.Owner.ID)}},
		"POST /settings/channels/:id/link":         {ids: []string{phone}},
		"POST /settings/channels/:id/unlink":       {ids: []string{phone}},
	} {
		c.openings[name] = o
	}
	c.preparedOpen(func(status int) bool { return status < 400 })
}

// preparedOpen calls the ways that take what was prepared, and holds their statuses against what is right.
func (c *caller) preparedOpen(right func(status int) bool) {
	c.t.Helper()
	for _, w := range c.ways {
		if o := c.openings[w.name()]; o.ids != nil {
			if a := c.call(w, c.path(w, o), c.body(w, o, "")); !right(a.StatusCode) {
				c.t.Errorf("%s was not opened with what was made for it: %d %s", w.name(), a.StatusCode, a.text)
			}
		}
	}
}

// phone is a channel that is spoken on by a phone.
func (c *caller) phone() string {
	c.t.Helper()
	on, err := c.team.Scope.CreateChannel(models.ChannelDraft{Kind: models.ChannelWhatsAppWeb, Name: "Counter"})
	if err != nil {
		c.t.Fatal(err)
	}
	return string(on.ID)
}

// mention is the event of a colleague's note that names the caller.
func (c *caller) mention() string {
	c.t.Helper()
	nia := c.Join(c.t, c.team, "Nia", "nia@"+strings.ToLower(c.team.Name)+".example", rights.Agent)
	scope := c.Store.As(c.t.Context(), c.team.ID, nia.Actor())
	made, err := scope.CreateTicket(models.TicketStart{TicketChange: models.TicketChange{Subject: new("Parcel lost")}})
	if err == nil {
		_, err = scope.AddTicketNote(made.ID, "Ask @"+c.team.Owner.Name)
	}
	if err != nil {
		c.t.Fatal(err)
	}
	return c.query("SELECT id FROM events WHERE workspace_id = '" + string(c.team.ID) + "' AND kind = 'note.created' ORDER BY seq DESC LIMIT 1")[0][0]
}

// vendorTalk is a conversation by a vendor, and a ticket about it.
type vendorTalk struct {
	heard  *models.Message
	failed []string // messages on their way out
	ticket string
}

// fromVendor is a talk on a channel with a template, and messages that failed.
func (c *caller) fromVendor() (talk vendorTalk) {
	c.t.Helper()
	on, err := c.team.Scope.CreateChannel(models.ChannelDraft{Kind: models.ChannelSandbox, Name: "Trial"})
	if err != nil {
		c.t.Fatal(err)
	}
	account, err := c.Store.Account(c.t.Context(), on.ID)
	if err == nil {
		err = c.Store.FinishCheck(c.t.Context(), account, models.Finding{Listed: true, Templates: []*models.Template{{Name: "greeting", Language: "en", Status: "APPROVED", Components: `[{"type":"BODY","text":"Hello"}]`}}})
	}
	if err != nil {
		c.t.Fatal(err)
	}
	in := models.Incoming{From: models.Sender{WhatsApp: "33612345678", Name: "Amara"}, ExternalID: "wamid." + c.team.Name, At: c.Clock.Now(), Type: models.TypeText, Body: "Hi"}
	heard, err := c.team.System.Receive(on.ID, in)
	if err == nil {
		talk.heard, err = c.team.Scope.Message(heard.MessageID)
	}
	if err != nil {
		c.t.Fatal(err)
	}
	made, err := c.team.Scope.CreateTicket(models.TicketStart{TicketChange: models.TicketChange{Conversation: &talk.heard.ConversationID}})
	for range 3 {
		var m *models.Message
		if err == nil {
			m, err = c.team.Scope.Send(talk.heard.ConversationID, models.Draft{Body: "Hello"})
		}
		if err == nil {
			_, err = c.team.System.Progress(m.ID, models.Failed, "131026", reason.Said("No."))
		}
		if err != nil {
			c.t.Fatal(err)
		}
		talk.failed = append(talk.failed, string(m.ID))
	}
	talk.ticket = string(made.ID)
	return talk
}
