package browser

import (
	"context"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"mauve/models"
)

// TestATicketsLife follows one ticket by keyboard, from a conversation to its
// end and back, each step seen by a second agent without a reload.
func TestATicketsLife(t *testing.T) {
	t.Parallel()
	ticketLife(t, openDesk(t, "postgres"))
}

func ticketLife(t *testing.T, d *desk) {
	lea, max := d.signedIn(t, "lea@harbour.example"), d.signedIn(t, "max@harbour.example")
	do(t, max, waitReady("html[data-online]"))
	blur := chromedp.Evaluate[chromedp.Void]("void document.activeElement.blur()")

	// T makes a ticket from the conversation. Whoever has it open sees that there is one.
	do(t, max, chromedp.Navigate(d.thread(1)), waitReady("html[data-online]"))
	do(t, lea, chromedp.Navigate(d.thread(1)), waitReady("html[data-online]"))
	press(t, lea, "t")
	do(t, lea, waitVisible("#field-subject"))
	truth(t, lea, "document.querySelector('#field-subject').value === 'Hello from Budi'")
	look(t, lea, "ticket-new")
	do(t, lea, click("main button.primary"), waitVisible(".ticket-page"))
	says(t, lea, ".stream", "Lea Martin made the ticket")
	says(t, max, "#to-ticket", "#1")
	do(t, max, waitReady("html[data-online]"))

	// N writes a note; @ offers the team. Who is named hears of it on whatever page is open.
	press(t, lea, "n")
	truth(t, lea, "document.activeElement.name === 'body'")
	do(t, lea, sendKeys(".composer textarea", "He paid twice, @ma"), waitVisible("#mention-list"))
	lookAt(t, lea, "ticket-mention", widths...)
	hit(t, lea, enter)
	truth(t, lea, "document.querySelector('.composer textarea').value === 'He paid twice, @Max Berg '")
	hit(t, lea, ctrlEnter)
	says(t, lea, ".message.note .mention", "@Max Berg")
	says(t, max, ".toasts", "Lea Martin mentioned you in #1")
	do(t, max, chromedp.Evaluate[chromedp.Void]("void document.querySelector('.toasts .toast a').focus()")) // a toast stays while it is read
	look(t, max, "mention-toast")
	do(t, max, click(".toasts .toast a"), waitVisible(".ticket-page"))
	says(t, max, ".mention.self", "@Max Berg")
	look(t, max, "ticket")

	// M moves it on the board; the other board follows, and undo takes it back.
	for _, who := range []context.Context{lea, max} {
		do(t, who, chromedp.Navigate(d.URL+"/tickets/board"), waitReady("html[data-online]"))
	}
	do(t, max, chromedp.Evaluate[chromedp.Void]("void (window.untouched = true)"))
	toPending := func() {
		t.Helper()
		press(t, lea, "j")
		truth(t, lea, "document.activeElement.matches('[data-row]')")
		press(t, lea, "m")
		truth(t, lea, "document.activeElement.closest('.sheet') !== null")
		hit(t, lea, enter)
		says(t, lea, "#column-pending", "Hello from Budi")
	}
	toPending()
	says(t, lea, ".toasts", "Ticket changed.")
	truth(t, lea, "document.activeElement.matches('#column-pending [data-row]')")
	says(t, max, "#column-pending", "Hello from Budi")
	truth(t, max, "window.untouched")
	do(t, lea, click(".toasts form button"))
	says(t, lea, "#column-open", "Hello from Budi")
	says(t, max, "#column-open", "Hello from Budi")
	do(t, lea, blur)
	toPending()
	look(t, lea, "board")
	do(t, lea, chromedp.Navigate(d.URL+"/tickets/board?by=assignee"), waitReady("html[data-online]"))
	look(t, lea, "board-assignee")

	// E resolves it; the customer's next word opens it again, while Max looks on.
	do(t, max, chromedp.Navigate(d.URL+"/tickets"), waitReady("html[data-online]"))
	look(t, max, "tickets")
	do(t, max, click("[data-row]"), waitVisible(".ticket-page"), waitReady("html[data-online]"))
	do(t, lea, chromedp.Navigate(d.URL+"/tickets"), waitReady("html[data-online]"), click("[data-row]"), waitVisible(".ticket-page"), blur)
	press(t, lea, "e")
	says(t, max, ".bar", "Resolved")
	do(t, max, chromedp.Evaluate[chromedp.Void]("void (window.untouched = true)"))
	if _, err := d.scope.Send(d.talks[1].ID, models.Draft{Body: "It happened again", Direction: models.Inbound}); err != nil {
		t.Fatal(err)
	}
	says(t, max, ".stream", "Budi changed the status from Resolved to Open")
	says(t, max, ".bar", "Open")
	truth(t, max, "document.querySelector('#field-status').value === 'open'")
	for _, entry := range []string{"Lea Martin made the ticket", "He paid twice, @Max Berg", "Lea Martin changed the status from Open to Pending", "Lea Martin changed the status from Pending to Open",
		"Lea Martin changed the status from Pending to Resolved", "It happened again"} {
		says(t, max, ".stream", entry)
	}
	truth(t, max, "window.untouched")
	look(t, max, "ticket-reopened")
	talkOnTicket(t, d, lea, max)

	for _, page := range []string{"tickets", "categories", "tags", "attributes"} {
		do(t, lea, chromedp.Navigate(d.URL+"/settings/"+page), waitReady("main"), sendKeys("main form.form input.input", "1"), click("main form.form button.primary"))
		says(t, lea, ".toasts", "Saved.")
		look(t, lea, "settings-"+page)
	}
}

// talkOnTicket answers one message of a ticket's timeline and reacts to it, while another looks on.
func talkOnTicket(t *testing.T, d *desk, lea, max context.Context) {
	t.Helper()
	path := d.URL + "/tickets/" + string(d.sandboxTicket(t))
	for _, who := range []context.Context{lea, max} {
		do(t, who, chromedp.Navigate(path), waitVisible(".ticket-page"), waitReady("html[data-online]"))
	}
	do(t, lea, click("[data-answer]"))
	truth(t, lea, "document.activeElement.name === 'body' && document.querySelector('[data-about-text]').textContent === 'Which size?'")
	lookAt(t, lea, "ticket-about", widths...)
	do(t, lea, sendKeys(".composer textarea", "XL"))
	hit(t, lea, ctrlEnter)
	for _, who := range []context.Context{lea, max} {
		says(t, who, ".message.mine[id^=message-] .quote", "Which size?")
	}
	truth(t, lea, "document.querySelector('[data-about]').hidden")
	do(t, lea, click("[data-answer]"), click("[data-about] [value='👍']"))
	for _, who := range []context.Context{lea, max} {
		says(t, who, ".message:not(.mine) .reactions", "👍")
	}
	look(t, max, "ticket-answered")
}

// sandboxTicket is a ticket about what somebody wrote to a sandbox, which carries reactions.
func (d *desk) sandboxTicket(t *testing.T) models.ID {
	t.Helper()
	on, err := d.scope.CreateChannel(models.ChannelDraft{Kind: models.ChannelSandbox, Name: "Shop"})
	if err != nil {
		t.Fatal(err)
	}
	said, err := d.Store.System(t.Context(), d.scope.Workspace()).Receive(on.ID, models.Incoming{From: models.Sender{WhatsApp: "12025550100", Name: "Dewi"}, ExternalID: "wamid.1", At: time.Now(), Type: models.TypeText, Body: "Which size?"})
	if err != nil {
		t.Fatal(err)
	}
	m, err := d.scope.Message(said.MessageID)
	if err != nil {
		t.Fatal(err)
	}
	made, err := d.scope.CreateTicket(models.TicketStart{TicketChange: models.TicketChange{Conversation: &m.ConversationID}})
	if err != nil {
		t.Fatal(err)
	}
	return made.ID
}
