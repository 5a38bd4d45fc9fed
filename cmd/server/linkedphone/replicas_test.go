package linkedphone

import (
	"strings"
	"testing"
	"time"

	"go.mau.fi/whatsmeow/types/events"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/channels/phonetest"
	"mauve/models"
)

// TestOneReplicaHoldsAPhone: of two replicas one holds the session and sends; the
// other takes over when it stops, and when it dies.
func TestOneReplicaHoldsAPhone(t *testing.T) {
	eachPhone(t, func(t *testing.T, d *phoneDesk) {
		d.link()
		second := d.start(d.another())
		d.call("POST", "/messages", `{"sessionId":"phone-1","to":"+15550000002","body":"by the first"}`, 202)
		d.is("it is sent", func() bool { return len(d.net.Outbox()) == 1 })

		// The first stops as it should: the second holds it at once.
		lines := d.net.Lines()
		d.stop()
		d.is("the second's line", func() bool { return d.net.Lines() > lines })
		d.replica = second
		line := d.standing()
		d.call("POST", "/messages", `{"sessionId":"phone-1","to":"+15550000002","body":"by the second"}`, 202)
		d.is("it is sent", func() bool { return len(d.net.Outbox()) == 2 })
		line.Play(phonetest.Said(phonetest.Amara, "IN1", phonetest.Text("and heard")))
		d.says("data.0.body", "and heard")

		// The second's store goes away: it lets go before its lease ends, and not before.
		d.is("its lease is its own", func() bool { return d.net.Standing(phonetest.Device) != nil })
		if err := second.store.Close(); err != nil {
			t.Fatal(err)
		}
		d.Clock.Pass(5 * time.Second)
		time.Sleep(1500 * time.Millisecond) // a round, in which it must not let go
		if d.net.Standing(phonetest.Device) == nil {
			t.Error("it let go while its lease was good")
		}
		d.Clock.Pass(20 * time.Second)
		d.is("it lets go", func() bool { return d.net.Standing(phonetest.Device) == nil })

		// A third takes it when the lease has ended, as from one that died.
		third := d.start(d.another())
		time.Sleep(1500 * time.Millisecond)
		if d.net.Standing(phonetest.Device) != nil {
			t.Error("it was taken before the lease ended")
		}
		d.Clock.Pass(models.LinkMargin)
		d.replica = third
		d.standing()
		d.call("POST", "/messages", `{"sessionId":"phone-1","to":"+15550000002","body":"by the third"}`, 202)
		d.is("it is sent", func() bool { return len(d.net.Outbox()) == 3 })
		if d.net.Doubled != 0 {
			t.Error("two replicas held the phone at once")
		}
	})
}

// TestWhatCannotBeStoredComesAgain: WhatsApp is told that a message may be forgotten only when it is stored.
func TestWhatCannotBeStoredComesAgain(t *testing.T) {
	eachPhone(t, func(t *testing.T, d *phoneDesk) {
		line := d.link()
		if err := d.store.Close(); err != nil {
			t.Fatal(err)
		}
		if line.Play(phonetest.Said(phonetest.Amara, "IN1", phonetest.Text("is anybody there?"))) {
			t.Error("a message that is not stored was called safe")
		}
		d.stop() // its line ends with it
		d.replica = d.start(d.another())
		d.Clock.Pass(time.Minute)
		if !d.standing().Play(phonetest.Said(phonetest.Amara, "IN1", phonetest.Text("is anybody there?"))) {
			t.Error("it is not taken now")
		}
		d.says("data.0.body", "is anybody there?")
	})
}

// TestMessagesWaitForThePhone: while the line is away they are queued, and leave in order when it is back.
func TestMessagesWaitForThePhone(t *testing.T) {
	eachPhone(t, func(t *testing.T, d *phoneDesk) {
		line := d.link()
		d.net.Set(func(n *phonetest.Network) { n.Offline = true })
		line.Disconnect()
		line.Play(&events.Disconnected{})
		d.is("reconnecting", func() bool { return d.state() == "connected reconnecting" })
		first := ""
		for _, body := range []string{"one", "two", "three"} {
			made := d.call("POST", "/messages", `{"sessionId":"phone-1","to":"+15550000002","body":"`+body+`"}`, 202)
			if first == "" {
				first = made("id")
			}
		}
		// What is written later and is due elsewhere leaves: the sender has been round.
		d.call("POST", "/channels", `{"kind":"sandbox","name":"Trial","sessionId":"trial"}`, 201)
		later := d.call("POST", "/messages", `{"sessionId":"trial","to":"+12025550100","body":"later"}`, 202)("id")
		d.is("what was written later is sent", func() bool { return d.call("GET", "/messages/"+later, "", 200)("status") != "queued" })
		m := d.call("GET", "/messages/"+first, "", 200)
		assert.Check(t, is.Equal(m("status"), "queued"))
		assert.Check(t, is.Equal(m("error"), "<nil>"))
		assert.Check(t, is.Len(d.net.Outbox(), 0))
		d.net.Set(func(n *phonetest.Network) { n.Offline = false })
		d.is("all are sent", func() bool { return len(d.net.Outbox()) == 3 })
		var order []string
		for _, s := range d.net.Outbox() {
			order = append(order, s.Message.GetConversation())
		}
		if strings.Join(order, " ") != "one two three" {
			t.Error(order)
		}
	})
}
