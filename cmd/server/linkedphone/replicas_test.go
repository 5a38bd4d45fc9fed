package linkedphone

import (
	"runtime/debug"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.mau.fi/whatsmeow/types/events"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/channels/phonetest"
	"mauve/models"
	"mauve/models/modelstest"
)

// TestALeaseThatLapsed is a holder that slept past the end of its lease and takes it again: its session begins anew, for
// another may have had it, and what waits is sent.
func TestALeaseThatLapsed(t *testing.T) {
	eachPhone(t, func(t *testing.T, d *phoneDesk) {
		d.link()
		lines := d.net.Lines()
		d.Clock.Pass(time.Hour)
		d.is("another line", func() bool { return d.net.Lines() > lines })
		d.standing()
		d.call("POST", "/messages", `{"sessionId":"phone-1","to":"+15550000002","body":"awake again"}`, 202)
		d.is("it is sent", func() bool { return len(d.net.Outbox()) == 1 })
		d.net.Set(func(n *phonetest.Network) { assert.Check(t, is.Equal(n.Doubled, 0)) })
	})
}

// TestOneReplicaHoldsAPhone: of two replicas one holds the session and sends; the
// other takes over when it stops, and when it dies.
func TestOneReplicaHoldsAPhone(t *testing.T) {
	eachPhone(t, func(t *testing.T, d *phoneDesk) {
		d.link()
		d.Clock.Hold() // a lease ends when the test says so, however long that takes
		store, rounds := d.counted()
		second := d.start(store)
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
		d.Clock.Pass(time.Second) // so that its conversation is the newest
		line.Play(phonetest.Said(phonetest.Amara, "IN1", phonetest.Text("and heard")))
		d.says("data.0.body", "and heard")

		// The second's store goes away: it lets go before its lease ends, and not before.
		d.is("its lease is its own", func() bool { return d.net.Standing(phonetest.Device) != nil })
		assert.NilError(t, second.store.Close())
		d.Clock.Pass(5 * time.Second)
		d.twoRounds(rounds)
		assert.Check(t, d.net.Standing(phonetest.Device) == line, "it let go while its lease was good")
		d.Clock.Pass(20 * time.Second)
		d.is("it lets go", func() bool { return d.net.Standing(phonetest.Device) == nil })

		// A third takes it when the lease has ended, as from one that died.
		store, rounds = d.counted()
		third := d.start(store)
		d.twoRounds(rounds)
		assert.Check(t, d.net.Standing(phonetest.Device) == nil, "it was taken before the lease ended")
		d.Clock.Pass(models.LinkMargin)
		d.replica = third
		d.standing()
		d.call("POST", "/messages", `{"sessionId":"phone-1","to":"+15550000002","body":"by the third"}`, 202)
		d.is("it is sent", func() bool { return len(d.net.Outbox()) == 3 })
		d.net.Set(func(n *phonetest.Network) {
			assert.Check(t, is.Equal(n.Doubled, 0), "two replicas held the phone at once")
		})
	})
}

// counted opens the store once more and counts the rounds of who holds sessions
// on it, by the look at the store's clock with which each round begins.
func (d *phoneDesk) counted() (store *models.Store, rounds *atomic.Int64) {
	d.t.Helper()
	rounds = &atomic.Int64{}
	return modelstest.Open(d.t, models.Options{URL: d.World.URL, Now: func() time.Time {
		if stack := string(debug.Stack()); strings.Contains(stack, ".HoldLinks(") && !strings.Contains(stack, ".leaseLinks(") {
			rounds.Add(1)
		}
		return d.Clock.Now()
	}}), rounds
}

// twoRounds waits until two rounds have begun and ended: another one has begun after them.
func (d *phoneDesk) twoRounds(rounds *atomic.Int64) {
	d.t.Helper()
	before := rounds.Load()
	d.is("two rounds of the holder", func() bool { return rounds.Load() >= before+3 })
}

// TestWhatCannotBeStoredComesAgain: WhatsApp is told that a message may be forgotten only when it is stored.
func TestWhatCannotBeStoredComesAgain(t *testing.T) {
	eachPhone(t, func(t *testing.T, d *phoneDesk) {
		line := d.link()
		assert.NilError(t, d.store.Close())
		assert.Check(t, !line.Play(phonetest.Said(phonetest.Amara, "IN1", phonetest.Text("is anybody there?"))), "a message that is not stored was called safe")
		d.stop() // its line ends with it
		d.replica = d.start(d.another())
		d.Clock.Pass(time.Minute)
		assert.Check(t, d.standing().Play(phonetest.Said(phonetest.Amara, "IN1", phonetest.Text("is anybody there?"))), "it is not taken now")
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
		has(t, m, "status", "queued", "error", "<nil>")
		assert.Check(t, is.Len(d.net.Outbox(), 0))
		d.net.Set(func(n *phonetest.Network) { n.Offline = false })
		d.is("all are sent", func() bool { return len(d.net.Outbox()) == 3 })
		var order []string
		for _, s := range d.net.Outbox() {
			order = append(order, s.Message.GetConversation())
		}
		assert.Check(t, is.DeepEqual(order, []string{"one", "two", "three"}))
	})
}
