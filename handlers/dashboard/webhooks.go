package dashboard

import (
	"mauve/models"
	"mauve/models/search"
	"mauve/templates"
	"mauve/templates/words"
)

func listWebhooks(c *call) error {
	return c.drawWebhooks(nil, templates.WebhookForm{Chosen: []string{string(models.MessageCreated)}})
}

// drawWebhooks draws the list with the form for a new endpoint, and what was wrong with that, if anything was.
func (c *call) drawWebhooks(bad error, form templates.WebhookForm) error {
	all, err := c.scope.Webhooks()
	if err != nil {
		return err
	}
	f, err := c.formFrame(bad, words.T(c.words(), "Webhooks"), "settings", "webhooks")
	if err != nil {
		return err
	}
	return c.draw(templates.Webhooks(f, templates.WebhooksView{Webhooks: all, Form: form}))
}

func createWebhook(c *call) error {
	form := templates.WebhookForm{URL: c.form("url"), Chosen: c.texts("events")}
	w, secret, err := c.scope.CreateWebhook(models.WebhookChange{URL: &form.URL, Events: &form.Chosen})
	if err != nil {
		return c.drawWebhooks(err, form)
	}
	return c.showSecret(w, secret)
}

// showSecret answers with the secret itself: never in a redirect, a cookie or a cache.
func (c *call) showSecret(w *models.Webhook, secret string) error {
	f, err := c.frame(words.T(c.words(), "The webhook’s secret"), "settings", "webhooks")
	if err != nil {
		return err
	}
	c.Set("Cache-Control", "no-store")
	return c.draw(templates.WebhookSecret(f, w, secret))
}

func showWebhook(c *call) error {
	w, err := c.scope.Webhook(c.id())
	if err != nil {
		return err
	}
	return c.drawWebhook(nil, templates.WebhookView{Webhook: w, Form: templates.WebhookForm{URL: w.URL, Chosen: w.Events}})
}

// drawWebhook draws one endpoint's page with what was wrong with its form, if anything was.
func (c *call) drawWebhook(bad error, v templates.WebhookView) (err error) {
	switch state := models.DeliveryState(c.Query("state")); state {
	case models.DeliveryWaiting, models.DeliveryDone, models.DeliveryFailed:
		v.State = state
	}
	v.IsLater = c.Query("cursor") != ""
	if v.Log, err = search.Deliveries(c.scope, v.Webhook.ID, v.State, models.Page{Cursor: c.Query("cursor")}); err != nil {
		return err
	}
	f, err := c.formFrame(bad, v.Webhook.URL, "settings", "webhooks")
	if err != nil {
		return err
	}
	return c.draw(templates.Webhook(f, v))
}

func updateWebhook(c *call) error {
	form := templates.WebhookForm{URL: c.form("url"), Chosen: c.texts("events")}
	if form.Chosen == nil {
		form.Chosen = []string{}
	}
	if _, err := c.scope.UpdateWebhook(c.id(), models.WebhookChange{URL: &form.URL, Events: &form.Chosen}); err != nil {
		w, findErr := c.scope.Webhook(c.id())
		if findErr != nil {
			return findErr
		}
		return c.drawWebhook(err, templates.WebhookView{Webhook: w, Form: form})
	}
	return c.then("/settings/webhooks/"+string(c.id()), "saved")
}

func testWebhook(c *call) error {
	if _, err := c.scope.TestWebhook(c.id()); err != nil {
		return err
	}
	return c.then("/settings/webhooks/"+string(c.id()), "sent")
}

func rotateSecret(c *call) error {
	w, secret, err := c.scope.RotateSecret(c.id())
	if err != nil {
		return err
	}
	return c.showSecret(w, secret)
}

func enableWebhook(c *call) error  { return switchWebhook(c, true) }
func disableWebhook(c *call) error { return switchWebhook(c, false) }

func switchWebhook(c *call, on bool) error {
	if _, err := c.scope.UpdateWebhook(c.id(), models.WebhookChange{Enabled: &on}); err != nil {
		return err
	}
	return c.then("/settings/webhooks/"+string(c.id()), "saved")
}

func deleteWebhook(c *call) error {
	if err := c.scope.DeleteWebhook(c.id()); err != nil {
		return err
	}
	return c.then("/settings/webhooks", "deleted")
}

func showDelivery(c *call) error {
	d, err := c.scope.Delivery(c.id())
	if err != nil {
		return err
	}
	tries, err := c.scope.Attempts(d.ID)
	if err != nil {
		return err
	}
	f, err := c.frame(string(d.EventKind), "settings", "webhooks")
	if err != nil {
		return err
	}
	return c.draw(templates.Delivery(f, d, tries))
}

func replayDelivery(c *call) error {
	d, err := c.scope.ReplayDelivery(c.id())
	if err != nil {
		return err
	}
	return c.then("/settings/webhooks/"+string(d.WebhookID), "replayed")
}
