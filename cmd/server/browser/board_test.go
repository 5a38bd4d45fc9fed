package browser

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models"
	"mauve/models/modelstest"
)

// TestACardIsDragged drags a card to another column, while a second agent has the board open.
func TestACardIsDragged(t *testing.T) {
	t.Parallel()
	dragCards(t, openDesk(t, "postgres"))
}

func dragCards(t *testing.T, d *desk) {
	parcel, invoice := d.ticket(t, "Parcel lost"), d.ticket(t, "Invoice twice")
	waits := func() {
		t.Helper()
		now, err := d.scope.Ticket(parcel.ID)
		if assert.Check(t, err) {
			assert.Check(t, is.Equal(now.Status, models.TicketWaiting))
		}
	}
	lea, max := d.signedIn(t, "lea@harbour.example"), d.signedIn(t, "max@harbour.example")
	for _, who := range []context.Context{lea, max} {
		do(t, who, chromedp.Navigate(d.URL+"/tickets/board"), waitReady("html[data-online]"), chromedp.Evaluate[chromedp.Void]("void (window.untouched = true)"))
	}
	do(t, lea, chromedp.DragAndDrop("#card-"+string(parcel.ID), "#column-waiting"))
	for _, who := range []context.Context{lea, max} {
		says(t, who, "#column-waiting", "Parcel lost")
		says(t, who, "#title-waiting", "1")
		truth(t, who, "!document.querySelector('#column-open').innerText.includes('Parcel lost')")
		truth(t, who, "window.untouched")
	}
	says(t, lea, ".toasts", "Ticket changed.")
	truth(t, lea, "document.querySelector('.board').dataset.dragging === undefined")
	waits()

	// Dropped where it was, nothing happens: its column still holds it when the next one has moved.
	do(t, lea, chromedp.DragAndDrop("#card-"+string(parcel.ID), "#title-waiting"), chromedp.DragAndDrop("#card-"+string(invoice.ID), "#column-pending"))
	says(t, max, "#column-pending", "Invoice twice")
	says(t, max, "#column-waiting", "Parcel lost")
	waits()

	// By assignee it is given to somebody; undo takes it back, for both.
	max = d.onBoard(t, max, "assignee")
	lea = d.onBoard(t, lea, "assignee")
	members, err := d.scope.Members()
	if err != nil {
		t.Fatal(err)
	}
	column := "#column-" + string(members[1].ID)
	do(t, lea, chromedp.DragAndDrop("#card-"+string(parcel.ID), column))
	says(t, lea, column, "Parcel lost")
	says(t, max, column, "Parcel lost")
	do(t, lea, click(".toasts form button"))
	says(t, max, "#column-", "Parcel lost")
}

func (d *desk) onBoard(t *testing.T, who context.Context, by string) context.Context {
	t.Helper()
	do(t, who, chromedp.Navigate(d.URL+"/tickets/board?by="+by), waitReady("html[data-online]"))
	return who
}

// ticket makes a ticket of its own subject.
func (d *desk) ticket(t *testing.T, subject string) *models.Ticket {
	t.Helper()
	made, err := d.scope.CreateTicket(models.TicketStart{TicketChange: models.TicketChange{Subject: &subject}})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// TestTicketsWithoutJavaScript makes, finds, changes and moves tickets with plain forms and links.
func TestTicketsWithoutJavaScript(t *testing.T) {
	t.Parallel()
	d := openDesk(t, "sqlite")
	d.ticket(t, "Parcel lost")
	ctx := browser(t)
	if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	do(t, ctx, chromedp.Navigate(d.URL+"/tickets/new"), sendKeys("[name=email]", "lea@harbour.example"),
		sendKeys("[name=password]", modelstest.Password), click("main button"), waitVisible("#field-subject"),
		sendKeys("#field-subject", "Invoice twice"), click("main button.primary"), waitVisible(".ticket-page"))

	// Its properties.
	do(t, ctx, setValue("#field-status", "pending"), setValue("#field-priority", "3"), click("#ticket-form button.primary"), waitVisible(".toasts"))
	says(t, ctx, ".stream", "Lea Martin changed the status from Open to Pending")
	says(t, ctx, ".stream", "changed the priority")

	// A message is answered, and reacted to, from its row.
	talk := "/tickets/" + string(d.sandboxTicket(t))
	do(t, ctx, chromedp.Navigate(d.URL+talk), click("[data-answer]"), waitVisible("[data-about]"), sendKeys(".composer textarea", "XL"),
		click(".composer .button.primary"), waitVisible(".message.mine .quote"))
	do(t, ctx, click("[data-answer]"), waitVisible("[data-about]"), click("[data-about] [value='👍']"), waitVisible(".message:not(.mine) .reactions"))
	truth(t, ctx, "location.pathname === '"+talk+"'")

	// Filters, and a change of what is ticked.
	do(t, ctx, chromedp.Navigate(d.URL+"/tickets"), setValue("#filter-status", "open"), click("#ticket-filters > button.button"), waitVisible("[data-row]"))
	truth(t, ctx, "location.search.includes('status=open') && document.querySelectorAll('[data-row]').length === 1")
	do(t, ctx, click("[name=ticket]"), setValue("#bulk-status", "waiting"), click(".bulk-bar button"), waitVisible(".toasts form button"))
	says(t, ctx, "main", "No ticket fits these filters.")
	do(t, ctx, click(".toasts form button"), waitVisible("[data-row]"))

	// The board.
	do(t, ctx, chromedp.Navigate(d.URL+"/tickets/board"), click("#column-pending [data-move]"), click("#column-pending .sheet button[value=resolved]"), waitVisible("#column-resolved [data-row]"))
	says(t, ctx, "#column-resolved", "Invoice twice")
	do(t, ctx, click(".toasts form button"), waitVisible("#column-pending [data-row]"))
}
