// Package dashboard is the surface for people: pages, forms and the live stream,
// behind a session. A handler reads a form, calls models and draws a page; it
// holds no rules.
package dashboard

import (
	"context"
	"net/url"
	"regexp"
	"strings"

	"github.com/gofiber/fiber/v2"

	"mauve/models"
	"mauve/models/problem"
	"mauve/models/rights"
	"mauve/static"
	"mauve/templates"
	"mauve/templates/words"
	"mauve/web"
)

// desk is the surface at work.
type desk struct{ server *web.Server }

// call is a request for a page; its caller is known, or the page is for anybody.
type call struct {
	*fiber.Ctx
	scope  *models.Scope
	server *web.Server
	seen   models.ID // of a page: the newest event when it was asked for; empty: there was none
}

// Group returns the pages' routes.
func Group(h *web.Server) web.Group {
	d := &desk{server: h}
	return web.Group{
		Enter:    d.overHTTPS,
		Identify: h.Member,
		Steps:    []fiber.Handler{h.Body, h.SameSite},
		Fail:     d.fail,
		Routes:   d.routes(),
	}
}

// Static returns the routes of the pages' scripts, styles and pictures.
func Static() web.Group {
	return web.Group{Prefix: "/static", Routes: []web.Route{web.Get("/*", rights.Public, serveStatic)}}
}

func (d *desk) get(path string, needs rights.Grant, handle func(*call) error) web.Route {
	return web.Get(path, needs, d.known(handle))
}

func (d *desk) post(path string, needs rights.Grant, handle func(*call) error, steps ...fiber.Handler) web.Route {
	return web.Post(path, needs, d.known(handle), steps...)
}

func (d *desk) routes() []web.Route {
	get, post, h := d.get, d.post, d.server
	return []web.Route{
		web.Get("/setup", rights.Public, d.public(showSetup)),
		web.Post("/setup", rights.Public, d.public(setUp), h.SmallForm, h.SameSite),
		web.Get("/sign-in", rights.Public, d.public(showSignIn)),
		web.Post("/sign-in", rights.Public, d.public(signIn), h.SmallForm, h.SameSite),
		web.Get("/join/:token", rights.Public, d.public(showInvitation)),
		web.Post("/join/:token", rights.Public, d.public(join), h.SmallForm, h.SameSite),

		get("/", rights.Known, toInbox),
		post("/sign-out", rights.Known, signOut),
		get("/live", rights.ReadEvents, live),
		get("/palette", rights.ReadConversations, searchEverything),

		get("/inbox", rights.ReadConversations, showInbox),
		get("/inbox/:id", rights.ReadConversations, showConversation),
		get("/inbox/:id/messages", rights.ReadMessages, showMessages),
		post("/inbox/:id/messages", rights.WriteMessages, sendMessage, h.BodyWithoutFiles, h.SameSite, h.FilePage),
		post("/inbox/:id/reaction", rights.WriteMessages, react),
		post("/inbox/:id/template", rights.WriteMessages, sendTemplate),
		post("/inbox/:id/messages/:message/retry", rights.WriteMessages, retryMessage),
		post("/inbox/:id/messages/:message/edit", rights.WriteMessages, editMessage),
		post("/inbox/:id/messages/:message/delete", rights.WriteMessages, deleteMessage),
		post("/inbox/:id/draft", rights.WriteMessages, keepDraft),
		post("/inbox/:id/status", rights.WriteConversations, setStatus),
		post("/inbox/:id/assignee", rights.WriteConversations, assign),
		post("/inbox/:id/labels", rights.WriteConversations, labelConversation),

		post("/attachments", rights.WriteMessages, upload, h.SameSite, h.OneFile),
		get("/attachments/:id", rights.ReadMessages, showAttachment),

		get("/tickets", rights.ReadTickets, showTickets),
		post("/tickets", rights.WriteTickets, createTicket),
		get("/tickets/board", rights.ReadTickets, showBoard),
		get("/tickets/new", rights.WriteTickets, newTicket),
		post("/tickets/bulk", rights.WriteTickets, changeTicked),
		post("/tickets/views", rights.WriteTickets, saveView),
		post("/tickets/views/:id/delete", rights.WriteTickets, forgetView),
		post("/tickets/undo/:id", rights.WriteTickets, undoTickets),
		get("/tickets/:id", rights.ReadTickets, showTicket),
		post("/tickets/:id", rights.WriteTickets, updateTicket),
		post("/tickets/:id/move", rights.WriteTickets, moveTicket),
		post("/tickets/:id/messages", rights.WriteMessages, sayOnTicket, h.BodyWithoutFiles, h.SameSite, h.FilePage),
		post("/tickets/:id/reaction", rights.WriteMessages, reactOnTicket),

		get("/mentions/:id", rights.ReadConversations, showMention),

		get("/contacts", rights.ReadContacts, listContacts),
		get("/contacts/new", rights.WriteContacts, newContact),
		post("/contacts", rights.WriteContacts, createContact),
		get("/contacts/:id", rights.ReadContacts, showContact),
		get("/contacts/:id/edit", rights.WriteContacts, editContact),
		post("/contacts/:id", rights.WriteContacts, updateContact),
		post("/contacts/:id/blocked", rights.WriteContacts, blockContact),
		post("/contacts/:id/notes", rights.WriteContacts, addNote),
		post("/contacts/:id/conversations", rights.WriteConversations, startConversation),

		get("/settings/api-keys", rights.WriteKeys, listKeys),
		post("/settings/api-keys", rights.WriteKeys, createKey),
		post("/settings/api-keys/seen", rights.WriteOwners, seenKeys),
		get("/settings/api-keys/:id", rights.WriteKeys, showKey),
		post("/settings/api-keys/:id", rights.WriteKeys, updateKey),
		post("/settings/api-keys/:id/rotate", rights.WriteKeys, rotateKey),
		post("/settings/api-keys/:id/revoke", rights.WriteKeys, revokeKey),

		get("/settings/webhooks", rights.ReadWebhooks, listWebhooks),
		post("/settings/webhooks", rights.WriteWebhooks, createWebhook),
		get("/settings/webhooks/:id", rights.ReadWebhooks, showWebhook),
		post("/settings/webhooks/:id", rights.WriteWebhooks, updateWebhook),
		post("/settings/webhooks/:id/test", rights.WriteWebhooks, testWebhook),
		post("/settings/webhooks/:id/rotate", rights.WriteWebhooks, rotateSecret),
		post("/settings/webhooks/:id/enable", rights.WriteWebhooks, enableWebhook),
		post("/settings/webhooks/:id/disable", rights.WriteWebhooks, disableWebhook),
		post("/settings/webhooks/:id/delete", rights.WriteWebhooks, deleteWebhook),
		get("/settings/deliveries/:id", rights.ReadWebhooks, showDelivery),
		post("/settings/deliveries/:id/replay", rights.WriteWebhooks, replayDelivery),

		get("/settings/channels", rights.InspectChannels, listChannels),
		post("/settings/channels", rights.WriteChannels, createChannel),
		get("/settings/channels/new", rights.WriteChannels, newChannel),
		get("/settings/channels/:id", rights.InspectChannels, showChannel),
		post("/settings/channels/:id", rights.WriteChannels, updateChannel),
		post("/settings/channels/:id/check", rights.WriteChannels, checkChannel),
		post("/settings/channels/:id/link", rights.WriteChannels, linkPhone),
		post("/settings/channels/:id/unlink", rights.WriteChannels, unlinkPhone),
		post("/settings/channels/:id/remove", rights.WriteChannels, removeChannel),
		post("/settings/channels/:id/write", rights.WriteConversations, writeBy),
		get("/settings/members", rights.WriteMembers, listMembers),
		post("/settings/members", rights.WriteMembers, inviteMember),
		post("/settings/members/:id", rights.WriteMembers, setRole),
		post("/settings/members/:id/remove", rights.WriteMembers, removeMember),
		get("/settings/workspace", rights.WriteWorkspace, showWorkspace),
		post("/settings/workspace", rights.WriteWorkspace, updateWorkspace),
		post("/settings/workspace/release", rights.WriteWorkspace, releaseWorkspace),
		get("/settings/tickets", rights.WriteTicketRules, showRules),
		post("/settings/tickets", rights.WriteTicketRules, updateRules),
		get("/settings/categories", rights.WriteCatalogue, categories.show),
		post("/settings/categories", rights.WriteCatalogue, categories.add),
		post("/settings/categories/:id", rights.WriteCatalogue, categories.change),
		get("/settings/tags", rights.WriteCatalogue, tags.show),
		post("/settings/tags", rights.WriteCatalogue, tags.add),
		post("/settings/tags/:id", rights.WriteCatalogue, tags.change),
		post("/settings/tags/:id/merge", rights.WriteCatalogue, mergeTag),
		get("/settings/attributes", rights.WriteCatalogue, attributes.show),
		post("/settings/attributes", rights.WriteCatalogue, attributes.add),
		post("/settings/attributes/:id", rights.WriteCatalogue, attributes.change),
		get("/settings/account", rights.Known, showAccount),
		post("/account/theme", rights.Known, setTheme),
		post("/account/preferences", rights.Known, setPreferences),
		post("/settings/account/password", rights.Known, changePassword),
		get("/settings/sessions", rights.Known, listSessions),
		post("/settings/account/sessions/:id/end", rights.Known, endSession),

		get("/docs", rights.Known, showReference),
		post("/docs/key", rights.Known, makeOwnKey),
	}
}

// overHTTPS lets no page be asked for in clear where the program is reached by https: a form there would send a
// password in clear, and the cookie would not come back.
func (d *desk) overHTTPS(c *fiber.Ctx) error {
	if d.server.InClear(c) {
		return errInClear
	}
	return nil
}

var errInClear = problem.Fail(problem.Forbidden, "https_required",
	"PUBLIC_URL says https and this came by plain HTTP: open the https address, or name the proxy that ends TLS in TRUSTED_PROXIES.")

func (d *desk) public(handle func(*call) error) func(*web.Request) error {
	return func(r *web.Request) error {
		r.Set("Cache-Control", "no-store")
		return handle(&call{Ctx: r.Ctx, server: d.server})
	}
}

func (d *desk) known(handle func(*call) error) func(*web.Request) error {
	return func(r *web.Request) error {
		c, scope := r.Ctx, r.Scope
		asked := &call{Ctx: c, scope: scope, server: d.server}
		if given := c.Params("id"); c.Method() == fiber.MethodGet && given != bare(given) { // one address a page
			to := url.URL{Path: strings.Replace(c.Path(), given, bare(given), 1), RawQuery: string(c.Request().URI().QueryString())}
			return c.Redirect(to.String(), fiber.StatusSeeOther)
		}
		// What happens while the page is read is told by its stream: its place is taken first.
		if c.Method() == fiber.MethodGet && !isPart(c) {
			var err error
			if asked.seen, err = scope.LastEvent(); err != nil {
				return err
			}
		}
		return handle(asked)
	}
}

func serveStatic(c *web.Request) error {
	body, kind, encoding, ok := static.Open(c.Params("*"), c.Get("Accept-Encoding"))
	if !ok {
		return problem.Fail(problem.NotFound, "no_such_file", "There is no such file.")
	}
	c.Set("Content-Type", kind)
	c.Set("Vary", "Accept-Encoding")
	c.Set("Cache-Control", "public, max-age=31536000, immutable")
	if encoding != "" {
		c.Set("Content-Encoding", encoding)
	}
	return c.Send(body)
}

// fail shows bad news as a page; somebody signed out is led to the sign-in, and back after it.
func (d *desk) fail(c *fiber.Ctx, bad *problem.Error) error {
	asked := &call{Ctx: c, scope: web.ScopeOf(c), server: d.server}
	news := badNews(asked.words(), bad)
	c.Set("Cache-Control", "no-store")
	if isPart(c) || bad == errInClear { // no form that could be filled in
		return c.SendString(news)
	}
	if bad.Kind == problem.SignedOut && (c.Method() == fiber.MethodGet || c.Method() == fiber.MethodHead) {
		return c.Redirect("/sign-in?next="+url.QueryEscape(c.OriginalURL()), fiber.StatusSeeOther)
	}
	title := titleOf(asked.words(), bad)
	f := asked.outside(title)
	if asked.scope != nil && bad.Kind != problem.Internal && bad.Kind != problem.Unavailable {
		if around, err := asked.frame(title, "", ""); err == nil {
			f = around
		}
	}
	return draw(c, templates.ErrorPage(f, templates.Fault{Title: title, Text: news, RequestID: web.RequestID(c)}))
}

func titleOf(ctx context.Context, bad *problem.Error) string {
	switch bad.Kind {
	case problem.NotFound:
		return words.T(ctx, "Not found")
	case problem.Forbidden:
		return words.T(ctx, "Not allowed")
	case problem.Internal:
		return words.T(ctx, "Something broke")
	}
	return words.T(ctx, "That did not work")
}

// id reads the id in the path, bare or as the native API spells it; what is no id names nothing.
func (c *call) id() models.ID {
	id, ok := models.ParseID("", bare(c.Params("id")))
	if !ok {
		return "none"
	}
	return id
}

// native are ids as the native API spells them. Attachments are not here: their pages' addresses have the prefix.
var native = regexp.MustCompile(`^(?:attr|cat|chan|con|conv|dlv|hook|key|msg|note|tag|tick|user)_([0-9a-f]{24})$`)

// bare is an id without the prefix that the native API gives it. Which prefix
// is no matter: an id of something else names nothing here.
func bare(id string) string {
	if m := native.FindStringSubmatch(id); m != nil {
		return m[1]
	}
	return id
}

// form returns a form field. Only the body counts: Fiber's own FormValue lets
// the address overrule it.
func (c *call) form(name string) string { return string(c.Request().PostArgs().Peek(name)) }

// texts returns all values of a form field.
func (c *call) texts(name string) []string {
	var all []string
	for _, v := range c.Request().PostArgs().PeekMulti(name) {
		all = append(all, string(v))
	}
	return all
}

// isPart reports whether a script asked for a part of a page, not for a page.
func (c *call) isPart() bool { return isPart(c.Ctx) }

func isPart(c *fiber.Ctx) bool { return c.Get("HX-Request-Type") == "partial" }

// separator goes between an address and one more of its parameters.
func separator(address string) string {
	if strings.Contains(address, "?") {
		return "&"
	}
	return "?"
}

func split(text string) []string { return strings.Split(text, ",") }

func toInbox(c *call) error { return c.Redirect("/inbox", fiber.StatusSeeOther) }
