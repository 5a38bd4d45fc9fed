package browser

import (
	"context"
	"testing"

	"github.com/chromedp/chromedp"

	"mauve/channels/phonetest"
	"mauve/models"
	"mauve/models/modelstest"
)

// TestAGroupInABrowser: the two switches are turned on the channel's page; each row of a group's thread says who wrote it.
func TestAGroupInABrowser(t *testing.T) {
	t.Parallel()
	d := openDesk(t, "sqlite")
	d.Phones.Set(func(n *phonetest.Network) { n.Groups[phonetest.Family] = "Jardin partagé" })
	phone, err := d.scope.CreateChannel(models.ChannelDraft{Kind: models.ChannelWhatsAppWeb, Name: "Phone"})
	if err != nil {
		t.Fatal(err)
	}
	lea := d.signedIn(t, "lea@harbour.example")
	do(t, lea, chromedp.Navigate(d.URL+"/settings/channels/"+string(phone.ID)), waitVisible("#channel-link .qr path"))
	do(t, lea, click("[name='config.history']"), click("[name='config.groups']"))
	look(t, lea, "channel-switches")
	do(t, lea, click("form:has([name='config.groups']) button.primary"), waitVisible("[name='config.groups']:checked"), waitReady("html[data-online]"))
	line := d.linked(t, lea)
	line.Play(phonetest.InGroup(phonetest.Family, phonetest.Amara, "Amara", "G1", phonetest.Text("Who waters the tomatoes tomorrow?")))
	line.Play(phonetest.InGroup(phonetest.Family, phonetest.Budi, "Budi", "G2", phonetest.Text("I can, after six.")))
	line.Play(phonetest.InGroup(phonetest.Family, phonetest.Amara, "Amara", "G3", phonetest.Text("Thank you!")))
	do(t, lea, chromedp.Navigate(d.URL+"/inbox"), waitReady("html[data-online]"))
	says(t, lea, "[data-row]", "Jardin partagé")
	says(t, lea, "[data-row]", "Thank you!")
	do(t, lea, click("[data-row]"), waitVisible(".composer textarea"), waitReady("html[data-online]"))
	line.Play(phonetest.InGroup(phonetest.Family, phonetest.Budi, "Budi", "G4", phonetest.Text("See you there.")))
	says(t, lea, ".message:last-of-type", "See you there.")
	truth(t, lea, "[...document.querySelectorAll('.message b')].map(b => b.innerText).join() === 'Amara,Budi,Amara,Budi'")
	look(t, lea, "thread-group")
}

// linked lets a phone scan the code that waits now, once the line that was made anew shows it.
func (d *desk) linked(t *testing.T, lea context.Context) *phonetest.Line {
	t.Helper()
	modelstest.Eventually(t, "a line waits that asks for the history", func() bool {
		l := d.Phones.Waiting()
		if l == nil || !l.History {
			return false
		}
		l.Link(phonetest.Device)
		return true
	})
	says(t, lea, "#channel-link", "Connected")
	return d.Phones.Standing(phonetest.Device)
}
