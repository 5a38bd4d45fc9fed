package dashboard

import (
	"github.com/a-h/templ"

	"mauve/models"
	"mauve/templates"
)

func listWebhooks(c *call) error {
	v := templates.WebhooksView{Chosen: []string{string(models.MessageCreated)}}
	f, err := fillWebhooks(c, &v)
	if err != nil {
		return err
	}
	return c.draw(templates.Webhooks(f, v))
}

func fillWebhooks(c *call, v *templates.WebhooksView) (f templates.Frame, err error) {
	if v.Webhooks, err = c.scope.Webhooks(); err != nil {
		return f, err
	}
	return c.frame("Webhooks", "webhooks")
}

func createWebhook(c *call) error {
	v := templates.WebhooksView{URL: c.form("url"), Chosen: c.texts("events")}
	w, secret, err := c.scope.CreateWebhook(models.WebhookChange{URL: &v.URL, Events: &v.Chosen})
	if err == nil {
		return c.showSecret(w, secret)
	}
	f, fillErr := fillWebhooks(c, &v)
	if fillErr != nil {
		return fillErr
	}
	return c.again(err, func(bad string, errors map[string]string) templ.Component {
		f.Bad, v.Errors = bad, errors
		return templates.Webhooks(f, v)
	})
}

func (c *call) showSecret(w *models.Webhook, secret string) error {
	f, err := c.frame("The webhook's secret", "webhooks")
	if err != nil {
		return err
	}
	return c.draw(templates.WebhookSecret(f, w, secret))
}

func showWebhook(c *call) error {
	w, err := c.scope.Webhook(c.id())
	if err != nil {
		return err
	}
	return drawWebhook(c, w, nil, templates.WebhooksView{URL: w.URL, Chosen: w.Events})
}

func drawWebhook(c *call, w *models.Webhook, bad error, form templates.WebhooksView) error {
	l, err := c.scope.Deliveries(w.ID, "", models.Page{Cursor: c.Query("cursor")})
	if err != nil {
		return err
	}
	f, err := c.frame(w.URL, "webhooks")
	if err != nil {
		return err
	}
	v := templates.WebhookView{Webhook: w, Log: l, Form: form}
	if bad == nil {
		return c.draw(templates.Webhook(f, v))
	}
	return c.again(bad, func(sentence string, errors map[string]string) templ.Component {
		f.Bad, v.Form.Errors = sentence, errors
		return templates.Webhook(f, v)
	})
}

func updateWebhook(c *call) error {
	form := templates.WebhooksView{URL: c.form("url"), Chosen: c.texts("events")}
	if form.Chosen == nil {
		form.Chosen = []string{}
	}
	if _, err := c.scope.UpdateWebhook(c.id(), models.WebhookChange{URL: &form.URL, Events: &form.Chosen}); err != nil {
		w, findErr := c.scope.Webhook(c.id())
		if findErr != nil {
			return findErr
		}
		return drawWebhook(c, w, err, form)
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
	f, err := c.frame("Delivery of "+string(d.EventKind), "webhooks")
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
