package main

import (
	"context"
	"sync"

	"mauve/jobs"
	"mauve/models"
	"mauve/web/fetch"
)

// start runs what works without a caller until ctx ends.
func start(ctx context.Context, s *settings, store *models.Store) *sync.WaitGroup {
	deliverer := jobs.NewDeliverer(store, fetch.New(fetch.Options{AllowPrivate: s.AllowPrivate}))
	var all sync.WaitGroup
	all.Go(func() { store.Listen(ctx) })
	all.Go(func() { deliverer.Run(ctx) })
	all.Go(func() { jobs.Sweep(ctx, store) })
	return &all
}
