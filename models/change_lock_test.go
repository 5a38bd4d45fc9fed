package models

import (
	"context"
	"testing"
	"time"
)

// A contact's row is locked by everything that comes in from them. Who works on one of their conversations meanwhile
// refers to that row and must not wait for it: with messages that lock the two the other way round they would wait for each other.
func TestAConversationIsChangedWhileItsContactIsLocked(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store, acme, _ *Scope, ada, _ *Contact) {
		if !s.db.Postgres() {
			return // one writer at a time
		}
		on, err := acme.CreateChannel(ChannelDraft{Kind: ChannelSandbox, Name: "Sandbox"})
		if err != nil {
			t.Fatal(err)
		}
		in, err := s.System(t.Context(), acme.Workspace()).Receive(on.ID, Incoming{From: Sender{WhatsApp: "33612345678"}, ExternalID: "w1", Type: TypeText, Body: "hi"})
		if err != nil {
			t.Fatal(err)
		}
		said, err := acme.Message(in.MessageID)
		if err != nil {
			t.Fatal(err)
		}
		err = acme.change(func(tx *Tx) error {
			if _, err := tx.contactForUpdate(ada.ID); err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			beside := s.As(ctx, ID(acme.rows.Workspace), acme.actor)
			if _, err := beside.ReadConversation(said.ConversationID); err != nil {
				return err
			}
			_, err := beside.Send(said.ConversationID, Draft{Body: "hello"})
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}
