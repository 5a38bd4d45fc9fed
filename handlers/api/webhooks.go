package api

import (
	"mauve/models"
	"mauve/models/search"
	"mauve/models/wire"
)

type webhookOut = unkept[wire.Webhook]

func webhook(w *models.Webhook, secret string, status int) *webhookOut {
	out := &webhookOut{ETag: etag(w.Version()), Location: Prefix + "/webhooks/" + w.ID.With(models.PrefixWebhook), Status: status, Body: w.Wire()}
	if secret != "" {
		out.Body.Secret, out.CacheControl = secret, noStore
	}
	return out
}

func listWebhooks(s *models.Scope, in *Paging) (*listOut[wire.Webhook], error) {
	all, err := s.Webhooks()
	if err != nil {
		return nil, err
	}
	return cut(all, *in, func(w *models.Webhook) models.ID { return w.ID }, "/webhooks", "", (*models.Webhook).Wire)
}

func createWebhook(s *models.Scope, in *struct {
	Body struct {
		URL        string    `json:"url"`
		Events     []string  `json:"events" nullable:"false"`
		ChannelIDs *[]string `json:"channelIds,omitempty" doc:"Only events of these channels"`
	}
}) (*webhookOut, error) {
	w, secret, err := s.CreateWebhook(models.WebhookChange{URL: &in.Body.URL, Events: &in.Body.Events, ChannelIDs: in.Body.ChannelIDs})
	if err != nil {
		return nil, err
	}
	return webhook(w, secret, 201), nil
}

func showWebhook(s *models.Scope, in *ByID) (*webhookOut, error) {
	id, err := idOf(models.PrefixWebhook, in.ID, "webhook")
	if err != nil {
		return nil, err
	}
	w, err := s.Webhook(id)
	if err != nil {
		return nil, err
	}
	return webhook(w, "", 200), nil
}

func updateWebhook(s *models.Scope, in *struct {
	ByID
	UnlessChanged
	Body struct {
		URL        *string   `json:"url,omitempty"`
		Events     *[]string `json:"events,omitempty"`
		ChannelIDs *[]string `json:"channelIds,omitempty"`
		Enabled    *bool     `json:"enabled,omitempty"`
	}
}) (*webhookOut, error) {
	id, err := idOf(models.PrefixWebhook, in.ID, "webhook")
	if err != nil {
		return nil, err
	}
	w, err := s.UpdateWebhook(id, models.WebhookChange{URL: in.Body.URL, Events: in.Body.Events, ChannelIDs: in.Body.ChannelIDs,
		Enabled: in.Body.Enabled, Version: in.version()})
	if err != nil {
		return nil, err
	}
	return webhook(w, "", 200), nil
}

func deleteWebhook(s *models.Scope, in *ByID) (*nothing, error) {
	id, err := idOf(models.PrefixWebhook, in.ID, "webhook")
	if err != nil {
		return nil, err
	}
	return nil, s.DeleteWebhook(id)
}

func listDeliveries(s *models.Scope, in *struct {
	ByID
	Paging
	State string `query:"state" enum:"pending,running,delivered,failed"`
}) (*listOut[wire.Delivery], error) {
	id, err := idOf(models.PrefixWebhook, in.ID, "webhook")
	if err != nil {
		return nil, err
	}
	l, err := search.Deliveries(s, id, models.DeliveryState(in.State), in.ask())
	if err != nil {
		return nil, err
	}
	return page(l, "/webhooks/"+id.With(models.PrefixWebhook)+"/deliveries", query("state", in.State), (*models.Delivery).Wire), nil
}

func testWebhook(s *models.Scope, in *ByID) (*one[wire.Delivery], error) {
	id, err := idOf(models.PrefixWebhook, in.ID, "webhook")
	if err != nil {
		return nil, err
	}
	d, err := s.TestWebhook(id)
	if err != nil {
		return nil, err
	}
	return &one[wire.Delivery]{Status: 202, Body: d.Wire()}, nil
}

func rotateSecret(s *models.Scope, in *ByID) (*webhookOut, error) {
	id, err := idOf(models.PrefixWebhook, in.ID, "webhook")
	if err != nil {
		return nil, err
	}
	w, secret, err := s.RotateSecret(id)
	if err != nil {
		return nil, err
	}
	return webhook(w, secret, 200), nil
}

func replayDelivery(s *models.Scope, in *ByID) (*one[wire.Delivery], error) {
	id, err := idOf(models.PrefixDelivery, in.ID, "delivery")
	if err != nil {
		return nil, err
	}
	d, err := s.ReplayDelivery(id)
	if err != nil {
		return nil, err
	}
	return &one[wire.Delivery]{Status: 202, Body: d.Wire()}, nil
}
