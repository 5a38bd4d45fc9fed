package search_test

import (
	"fmt"
	"testing"

	"mauve/models"
	"mauve/models/modelstest"
	"mauve/models/search"
)

// BenchmarkDesk is what agents and integrators wait for most, below HTTP.
func BenchmarkDesk(b *testing.B) {
	for _, engine := range modelstest.Engines {
		b.Run(engine, func(b *testing.B) {
			sc := modelstest.New(b, engine).Acme.Scope
			var conv models.ID
			for i := range 60 {
				name := fmt.Sprint("C", i)
				c, err := sc.CreateContact(models.ContactChange{Name: &name})
				if err != nil {
					b.Fatal(err)
				}
				cv, err := sc.OpenConversation(models.ConversationStart{ContactID: c.ID, Kind: models.ChannelAPI})
				if err != nil {
					b.Fatal(err)
				}
				conv = cv.ID
				if _, err = sc.CreateTicket(models.TicketStart{TicketChange: models.TicketChange{Subject: &name}}); err != nil {
					b.Fatal(err)
				}
			}
			for i := range 60 {
				if _, err := sc.Send(conv, models.Draft{Body: fmt.Sprint("hello ", i)}); err != nil {
					b.Fatal(err)
				}
			}
			b.Run("conversations", func(b *testing.B) {
				for b.Loop() {
					if l, err := search.Conversations(sc, search.ConversationFilter{}, models.Page{}); err != nil || len(l.Items) != 25 {
						b.Fatal(err)
					}
				}
			})
			b.Run("tickets", func(b *testing.B) {
				for b.Loop() {
					if l, err := search.Tickets(sc, search.TicketFilter{}, models.Page{}); err != nil || len(l.Items) != 25 {
						b.Fatal(err)
					}
				}
			})
			b.Run("messages", func(b *testing.B) {
				for b.Loop() {
					if l, err := search.Messages(sc, conv, models.Page{Size: 50}); err != nil || len(l.Items) != 50 {
						b.Fatal(err)
					}
				}
			})
			b.Run("contact", func(b *testing.B) {
				for b.Loop() {
					name := "x"
					if _, err := sc.CreateContact(models.ContactChange{Name: &name}); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Run("send", func(b *testing.B) {
				for b.Loop() {
					if _, err := sc.Send(conv, models.Draft{Body: "hello"}); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}
