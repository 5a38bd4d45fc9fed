package search

import (
	"mauve/models"
	"mauve/models/rights"
	"mauve/models/store"
)

// Envelopes returns a page of what came in for a channel, newest first.
func Envelopes(scope *models.Scope, channel models.ID, p models.Page) (*models.List[*models.Envelope], error) {
	r, err := scope.Reader(rights.InspectChannels)
	if err != nil {
		return nil, err
	}
	if _, err = scope.Channel(channel); err != nil {
		return nil, err
	}
	l := &store.Listing{Table: "envelopes e", Alias: "e", By: "received_at"}
	l.And("e.channel_id = ?", string(channel))
	at := func(e *models.Envelope) store.Position { return store.Position{At: e.ReceivedAt, ID: e.ID} }
	return store.CountedPage(r, l, p, at, models.EnvelopeTable)
}
