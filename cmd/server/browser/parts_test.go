package browser

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"gotest.tools/v3/assert"

	"mauve/models"
)

// TestAnAnswerThatIsLate: what happens while a part's answer is on its way costs one request more, and the answer does
// not take from somebody what they began to type meanwhile.
func TestAnAnswerThatIsLate(t *testing.T) {
	d := openDesk(t, "sqlite")
	ticket := d.ticket(t, "Parcel lost")
	lea := d.signedIn(t, "lea@harbour.example")
	do(t, lea, chromedp.Navigate(d.URL+"/tickets/"+string(ticket.ID)), waitReady("html[data-online]"))
	holdsBack(t, lea, "fragment=details")
	do(t, lea, chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`void (() => {
		const desk = new BroadcastChannel("mauve-live");
		window.happens = () => desk.postMessage({ kind: "ticket.updated", ticket: %q, profile: document.querySelector("live-events").getAttribute("profile") });
		hold();
		happens();
	})()`, ticket.ID)))
	// What another part of the page shows later has its own way to the server and back: what was under way has come before.
	later := func(note string) {
		t.Helper()
		_, err := d.scope.AddTicketNote(ticket.ID, note)
		assert.NilError(t, err)
		says(t, lea, ".stream", note)
	}
	truth(t, lea, "window.asked === 1")
	for range 4 {
		do(t, lea, chromedp.Evaluate[chromedp.Void]("void happens()"))
		time.Sleep(600 * time.Millisecond) // a burst is over; on a slower machine two may be one
	}
	do(t, lea, chromedp.Evaluate[chromedp.Void]("void release()"))
	truth(t, lea, "window.asked > 1")
	later("Ask the carrier")
	truth(t, lea, "window.asked === 2")

	do(t, lea, chromedp.Evaluate[chromedp.Void]("void (hold(), window.version = document.querySelector('#ticket-form [name=version]').value)"))
	subject := "Parcel found"
	_, err := d.scope.UpdateTicket(ticket.ID, models.TicketChange{Subject: &subject})
	assert.NilError(t, err)
	truth(t, lea, "window.asked === 3")
	do(t, lea, sendKeys("#field-subject", " again"), chromedp.Evaluate[chromedp.Void]("void release()"))
	later("Ask the sender")
	truth(t, lea, "document.querySelector('#field-subject').value.includes('again')")
	truth(t, lea, "document.querySelector('#ticket-form [name=version]').value === window.version") // or it would be saved over the change
}

// holdsBack counts in window.asked how often the page asks for an address with the part, and lets it hold the answers
// back from hold() to release().
func holdsBack(t *testing.T, ctx context.Context, part string) {
	t.Helper()
	do(t, ctx, chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`void (() => {
		const prompt = window.fetch.bind(window);
		window.asked = 0;
		window.hold = () => (window.held = new Promise((release) => (window.release = release)));
		window.fetch = async (url, how) => {
			if (!String(url).includes(%q)) return prompt(url, how);
			window.asked++;
			const answer = await prompt(url, how);
			await window.held;
			return answer;
		};
	})()`, part)))
}

// TestAMenuStaysOpen: a menu that somebody opens while its part's answer is on its way is not pulled away from them;
// the answer is asked for again when it is closed.
func TestAMenuStaysOpen(t *testing.T) {
	t.Parallel()
	d := openDesk(t, "sqlite")
	lea := d.signedIn(t, "lea@harbour.example")
	do(t, lea, chromedp.Navigate(d.thread(1)), waitReady("html[data-online]"))
	holdsBack(t, lea, "fragment=bar")
	do(t, lea, chromedp.Evaluate[chromedp.Void]("void hold()"))
	labels := []string{"regular"}
	_, err := d.scope.UpdateConversation(d.talks[1].ID, models.ConversationChange{Labels: &labels})
	assert.NilError(t, err)
	truth(t, lea, "window.asked === 1")
	press(t, lea, "z")
	truth(t, lea, "document.querySelector('#snooze-menu').open")
	do(t, lea, chromedp.Evaluate[chromedp.Void]("void release()"))
	_, err = d.scope.Send(d.talks[1].ID, models.Draft{Body: "Are you there?"})
	assert.NilError(t, err)
	says(t, lea, ".stream", "Are you there?") // what was under way has come before
	truth(t, lea, "document.querySelector('#snooze-menu').open && window.asked === 1")
	hit(t, lea, escape)
	truth(t, lea, "!document.querySelector('#snooze-menu').open && window.asked > 1")
}
