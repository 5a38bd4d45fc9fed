package browser

import (
	"context"
	"testing"

	"github.com/chromedp/chromedp"

	"mauve/channels/phonetest"
)

// TestAPhoneInABrowser is an admin who links a phone: the code comes and goes by itself, and nothing is loaded again by hand.
func TestAPhoneInABrowser(t *testing.T) {
	t.Parallel()
	d := openDesk(t, "postgres")
	lea := d.signedIn(t, "lea@harbour.example")
	d.Phones.Set(func(n *phonetest.Network) { n.Offline = true })
	do(t, lea, chromedp.Navigate(d.URL+"/settings/channels"), waitVisible("#channels"))
	look(t, lea, "channels-add")
	do(t, lea, click("form:has([value=whatsapp_web]) button"), waitVisible("#channel-link"), waitReady("html[data-online]"))
	says(t, lea, "#channel-link", "A code is being fetched")
	d.Phones.Set(func(n *phonetest.Network) { n.Offline = false })
	do(t, lea, waitVisible("#channel-link .qr path"))
	truth(t, lea, "document.querySelector('.qr').getBoundingClientRect().width >= 200")
	look(t, lea, "channel-link-code")

	do(t, lea, sendKeys("[name=phone]", "+33 6 12 34 56 78"), click("form:has([name=phone]) button"))
	says(t, lea, "#pairing-code", "ABCD-1234")
	look(t, lea, "channel-link-number")
	d.Phones.Waiting().Link(phonetest.Device)
	says(t, lea, "#channel-state", "+"+phonetest.Number)
	says(t, lea, "#channel-link", "Connected")
	says(t, lea, "#channel-state", "Connected")
	truth(t, lea, "!document.querySelector('.qr')")
	here, err := chromedp.Run(lea, chromedp.Evaluate[string]("location.href"))
	if err != nil {
		t.Fatal(err)
	}
	do(t, lea, chromedp.Reload(), waitVisible("#channel-link .confirm summary"))
	look(t, lea, "channel-linked")
	changes(t, d, lea)
	do(t, lea, chromedp.Navigate(here), waitVisible("#channel-link .confirm summary"))
	do(t, lea, click("#channel-link .confirm summary"), click("#channel-link .confirm button"))
	says(t, lea, "#channel-link", "Logged out")
	look(t, lea, "channel-logged-out")
}

// changes is an agent who writes twice, then edits one message and deletes the other on the contact's phone.
func changes(t *testing.T, d *desk, lea context.Context) {
	t.Helper()
	d.Phones.Standing(phonetest.Device).Play(phonetest.Said(phonetest.Amara, "IN1", phonetest.Text("How much is it?")))
	do(t, lea, chromedp.Navigate(d.URL+"/inbox"), waitReady("html[data-online]"))
	says(t, lea, "[data-row]", "How much is it?")
	do(t, lea, click("[data-row]"), waitVisible(".composer textarea"), waitReady("html[data-online]"))
	for _, body := range []string{"Ten euro", "Forget it"} {
		do(t, lea, sendKeys(".composer textarea", body), click(".composer .bottom .primary"))
		says(t, lea, ".message:last-of-type footer", "Sent")
	}
	change := func(row, body string) {
		t.Helper()
		do(t, lea, chromedp.Focus(row+" [href*=change]"), chromedp.KeyEvent("\r"), waitVisible("#change"))
		look(t, lea, "thread-change")
		truth(t, lea, "document.querySelector('.stream').scrollTop + document.querySelector('.stream').clientHeight >= document.querySelector('.stream').scrollHeight - 2")
		if body == "" {
			do(t, lea, click("#change .danger"))
		} else {
			truth(t, lea, "document.activeElement.matches('#change textarea')")
			do(t, lea, setValue("#change textarea", body), click("#change .primary"))
		}
		do(t, lea, waitVisible(".composer textarea[name=body]"), waitNotPresent("#change"))
	}
	change(".message:nth-last-of-type(2)", "Ten euros")
	says(t, lea, ".message:nth-last-of-type(2) .bubble", "Ten euros")
	says(t, lea, ".message:nth-last-of-type(2) .bubble", "Edited")
	change(".message:last-of-type", "")
	says(t, lea, ".message:last-of-type .bubble", "This message was deleted.")
	truth(t, lea, "document.querySelector('.message:last-of-type').matches('.continued')")
	says(t, lea, "[data-row] .preview", "Message deleted")
	truth(t, lea, "document.querySelector('[data-row]').matches('[aria-current]')") // after the list was drawn anew more than once
	look(t, lea, "thread-changed")
}
