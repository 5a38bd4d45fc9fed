// Package hooks is the door for vendors that call us. A signature over the raw
// body opens it instead of a key; a body is stored before it is answered, and
// read afterwards by jobs. It holds no rules and writes nothing itself.
package hooks

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/utils"

	"mauve/channels"
	"mauve/models"
	"mauve/web"
)

// Prefix is where vendors call.
const Prefix = "/hooks"

// BodyLimit is the most bytes of one call; Meta sends at most 3 MB (Meta, "Webhooks", 2026-10).
const BodyLimit = 3 << 20

// mostUnread is how many bytes all bodies hold together whose signature is not looked at yet.
const mostUnread = 32 << 20

// keepWithin bounds the storing of one call. Who gets no answer calls again.
const keepWithin = 10 * time.Second

// door is what the handlers need.
type door struct {
	house    *web.House
	channels channels.Set
	kept     func()
}

// Open returns the door. kept is called after a body was stored and must not block.
func Open(h *web.House, set channels.Set, kept func()) web.Door {
	d := &door{h, set, kept}
	return web.Door{
		Prefix: Prefix,
		Fail:   func(c *fiber.Ctx, bad *models.Error) error { return c.SendString(bad.Message) },
		Mount: func(r fiber.Router) {
			r.Get("/:kind/:channel", d.handshake)
			r.Post("/:kind/:channel", h.SharedBody(BodyLimit, web.NewBudget(mostUnread)), d.take)
		},
	}
}

// account finds the channel that the address names.
func (d *door) account(ctx context.Context, c *fiber.Ctx) (*models.Account, channels.Channel, error) {
	missing := models.Fail(models.NotFound, "no_such_channel", "There is no such channel.")
	id, ok := models.ParseID(models.PrefixChannel, c.Params("channel"))
	if !ok {
		return nil, nil, missing
	}
	a, err := d.house.Store.Account(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	adapter := d.channels[a.Kind]
	if adapter == nil || string(a.Kind) != c.Params("kind") {
		return nil, nil, missing
	}
	return a, adapter, nil
}

// handshake answers a vendor that asks whether the address is ours.
func (d *door) handshake(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), keepWithin)
	defer cancel()
	a, adapter, err := d.account(ctx, c)
	if err != nil {
		return err
	}
	answer, ok := adapter.Handshake(a, c.Query("hub.mode"), c.Query("hub.verify_token"), c.Query("hub.challenge"))
	if !ok {
		return models.Fail(models.Forbidden, "wrong_verify_token", "That is not the verify token of this channel.")
	}
	c.Set("Content-Type", "text/plain; charset=utf-8")
	return c.SendString(answer)
}

// take stores a signed body and answers 200. An unsigned one is refused and nothing is stored.
func (d *door) take(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), keepWithin)
	defer cancel()
	a, adapter, err := d.account(ctx, c)
	if err != nil {
		return err
	}
	body := utils.CopyBytes(c.BodyRaw()) // the signature is over what was sent, packed or not
	if !adapter.Verify(a, c.Get("X-Hub-Signature-256"), body) {
		return models.Fail(models.SignedOut, "wrong_signature", "The signature does not belong to this body and channel.")
	}
	if _, err := d.house.Store.KeepInbound(ctx, a, body, d.house.Store.Now()); err != nil {
		return err
	}
	d.kept()
	return c.SendString("ok")
}
