package browser

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"gotest.tools/v3/assert"

	"mauve/models"
	"mauve/models/modelstest"
	"mauve/models/reason"
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

// TestAPageThatIsLate: what happens while a page is on its way is drawn on the page before it; the page that comes
// was read earlier, and catches up.
func TestAPageThatIsLate(t *testing.T) {
	t.Parallel()
	modelstest.EachEngine(t, func(t *testing.T, engine string) {
		d := openDesk(t, engine)
		var said []*models.Message
		for _, body := range []string{"It was posted", "It is on its way"} {
			m, err := d.scope.Send(d.talks[1].ID, models.Draft{Body: body})
			assert.NilError(t, err)
			said = append(said, m)
		}
		_, err := d.scope.Send(d.talks[1].ID, models.Draft{Body: "She asked twice", Kind: models.PrivateNote})
		assert.NilError(t, err)
		lea := d.signedIn(t, "lea@harbour.example")
		do(t, lea, chromedp.Navigate(d.thread(1)), waitReady("html[data-online]"))
		holdsBack(t, lea, "change=")
		do(t, lea, chromedp.Evaluate[chromedp.Void]("void (hold(), document.querySelector('[href*=\"change=\"]').click())"))
		truth(t, lea, "window.read === 1")
		for _, m := range said {
			_, err := d.Store.System(t.Context(), d.scope.Workspace()).Progress(m.ID, models.Delivered, "", reason.Reason{})
			assert.NilError(t, err)
			says(t, lea, "#message-"+string(m.ID)+" footer", "Delivered")
		}
		do(t, lea, chromedp.Evaluate[chromedp.Void]("void release()"))
		do(t, lea, waitVisible("#change"))
		for _, m := range said {
			says(t, lea, "#message-"+string(m.ID)+" footer", "Delivered")
		}
	})
}

// holdsBack counts in window.asked how often the page asks for an address with the part, in window.read how often that was
// answered, and lets it hold the answers back from hold() to release().
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
			window.read = (window.read || 0) + 1;
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
