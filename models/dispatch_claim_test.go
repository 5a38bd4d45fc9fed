package models

import (
	"mauve/models/reason"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
)

// TestNothingIsClaimedForAChannelThatStopped has one sender told that the
// channel's credentials are not taken while another has seen already that the
// channel has work. What waits is claimed when the channel is connected again.
func TestNothingIsClaimedForAChannelThatStopped(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *desk) {
		channel := d.channel(t, ChannelWhatsApp)
		turn := func(to string) {
			assert.NilError(t, d.change(func(tx *Tx) error { return tx.turn(channel, to, reason.Reason{}) }))
		}
		turn(Connected)
		said := d.hear(t, channel, Incoming{From: Sender{WhatsApp: "33612345678"}})
		_, err := d.Send(said.ConversationID, Draft{Body: "hello"})
		assert.NilError(t, err)

		first, err := d.store.ClaimSends(t.Context(), channel.ID, 10)
		assert.NilError(t, err)
		assert.Assert(t, is.Len(first, 1))
		assert.NilError(t, d.store.FinishSend(t.Context(), first[0], Tried{Verdict: Unauthorized, Detail: reason.Said("the token was revoked")}))
		claimed := func() int {
			t.Helper()
			d.clock.pass(2 * time.Second) // the channel's pace allows it
			all, err := d.store.ClaimSends(t.Context(), channel.ID, 10)
			assert.NilError(t, err)
			return len(all)
		}
		assert.Check(t, is.Equal(claimed(), 0), "tries on a channel that needs attention")
		channel, err = d.Channel(channel.ID)
		assert.NilError(t, err)
		turn(Connected)
		assert.Check(t, is.Equal(claimed(), 1), "tries on a channel that is connected again")
	})
}
