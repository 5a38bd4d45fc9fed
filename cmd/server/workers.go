package server

import (
	"context"
	"errors"
	"sync"

	"mauve/channels"
	"mauve/channels/sandbox"
	"mauve/channels/whatsappcloud"
	"mauve/channels/whatsappweb"
	"mauve/jobs"
	"mauve/models"
	"mauve/web/fetch"
)

// workers are those who work without a caller.
type workers struct {
	deliverer *jobs.Deliverer
	sender    *jobs.Sender
	reader    *jobs.Reader
	fetcher   *jobs.Fetcher
	holder    *jobs.Holder
	channels  channels.Set
}

// newWorkers makes the workers; start sets them to work.
func newWorkers(c *Config, store *models.Store) (*workers, error) {
	files := fetch.New(fetch.Options{AllowPrivate: c.AllowPrivate})
	set, err := adapters(c, store, files)
	if err != nil {
		return nil, err
	}
	w := &workers{deliverer: jobs.NewDeliverer(store, files),
		sender: jobs.NewSender(store, set), reader: jobs.NewReader(store, set),
		fetcher: jobs.NewFetcher(store, set, int64(c.MaxMedia)), channels: set}
	w.holder = jobs.NewHolder(store, set, w.reader.Wake)
	store.OnCommit(func(n models.News) {
		if n.Outbound {
			w.sender.Wake()
			w.holder.Wake()
		}
	})
	return w, nil
}

// adapters are those of this version, one line a kind, and what the program was
// given beside them. What does not fit its type of channel stops the start.
func adapters(c *Config, store *models.Store, files *fetch.Client) (channels.Set, error) {
	cloud, err := whatsappcloud.New(c.GraphURL)
	if err != nil {
		return nil, err
	}
	dial := c.Dial
	if dial == nil {
		dial = whatsappweb.NewKeys(store).Dial
	}
	set := channels.Set{
		models.ChannelWhatsApp:    cloud,
		models.ChannelWhatsAppWeb: whatsappweb.New(dial, files),
		models.ChannelSandbox:     sandbox.Sandbox{},
	}
	return set, errors.Join(set.Add(c.Channels), set.Check())
}

// start runs the workers until ctx ends.
func (w *workers) start(ctx context.Context, store *models.Store) *sync.WaitGroup {
	var all sync.WaitGroup
	all.Go(func() { store.Listen(ctx) })
	all.Go(func() { w.deliverer.Run(ctx) })
	all.Go(func() { w.sender.Run(ctx) })
	all.Go(func() { w.reader.Run(ctx) })
	all.Go(func() { w.fetcher.Run(ctx) })
	all.Go(func() { w.holder.Run(ctx) })
	all.Go(func() { jobs.CheckChannels(ctx, store, w.channels) })
	all.Go(func() { jobs.Sweep(ctx, store) })
	return &all
}
