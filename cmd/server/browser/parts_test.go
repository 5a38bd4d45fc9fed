package browser

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"mauve/models"
)

// TestAnAnswerThatIsLate: what happens while a part's answer is on its way costs one request more, and the answer does
// not take from somebody what they began to type meanwhile.
func TestAnAnswerThatIsLate(t *testing.T) {
	d := openDesk(t, "sqlite")
	ticket := d.ticket(t, "Parcel lost")
	lea := d.signedIn(t, "lea@harbour.example")
	do(t, lea, chromedp.Navigate(d.URL+"/tickets/"+string(ticket.ID)), chromedp.WaitReady("html[data-online]"), chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`void (() => {
		const prompt = window.fetch.bind(window), desk = new BroadcastChannel("mauve-live");
		window.asked = 0;
		window.hold = () => (window.held = new Promise((release) => (window.release = release)));
		window.fetch = async (url, how) => {
			if (!String(url).includes("fragment=details")) return prompt(url, how);
			window.asked++;
			const answer = await prompt(url, how);
			await window.held;
			return answer;
		};
		window.happens = () => desk.postMessage({ kind: "ticket.updated", ticket: %q, profile: document.querySelector("live-events").getAttribute("profile") });
		hold();
		happens();
	})()`, ticket.ID)))
	truth(t, lea, "window.asked === 1")
	for range 4 {
		do(t, lea, chromedp.Evaluate[chromedp.Void]("void happens()"))
		time.Sleep(600 * time.Millisecond) // a burst is over
	}
	do(t, lea, chromedp.Evaluate[chromedp.Void]("void release()"))
	truth(t, lea, "window.asked > 1")
	time.Sleep(time.Second)
	truth(t, lea, "window.asked === 2")

	do(t, lea, chromedp.Evaluate[chromedp.Void]("void (hold(), window.version = document.querySelector('#ticket-form [name=version]').value)"))
	subject := "Parcel found"
	if _, err := d.scope.UpdateTicket(ticket.ID, models.TicketChange{Subject: &subject}); err != nil {
		t.Fatal(err)
	}
	truth(t, lea, "window.asked === 3")
	do(t, lea, chromedp.SendKeys("#field-subject", " again"), chromedp.Evaluate[chromedp.Void]("void release()"))
	time.Sleep(500 * time.Millisecond)
	truth(t, lea, "document.querySelector('#field-subject').value.includes('again')")
	truth(t, lea, "document.querySelector('#ticket-form [name=version]').value === window.version") // or it would be saved over the change
}
