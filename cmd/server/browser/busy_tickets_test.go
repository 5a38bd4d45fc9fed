package browser

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models"
	"mauve/models/modelstest"
	"mauve/models/password"
	"mauve/models/rights"
	"mauve/models/seed"
)

// TestTicketPagesOfABusyDesk looks at every ticket page with many rows and long
// words, at each width: axe finds nothing, and nothing makes the page wider than the window.
func TestTicketPagesOfABusyDesk(t *testing.T) {
	t.Parallel()
	d := openDesk(t, "sqlite")
	ticket := d.fillTickets(t)
	ctx := d.signedIn(t, "lea@harbour.example")
	for name, path := range map[string]string{
		"busy-table": "/tickets", "busy-filtered": "/tickets?status=open&priority=3&sort=updatedAt", "busy-nothing": "/tickets?q=nobody+writes+this",
		"busy-board": "/tickets/board", "busy-board-assignee": "/tickets/board?by=assignee", "busy-ticket": "/tickets/" + string(ticket), "busy-ticket-new": "/tickets/new",
		"busy-settings-tickets": "/settings/tickets", "busy-settings-categories": "/settings/categories", "busy-settings-tags": "/settings/tags", "busy-settings-attributes": "/settings/attributes",
	} {
		do(t, ctx, chromedp.Navigate(d.URL+path), waitReady("main h1"))
		if name == "busy-filtered" {
			do(t, ctx, click("[name=ticket]"), click(".views summary"), waitVisible("#view-name"))
		}
		lookAt(t, ctx, name, widths...)
		for _, width := range widths {
			do(t, ctx, chromedp.EmulateViewport(width, 900))
			wide, err := chromedp.Run(ctx, chromedp.Evaluate[string](`[...document.querySelectorAll("main *")].filter(e => document.documentElement.scrollWidth > innerWidth && e.getBoundingClientRect().right > innerWidth).map(e => e.outerHTML.slice(0, 120)).slice(0, 3).join("\n")`))
			assert.Check(t, err)
			assert.Check(t, is.Equal(wide, ""), "%s is wider than a window of %d", name, width)
		}
		do(t, ctx, chromedp.EmulateViewport(1440, 900))
	}
}

// fillTickets makes believable tickets, and one with all that a ticket can have.
func (d *desk) fillTickets(t *testing.T) models.ID {
	t.Helper()
	for _, name := range []string{"Wilhelmina Featherstonehaugh-Cholmondeley", "Ann", "Joko"} {
		email := strings.ToLower(strings.Fields(name)[0]) + "@harbour.example"
		_, token, err := d.scope.Invite(name, email, rights.Agent)
		if err == nil {
			_, err = d.Store.Join(t.Context(), password.Origin{}, token, modelstest.Password)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := seed.Sow(t.Context(), d.Store, d.scope.Workspace(), seed.Plan{Contacts: 40, Conversations: 30, Messages: 120, Tickets: 160, Seed: 4}); err != nil {
		t.Fatal(err)
	}
	choices := []string{"Team", "Enterprise with everything"}
	for _, a := range []struct {
		name string
		kind models.AttributeKind
	}{{"Plan", models.ChoiceAttribute}, {"Renews on", models.DateAttribute}, {"Paid", models.YesNoAttribute}, {"Order in the shop’s own back office", models.URLAttribute}} {
		change := models.AttributeChange{Name: &a.name, Subject: new(models.AttributeOfTicket), Kind: &a.kind}
		if a.kind == models.ChoiceAttribute {
			change.Choices = &choices
		}
		if _, err := d.scope.CreateAttribute(change); err != nil {
			t.Fatal(err)
		}
	}
	change := models.TicketChange{Conversation: &d.talks[2].ID, Subject: new("The parcel with the wedding invitations has been lying at the customs office in Surabaya for nine days, and nobody answers the telephone there"),
		Priority: new(3), Tags: &[]string{"urgent", "refund", "vip", "wholesale", "follow-up"}, Attributes: map[string]any{"Plan": "Enterprise with everything", "Paid": true,
			"Order in the shop’s own back office": "https://shop.example/orders/2026/11/21/A-17-with-a-very-long-address-that-does-not-break"}}
	made, err := d.scope.CreateTicket(models.TicketStart{TicketChange: change})
	if err == nil {
		_, err = d.scope.AddTicketNote(made.ID, "Ask @Max Berg for https://customs.example/declarations/surabaya/2026/11/an-address-that-is-much-longer-than-a-phone-is-wide")
	}
	if err != nil {
		t.Fatal(err)
	}
	d.ticket(t, "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverordnungsstelle")
	for i, name := range []string{"Burning", "Everything that waits for the customs office"} {
		if _, err := d.scope.SaveView(name, "status=open", i == 0); err != nil {
			t.Fatal(err)
		}
	}
	return made.ID
}
