// Package hooks is what vendors call. A signature over the raw
// body takes the place of a key; a body is stored before it is answered, and
// read afterwards by jobs. It holds no rules and writes nothing itself.
package hooks

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/utils"

	"mauve/channels"
	"mauve/models"
	"mauve/models/problem"
	"mauve/models/rights"
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

// receiver is what the handlers need.
type receiver struct {
	server   *web.Server
	channels channels.Set
	kept     func()
}

// Group returns the routes. kept is called after a body was stored and must not block.
func Group(h *web.Server, set channels.Set, kept func()) web.Group {
	d := &receiver{h, set, kept}
	return web.Group{
		Prefix: Prefix,
		Routes: []web.Route{
			web.Get("/:kind/:channel", rights.Public, d.handshake),
			web.Post("/:kind/:channel", rights.Public, d.take, d.known, h.SharedBody(BodyLimit, web.NewBudget(mostUnread))),
		},
	}
}

// account finds the channel that the address names.
func (d *receiver) account(ctx context.Context, c *fiber.Ctx) (*models.Account, channels.Webhook, error) {
	missing := problem.Fail(problem.NotFound, "no_such_channel", "There is no such channel.")
	id, ok := models.ParseID(models.PrefixChannel, c.Params("channel"))
	if !ok {
		return nil, nil, missing
	}
	a, err := d.server.Store.Account(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	adapter, called := d.channels[a.Kind].(channels.Webhook)
	if !called || string(a.Kind) != c.Params("kind") {
		return nil, nil, missing
	}
	return a, adapter, nil
}

// handshake answers a vendor that asks whether the address is ours.
func (d *receiver) handshake(r *web.Request) error {
	ctx, cancel := context.WithTimeout(r.UserContext(), keepWithin)
	defer cancel()
	a, adapter, err := d.account(ctx, r.Ctx)
	if err != nil {
		return err
	}
	answer, ok := adapter.Handshake(a, func(name string) string { return r.Query(name) })
	if !ok {
		return problem.Fail(problem.Forbidden, "wrong_verify_token", "That is not the verify token of this channel.")
	}
	r.Set("Content-Type", "text/plain; charset=utf-8")
	return r.SendString(answer)
}

// calledLocal holds who is called, from known to take.
const calledLocal = "mauve:called"

type called struct {
	*models.Account
	channels.Webhook
	signature string
}

// known lets a call pass to a channel that there is, and that says it is signed: nothing of another one's body is read.
func (d *receiver) known(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), keepWithin)
	defer cancel()
	a, adapter, err := d.account(ctx, c)
	if err != nil {
		return err
	}
	signature := adapter.Signature(func(name string) string { return c.Get(name) })
	if signature == "" {
		return errSignature
	}
	c.Locals(calledLocal, called{a, adapter, signature})
	return c.Next()
}

var errSignature = problem.Fail(problem.SignedOut, "wrong_signature", "The signature does not belong to this body and channel.")

// take stores a signed body and answers 200. An unsigned one is refused and nothing is stored.
func (d *receiver) take(r *web.Request) error {
	ctx, cancel := context.WithTimeout(r.UserContext(), keepWithin)
	defer cancel()
	to := r.Locals(calledLocal).(called)
	body := utils.CopyBytes(r.BodyRaw()) // the signature is over what was sent, packed or not
	if !to.Verify(to.Account, to.signature, body) {
		return errSignature
	}
	if _, err := d.server.Store.KeepInbound(ctx, to.Account, body, d.server.Store.Now()); err != nil {
		return err
	}
	d.kept()
	return r.SendString("ok")
}
