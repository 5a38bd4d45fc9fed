package dashboard

import (
	"strconv"
	"strings"

	"mauve/models"
	"mauve/models/rights"
	"mauve/models/search"
	"mauve/templates"
	"mauve/templates/words"
)

const found = 6

// searchEverything answers the command palette: pages, conversations and contacts that fit the words typed.
func searchEverything(c *call) error {
	q := strings.TrimSpace(c.Query("q"))
	items := pagesOf(c, q)
	if q == "" {
		return c.draw(templates.PaletteResults(items))
	}
	talks, err := search.Conversations(c.scope, search.ConversationFilter{Q: q}, models.Page{Size: found})
	if err != nil {
		return err
	}
	for _, t := range talks.Items {
		items = append(items, templates.PaletteItem{Label: t.Contact.Called(), Icon: "message-square", Hint: t.LastBody,
			URL: templates.InboxView{Status: string(t.Status)}.AddressOf(string(t.ID), "")})
	}
	cases, err := ticketsNamed(c, q)
	if err != nil {
		return err
	}
	items = append(items, cases...)
	people, err := search.Contacts(c.scope, search.ContactFilter{Q: q}, models.Page{Size: found})
	if err != nil {
		return err
	}
	for _, p := range people.Items {
		items = append(items, templates.PaletteItem{Label: p.Called(), Icon: "user-round",
			Hint: words.T(c.words(), "Contact"), URL: "/contacts/" + string(p.ID)})
	}
	return c.draw(templates.PaletteResults(items))
}

// ticketsNamed finds tickets by words of the subject, or by their number.
func ticketsNamed(c *call, q string) (items []templates.PaletteItem, err error) {
	narrow := search.TicketFilter{Q: q}
	if n, err := strconv.ParseInt(strings.TrimPrefix(q, "#"), 10, 64); err == nil {
		narrow = search.TicketFilter{Number: n}
	}
	l, err := search.Tickets(c.scope, narrow, models.Page{Size: found})
	if err != nil {
		return nil, err
	}
	for _, t := range l.Items {
		row := ticketRow(c, t)
		items = append(items, templates.PaletteItem{Label: row.Name(), Icon: "ticket", Hint: templates.StatusName(c.words(), row.Status), URL: row.URL()})
	}
	return items, nil
}

// pagesOf lists the pages that the person may open and whose name has the words.
func pagesOf(c *call, q string) (items []templates.PaletteItem) {
	ctx := c.words()
	for _, page := range []struct {
		templates.PaletteItem
		needs rights.Grant
	}{
		{templates.PaletteItem{Label: words.T(ctx, "My inbox"), URL: "/inbox?view=mine", Icon: "inbox", Hint: "G M"}, rights.ReadConversations},
		{templates.PaletteItem{Label: words.T(ctx, "Unassigned"), URL: "/inbox?view=unassigned", Icon: "user-round-x", Hint: "G U"}, rights.ReadConversations},
		{templates.PaletteItem{Label: words.T(ctx, "All open"), URL: "/inbox", Icon: "message-square", Hint: "G I"}, rights.ReadConversations},
		{templates.PaletteItem{Label: words.T(ctx, "Tickets"), URL: "/tickets", Icon: "ticket", Hint: "G T"}, rights.ReadTickets},
		{templates.PaletteItem{Label: words.T(ctx, "Tickets by status"), URL: "/tickets/board", Icon: "ticket"}, rights.ReadTickets},
		{templates.PaletteItem{Label: words.T(ctx, "Tickets by assignee"), URL: "/tickets/board?by=assignee", Icon: "ticket"}, rights.ReadTickets},
		{templates.PaletteItem{Label: words.T(ctx, "New ticket"), URL: "/tickets/new", Icon: "plus"}, rights.WriteTickets},
		{templates.PaletteItem{Label: words.T(ctx, "Contacts"), URL: "/contacts", Icon: "users-round", Hint: "G C"}, rights.ReadContacts},
		{templates.PaletteItem{Label: words.T(ctx, "New contact"), URL: "/contacts/new", Icon: "user-round-plus"}, rights.WriteContacts},
		{templates.PaletteItem{Label: words.T(ctx, "API keys"), URL: "/settings/api-keys", Icon: "key-round"}, rights.WriteKeys},
		{templates.PaletteItem{Label: words.T(ctx, "Webhooks"), URL: "/settings/webhooks", Icon: "webhook"}, rights.ReadWebhooks},
		{templates.PaletteItem{Label: words.T(ctx, "Channels"), URL: "/settings/channels", Icon: "cable"}, rights.InspectChannels},
		{templates.PaletteItem{Label: words.T(ctx, "Members"), URL: "/settings/members", Icon: "users-round"}, rights.WriteMembers},
		{templates.PaletteItem{Label: words.T(ctx, "Account"), URL: "/settings/account", Icon: "circle-user"}, rights.Known},
	} {
		if c.scope.Actor().Grants.Has(page.needs) && strings.Contains(strings.ToLower(page.Label), strings.ToLower(q)) {
			items = append(items, page.PaletteItem)
		}
	}
	return items
}
