package main

import (
	"context"
	"fmt"
	"time"

	"mauve/models/seed"
)

type seedCmd struct {
	Contacts      int    `default:"1000" help:"How many contacts."`
	Conversations int    `default:"2000" help:"How many conversations."`
	Messages      int    `default:"10000" help:"How many messages, spread over the conversations."`
	Tickets       int    `default:"0" help:"How many tickets, of those conversations while there are any."`
	Seed          uint64 `default:"1" help:"The same number makes the same data."`
	Workspace     string `help:"The workspace's name or id, when there are several."`
}

// Run fills a workspace with generated data.
func (c seedCmd) Run(ctx context.Context, s *settings) error {
	store, err := s.OpenStore(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	w, err := store.WorkspaceNamed(ctx, c.Workspace)
	if err != nil {
		return err
	}
	began := time.Now()
	err = seed.Sow(ctx, store, w.ID, seed.Plan{Contacts: c.Contacts, Conversations: c.Conversations, Messages: c.Messages, Tickets: c.Tickets, Seed: c.Seed})
	if err == nil {
		fmt.Printf("%d contacts, %d conversations, %d messages and %d tickets in %s.\n", c.Contacts, c.Conversations, c.Messages, c.Tickets, time.Since(began).Round(time.Millisecond))
	}
	return err
}
