package linkedphone

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"go.mau.fi/whatsmeow/types/events"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/channels/phonetest"
	"mauve/channels/whatsappweb"
	"mauve/models"
)

// TestAPhoneIsLinked is an admin linking a phone by its code, and logging it out again.
func TestAPhoneIsLinked(t *testing.T) {
	eachPhone(t, func(t *testing.T, d *phoneDesk) {
		state := d.state()
		assert.Check(t, strings.HasPrefix(state, "needs_attention"), "a channel without a phone is %q", state)
		d.is("the first code", func() bool { return d.net.Waiting() != nil })
		d.is("a code is shown", func() bool { return strings.Contains(d.page(d.at()+"?fragment=link"), `class="qr"`) })
		page := d.page(d.at())
		for _, want := range []string{"Waits for a phone", "This is not an official way", `data-live="channel.link channel.updated"`, "Point the phone at this code", "Without a camera", "Messages wait until it is connected"} {
			assert.Check(t, is.Contains(page, want))
		}
		for _, not := range []string{"linked_devices#", "Check now"} { // the code as text, a check
			assert.Check(t, !strings.Contains(page, not), "the page says %q", not)
		}
		d.link()
		page = d.page(d.at())
		for _, want := range []string{"+" + phonetest.Number, "Log the phone out", "Last connected"} {
			assert.Check(t, is.Contains(page, want))
		}
		c := d.call("GET", "/channels/"+string(d.channel), "", 200)
		has(t, c, "kind", "whatsapp_web", "facts.number", "+"+phonetest.Number, "facts.name", "Chez Léa", "callbackPath", "<nil>", "capabilities.windowHours", "0")
		assert.Check(t, c("facts.lastSeenAt") != "<nil>", c("facts"))

		// A second phone cannot be linked while one is, and what is asked for is checked.
		posts := func(path string, status int, says string, pairs ...string) {
			t.Helper()
			a := d.form(d.at()+path, pairs...)
			assert.Check(t, is.Equal(a.StatusCode, status), a.text)
			assert.Check(t, is.Contains(a.text, says))
		}
		posts("/link", 409, "A phone is linked already", "phone", "")
		posts("/unlink", 303, "")
		d.is("logged out", func() bool { return d.state() == "needs_attention logged_out" })
		assert.Check(t, d.net.Standing(phonetest.Device) == nil, "the line still stands")
		page = d.page(d.at())
		assert.Check(t, is.Contains(page, "It was logged out here."))
		assert.Check(t, is.Contains(page, "Link a phone"))

		// Once more, by a code to type. In Germany the digits are a number too, but WhatsApp's carry their country code.
		_, err := d.Acme.Scope.UpdateWorkspace(models.WorkspaceChange{DefaultCountry: new("DE")})
		assert.NilError(t, err)
		posts("/link", 422, "field-phone-error", "phone", "12")
		posts("/link", 303, "", "phone", "33 6 12 34 56 78")
		d.is("the pairing code is shown", func() bool { return strings.Contains(d.page(d.at()), "ABCD-1234") })
		d.net.Set(func(n *phonetest.Network) { assert.Check(t, is.Equal(n.Asked[0], phonetest.Number)) })
		d.link()
	})
}

// TestALineBreaks is what becomes of a session when its line ends in each way.
func TestALineBreaks(t *testing.T) {
	ends := []struct {
		event any
		again bool   // another line is made at once
		state string // then
		why   string
	}{
		{&events.Disconnected{}, true, "connected connected", ""},
		{&events.StreamError{Code: "500"}, true, "connected connected", ""},
		{&events.KeepAliveTimeout{ErrorCount: 3}, true, "connected connected", ""},
		{&events.KeepAliveTimeout{ErrorCount: 1}, false, "connected connected", ""},
		{&events.PushNameSetting{}, false, "connected connected", ""},
		{&events.StreamReplaced{}, false, "connected reconnecting", "Another program connected"},
		{&events.LoggedOut{}, false, "needs_attention logged_out", "somebody logged this device out on the phone"},
		{&events.LoggedOut{OnConnect: true, Reason: events.ConnectFailureMainDeviceGone}, false, "needs_attention logged_out", "the phone itself was logged out"},
		{&events.LoggedOut{OnConnect: true, Reason: events.ConnectFailureUnknownLogout}, false, "needs_attention logged_out", "may be a ban"},
		{&events.TemporaryBan{Code: events.TempBanBlockedByUsers, Expire: time.Hour}, false, "needs_attention reconnecting", "too many people blocked you"},
		{&events.ClientOutdated{}, false, "needs_attention reconnecting", "Update it"},
	}
	eachPhone(t, func(t *testing.T, d *phoneDesk) {
		for n, end := range ends {
			line, id := d.link(), fmt.Sprint("AFTER", n)
			lines := d.net.Lines()
			line.Play(end.event)
			if end.again {
				d.is("another line", func() bool { return d.net.Lines() > lines })
			}
			d.is(end.state, func() bool { return d.state() == end.state })
			assert.Check(t, is.Contains(d.page(d.at()), end.why), "after %T", end.event)
			if end.state == "connected connected" {
				d.standing().Play(phonetest.Said(phonetest.Amara, id, phonetest.Text(id)))
				d.is("what is said then", func() bool { return strings.Contains(d.said()("data"), id) })
			}
			if !strings.HasSuffix(end.state, "logged_out") {
				d.form(d.at() + "/unlink")
				d.is("logged out", func() bool { return d.state() == "needs_attention logged_out" })
			}
			d.form(d.at() + "/link")
		}
		told := d.call("GET", "/events?perPage=100", "", 200)("data")
		assert.Check(t, strings.Count(told, "channel.status") >= 2*len(ends), "the owner is not told each time: %s", told)
	})
}

// TestACodeWithoutANetwork: who waits for a code is told soon that WhatsApp is out of reach, and sees the code when it is back.
func TestACodeWithoutANetwork(t *testing.T) {
	eachPhone(t, func(t *testing.T, d *phoneDesk) {
		d.is("the first code", func() bool { return d.net.Waiting() != nil })
		d.net.Set(func(n *phonetest.Network) { n.Offline = true })
		d.form(d.at()+"/link", "phone", "")
		d.is("it says why there is no code", func() bool {
			return strings.Contains(d.page(d.at()+"?fragment=link"), "WhatsApp cannot be reached.")
		})
		d.net.Set(func(n *phonetest.Network) { n.Offline = false })
		d.is("a code is shown", func() bool {
			page := d.page(d.at() + "?fragment=link")
			return strings.Contains(page, `class="qr"`) && !strings.Contains(page, "cannot be reached")
		})
	})
}

// TestNoCodeIsScanned: WhatsApp hangs up when its codes have run out, and people ask for new ones.
func TestNoCodeIsScanned(t *testing.T) {
	eachPhone(t, func(t *testing.T, d *phoneDesk) {
		d.is("a line waits", func() bool { return d.net.Waiting() != nil })
		d.is("a code is shown", func() bool { return strings.Contains(d.page(d.at()), `class="qr"`) })
		d.net.Waiting().Play(&events.Disconnected{})
		d.is("it says so", func() bool { return strings.Contains(d.page(d.at()), "Nobody scanned the code in time") })
		lines := d.net.Lines()
		d.form(d.at() + "/link")
		d.is("new codes", func() bool { return d.net.Lines() > lines && strings.Contains(d.page(d.at()), `class="qr"`) })
		d.net.Waiting().Play(&events.PairError{Error: io.ErrUnexpectedEOF})
		d.is("it says so", func() bool { return strings.Contains(d.page(d.at()), "could not be linked") })
	})
}

// TestKeysThatAreGone: a store restored from a backup has the channel and not the keys.
func TestKeysThatAreGone(t *testing.T) {
	eachPhone(t, func(t *testing.T, d *phoneDesk) {
		line := d.link()
		d.net.Forget(phonetest.Device)
		line.Play(&events.Disconnected{})
		d.is("logged out", func() bool { return d.state() == "needs_attention logged_out" })
		assert.Check(t, is.Contains(d.page(d.at()), "Link the phone again"))
	})
}

// TestARemovedChannelLetsGo: the phone is unlinked with its channel.
func TestARemovedChannelLetsGo(t *testing.T) {
	eachPhone(t, func(t *testing.T, d *phoneDesk) {
		d.link()
		d.call("DELETE", "/channels/"+string(d.channel), "", 204)
		d.is("the line is gone", func() bool { return d.net.Standing(phonetest.Device) == nil })
		d.is("the keys are gone, too", func() bool { // a moment after the line
			_, err := d.net.Dial(t.Context(), whatsappweb.Call{Device: phonetest.Device})
			return errors.Is(err, whatsappweb.ErrForgotten)
		})
	})
}

// TestOneNumberIsOneChannel: the number of another channel is logged out again.
func TestOneNumberIsOneChannel(t *testing.T) {
	eachPhone(t, func(t *testing.T, d *phoneDesk) {
		d.link()
		first := d.channel
		d.channel = parseChannel(t, d.call("POST", "/channels", `{"kind":"whatsapp_web","name":"Again"}`, 201)("id"))
		d.is("a line waits", func() bool { return d.net.Waiting() != nil })
		d.is("a code is shown", func() bool { return strings.Contains(d.page(d.at()), `class="qr"`) })
		d.net.Waiting().Link(phonetest.Number + ":8@s.whatsapp.net")
		d.is("it is refused", func() bool { return strings.Contains(d.page(d.at()), "linked to another channel") })
		d.channel = first
		assert.Check(t, is.Equal(d.state(), "connected connected"), "the first channel")
	})
}
