package main

import (
	"testing"

	"github.com/chromedp/chromedp"

	"mauve/channels/phonetest"
	"mauve/models/modelstest"
)

// TestAPhoneInABrowser is an admin who links a phone: the code comes and goes by itself, and nothing is loaded again by hand.
func TestAPhoneInABrowser(t *testing.T) {
	for _, engine := range modelstest.Engines {
		t.Run(engine, func(t *testing.T) {
			d := openDesk(t, engine)
			lea := d.signedIn(t, "lea@harbour.example")
			d.phones.Set(func(n *phonetest.Network) { n.Offline = true })
			do(t, lea, chromedp.Navigate(d.url+"/settings/channels"), chromedp.WaitVisible("#channels"))
			look(t, lea, "channels-add")
			do(t, lea, chromedp.Click("form:has([value=whatsapp_web]) button"), chromedp.WaitVisible("#channel-link"), chromedp.WaitReady("html[data-online]"))
			says(t, lea, "#channel-link", "A code is being fetched")
			d.phones.Set(func(n *phonetest.Network) { n.Offline = false })
			do(t, lea, chromedp.WaitVisible("#channel-link .qr path"))
			truth(t, lea, "document.querySelector('.qr').getBoundingClientRect().width >= 200")
			look(t, lea, "channel-link-code")

			do(t, lea, chromedp.SendKeys("[name=phone]", "+33 6 12 34 56 78"), chromedp.Click("form:has([name=phone]) button"))
			says(t, lea, "#pairing-code", "ABCD-1234")
			look(t, lea, "channel-link-number")
			d.phones.Waiting().Link(phonetest.Device)
			says(t, lea, "#channel-state", "+"+phonetest.Number)
			says(t, lea, "#channel-link", "Connected")
			says(t, lea, "#channel-state", "Connected")
			truth(t, lea, "!document.querySelector('.qr')")
			do(t, lea, chromedp.Reload(), chromedp.WaitVisible("#channel-link .confirm summary"))
			look(t, lea, "channel-linked")
			do(t, lea, chromedp.Click("#channel-link .confirm summary"), chromedp.Click("#channel-link .confirm button"))
			says(t, lea, "#channel-link", "Logged out")
			look(t, lea, "channel-logged-out")
		})
	}
}
