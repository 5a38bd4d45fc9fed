package main

import (
	"strings"

	"mauve/models"
	"mauve/models/modelstest"
)

// prepare makes what no call of our own makes: a note that names the reader, and
// what only a vendor's word leaves behind. The lines that take them take those rows.
func (c *caller) prepare() {
	c.t.Helper()
	c.openings["GET /mentions/:id"] = opening{id: c.mention()}
	failed := c.fromVendor()
	c.openings["POST /api/v2/public/messages/:id/retry"] = opening{id: string(failed.ID)}
	c.openings["POST /inbox/:id/template"] = opening{id: string(failed.ConversationID), field: "templates"}
	c.prepared = map[string][]string{"events": {c.openings["GET /mentions/:id"].id}, "messages": {string(failed.ID)}, "conversations": {string(failed.ConversationID)}}
	for _, w := range c.ways {
		if o := c.openings[w.name()]; o.id != "" {
			if a := c.call(w, c.path(w, o), c.body(w, o, "")); a.StatusCode >= 400 {
				c.t.Errorf("%s was not opened with what was made for it: %d %s", w.name(), a.StatusCode, a.text)
			}
		}
	}
}

// mention is the event of a colleague's note that names the caller.
func (c *caller) mention() string {
	c.t.Helper()
	_, token, err := c.team.Scope.Invite("Nia", "nia@"+strings.ToLower(c.team.Name)+".example", models.RoleAgent)
	if err != nil {
		c.t.Fatal(err)
	}
	nia, err := c.Store.Join(c.t.Context(), token, modelstest.Password)
	if err != nil {
		c.t.Fatal(err)
	}
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

// fromVendor is a message that failed on a channel with a template.
func (c *caller) fromVendor() (failed *models.Message) {
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
	if _, err = c.team.Scope.Receive(on.ID, in); err != nil {
		c.t.Fatal(err)
	}
	l, err := c.team.Scope.Conversations(models.ConversationFilter{}, models.Page{})
	if err == nil {
		failed, err = c.team.Scope.Send(l.Items[0].ID, models.Draft{Body: "Hello"})
	}
	if err == nil {
		_, err = c.team.Scope.Progress(failed.ID, models.Failed, "131026", "No.")
	}
	if err != nil {
		c.t.Fatal(err)
	}
	return failed
}
