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

// mostUnread is how many bytes all bodies hold together whose signature is not looked at yet, beyond the first few of
// each: room for one of the longest and for a hundred long ones.
const mostUnread = 4 << 20

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
			r.Post("/:kind/:channel", d.known, h.SharedBody(BodyLimit, web.NewBudget(mostUnread)), d.take)
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

// calledLocal holds who is called, from known to take.
const calledLocal = "mauve:called"

type called struct {
	*models.Account
	channels.Channel
}

// known lets a call pass to a channel that there is, and that says it is signed: nothing of another one's body is read.
func (d *door) known(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), keepWithin)
	defer cancel()
	a, adapter, err := d.account(ctx, c)
	if err != nil {
		return err
	}
	if c.Get(signature) == "" {
		return errSignature
	}
	c.Locals(calledLocal, called{a, adapter})
	return c.Next()
}

const signature = "X-Hub-Signature-256"

var errSignature = models.Fail(models.SignedOut, "wrong_signature", "The signature does not belong to this body and channel.")

// take stores a signed body and answers 200. An unsigned one is refused and nothing is stored.
func (d *door) take(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), keepWithin)
	defer cancel()
	to := c.Locals(calledLocal).(called)
	body := utils.CopyBytes(c.BodyRaw()) // the signature is over what was sent, packed or not
	if !to.Verify(to.Account, c.Get(signature), body) {
		return errSignature
	}
	if _, err := d.house.Store.KeepInbound(ctx, to.Account, body, d.house.Store.Now()); err != nil {
		return err
	}
	d.kept()
	return c.SendString("ok")
}
