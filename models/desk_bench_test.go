package models

import (
	"fmt"
	"testing"
)

// BenchmarkDesk is what agents and integrators wait for most, below HTTP.
func BenchmarkDesk(b *testing.B) {
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			s, _ := openStore(b, engine, nil)
			w, m, err := s.Found(b.Context(), Founder{Workspace: "Acme", Name: "Lea", Email: "l@acme.example", Password: "correct horse"})
			if err != nil {
				b.Fatal(err)
			}
			sc := s.As(b.Context(), w.ID, m.Actor())
			var conv ID
			for i := range 60 {
				name := fmt.Sprint("C", i)
				c, err := sc.CreateContact(ContactChange{Name: &name})
				if err != nil {
					b.Fatal(err)
				}
				cv, err := sc.OpenConversation(ConversationStart{ContactID: c.ID, Kind: ChannelAPI})
				if err != nil {
					b.Fatal(err)
				}
				conv = cv.ID
				if _, err = sc.CreateTicket(TicketStart{TicketChange: TicketChange{Subject: &name}}); err != nil {
					b.Fatal(err)
				}
			}
			for i := range 60 {
				if _, err := sc.Send(conv, Draft{Body: fmt.Sprint("hello ", i)}); err != nil {
					b.Fatal(err)
				}
			}
			b.Run("conversations", func(b *testing.B) {
				for b.Loop() {
					if l, err := sc.Conversations(ConversationFilter{}, Page{}); err != nil || len(l.Items) != 25 {
						b.Fatal(err)
					}
				}
			})
			b.Run("tickets", func(b *testing.B) {
				for b.Loop() {
					if l, err := sc.Tickets(TicketFilter{}, Page{}); err != nil || len(l.Items) != 25 {
						b.Fatal(err)
					}
				}
			})
			b.Run("messages", func(b *testing.B) {
				for b.Loop() {
					if l, err := sc.Messages(conv, Page{Size: 50}); err != nil || len(l.Items) != 50 {
						b.Fatal(err)
					}
				}
			})
			b.Run("contact", func(b *testing.B) {
				for b.Loop() {
					name := "x"
					if _, err := sc.CreateContact(ContactChange{Name: &name}); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Run("send", func(b *testing.B) {
				for b.Loop() {
					if _, err := sc.Send(conv, Draft{Body: "hello"}); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}
