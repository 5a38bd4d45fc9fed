package models

import (
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models/password"
	"mauve/models/rights"
)

// TestSomebodyRemovedIsInvitedAgain lets a person leave and come back: what they
// wrote stays theirs, what opened the house for them is gone.
func TestSomebodyRemovedIsInvitedAgain(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *desk) {
		ann := d.joined(t, rights.Admin)
		session, err := d.store.StartSession(t.Context(), ann, "", "")
		assert.NilError(t, err)
		_, _, err = d.Invite("Ann", ann.Email, rights.Agent)
		assert.Check(t, is.Equal(verdict(err), "refused: duplicate_email"), "while she is there")
		_, err = d.UpdateMember(ann.ID, MemberChange{Removed: new(true)})
		assert.NilError(t, err)

		again, token, err := d.Invite("Ann Two", ann.Email, rights.Agent)
		assert.NilError(t, err)
		assert.Check(t, is.Equal(again.ID, ann.ID), "another person")
		_, err = d.store.SignIn(t.Context(), password.Origin{}, ann.Email, "correct horse")
		assert.Check(t, is.Equal(verdict(err), "refused: wrong_sign_in"), "with the old password")
		_, _, err = d.store.SessionByToken(t.Context(), session)
		assert.Check(t, is.Equal(verdict(err), "refused: signed_out"), "with the old session")
		_, err = d.store.Join(t.Context(), password.Origin{}, token, "battery staple")
		assert.NilError(t, err)
		now, err := d.store.SignIn(t.Context(), password.Origin{}, ann.Email, "battery staple")
		assert.NilError(t, err)
		assert.Check(t, is.Equal(now.Name+", "+string(now.Role), "Ann Two, agent"))
		assert.Check(t, is.Len(d.events(t, ann.ID, MemberAdded), 2), "how often she was added")

		elsewhere, _ := d.found(t, "Globex")
		_, err = d.UpdateMember(ann.ID, MemberChange{Removed: new(true)})
		assert.NilError(t, err)
		_, _, err = elsewhere.Invite("Ann", ann.Email, rights.Agent)
		assert.Check(t, is.Equal(verdict(err), "refused: duplicate_email"), "another workspace takes her row")
	})
}
