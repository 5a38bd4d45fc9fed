package search

import (
	"mauve/models"
	"mauve/models/rights"
	"mauve/models/store"
)

// Deliveries returns a page of an endpoint's deliveries, newest first; state may be empty.
func Deliveries(scope *models.Scope, webhook models.ID, state models.DeliveryState, p models.Page) (*models.List[*models.Delivery], error) {
	r, err := scope.Reader(rights.ReadWebhooks)
	if err != nil {
		return nil, err
	}
	if _, err = scope.Webhook(webhook); err != nil {
		return nil, err
	}
	l := &store.Listing{Table: "deliveries d", Alias: "d", By: "created_at"}
	l.And("d.webhook_id = ?", string(webhook))
	if state != "" {
		l.And("d.state = ?", string(state))
	}
	at := func(d *models.Delivery) store.Position { return store.Position{At: d.CreatedAt, ID: d.ID} }
	return store.CountedPage(r, l, p, at, models.DeliveryTable)
}
