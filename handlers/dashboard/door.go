// Package dashboard is the door for people: pages, forms and the live stream,
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
	"mauve/static"
	"mauve/templates"
	"mauve/templates/words"
	"mauve/web"
)

// desk is the door at work.
type desk struct{ house *web.House }

// route is one line of the door's table.
type route struct {
	method, path string
	needs        models.Grant
	handle       func(*call) error
}

// call is a request whose caller is known.
type call struct {
	*fiber.Ctx
	scope *models.Scope
	house *web.House
	seen  models.ID // of a page: the newest event when it was asked for; empty: there was none
}

func (d *desk) routes() []route {
	return []route{
		{"GET", "/", models.Anyone, toInbox},
		{"POST", "/sign-out", models.Anyone, signOut},
		{"GET", "/live", models.ReadDesk, live},
		{"GET", "/palette", models.ReadDesk, searchEverything},

		{"GET", "/inbox", models.ReadDesk, showInbox},
		{"GET", "/inbox/:id", models.ReadDesk, showConversation},
		{"GET", "/inbox/:id/messages", models.ReadDesk, showMessages},
		{"POST", "/inbox/:id/messages", models.WriteDesk, sendMessage},
		{"POST", "/inbox/:id/reaction", models.WriteDesk, react},
		{"POST", "/inbox/:id/template", models.WriteDesk, sendTemplate},
		{"POST", "/inbox/:id/messages/:message/retry", models.WriteDesk, retryMessage},
		{"POST", "/inbox/:id/messages/:message/edit", models.WriteDesk, editMessage},
		{"POST", "/inbox/:id/messages/:message/delete", models.WriteDesk, deleteMessage},
		{"POST", "/inbox/:id/draft", models.WriteDesk, keepDraft},
		{"POST", "/inbox/:id/status", models.WriteDesk, setStatus},
		{"POST", "/inbox/:id/assignee", models.WriteDesk, assign},
		{"POST", "/inbox/:id/labels", models.WriteDesk, labelConversation},

		{"POST", "/attachments", models.WriteDesk, upload},
		{"GET", "/attachments/:id", models.ReadDesk, showAttachment},

		{"GET", "/tickets", models.ReadDesk, showTickets},
		{"POST", "/tickets", models.WriteDesk, createTicket},
		{"GET", "/tickets/board", models.ReadDesk, showBoard},
		{"GET", "/tickets/new", models.WriteDesk, newTicket},
		{"POST", "/tickets/bulk", models.WriteDesk, changeTicked},
		{"POST", "/tickets/views", models.WriteDesk, saveView},
		{"POST", "/tickets/views/:id/delete", models.WriteDesk, forgetView},
		{"POST", "/tickets/undo/:id", models.WriteDesk, undoTickets},
		{"GET", "/tickets/:id", models.ReadDesk, showTicket},
		{"POST", "/tickets/:id", models.WriteDesk, updateTicket},
		{"POST", "/tickets/:id/move", models.WriteDesk, moveTicket},
		{"POST", "/tickets/:id/messages", models.WriteDesk, sayOnTicket},
		{"POST", "/tickets/:id/reaction", models.WriteDesk, reactOnTicket},

		{"GET", "/mentions/:id", models.ReadDesk, showMention},

		{"GET", "/contacts", models.ReadDesk, listContacts},
		{"GET", "/contacts/new", models.WriteDesk, newContact},
		{"POST", "/contacts", models.WriteDesk, createContact},
		{"GET", "/contacts/:id", models.ReadDesk, showContact},
		{"GET", "/contacts/:id/edit", models.WriteDesk, editContact},
		{"POST", "/contacts/:id", models.WriteDesk, updateContact},
		{"POST", "/contacts/:id/blocked", models.WriteDesk, blockContact},
		{"POST", "/contacts/:id/notes", models.WriteDesk, addNote},
		{"POST", "/contacts/:id/conversations", models.WriteDesk, startConversation},

		{"GET", "/settings/api-keys", models.ManageKeys, listKeys},
		{"POST", "/settings/api-keys", models.ManageKeys, createKey},
		{"POST", "/settings/api-keys/seen", models.ManageOwners, seenKeys},
		{"GET", "/settings/api-keys/:id", models.ManageKeys, showKey},
		{"POST", "/settings/api-keys/:id", models.ManageKeys, updateKey},
		{"POST", "/settings/api-keys/:id/rotate", models.ManageKeys, rotateKey},
		{"POST", "/settings/api-keys/:id/revoke", models.ManageKeys, revokeKey},

		{"GET", "/settings/webhooks", models.ReadIntegrations, listWebhooks},
		{"POST", "/settings/webhooks", models.ManageIntegrations, createWebhook},
		{"GET", "/settings/webhooks/:id", models.ReadIntegrations, showWebhook},
		{"POST", "/settings/webhooks/:id", models.ManageIntegrations, updateWebhook},
		{"POST", "/settings/webhooks/:id/test", models.ManageIntegrations, testWebhook},
		{"POST", "/settings/webhooks/:id/rotate", models.ManageIntegrations, rotateSecret},
		{"POST", "/settings/webhooks/:id/enable", models.ManageIntegrations, enableWebhook},
		{"POST", "/settings/webhooks/:id/disable", models.ManageIntegrations, disableWebhook},
		{"POST", "/settings/webhooks/:id/delete", models.ManageIntegrations, deleteWebhook},
		{"GET", "/settings/deliveries/:id", models.ReadIntegrations, showDelivery},
		{"POST", "/settings/deliveries/:id/replay", models.ManageIntegrations, replayDelivery},

		{"GET", "/settings/channels", models.ReadIntegrations, listChannels},
		{"POST", "/settings/channels", models.ManageIntegrations, createChannel},
		{"GET", "/settings/channels/new", models.ManageIntegrations, newChannel},
		{"GET", "/settings/channels/:id", models.ReadIntegrations, showChannel},
		{"POST", "/settings/channels/:id", models.ManageIntegrations, updateChannel},
		{"POST", "/settings/channels/:id/check", models.ManageIntegrations, checkChannel},
		{"POST", "/settings/channels/:id/link", models.ManageIntegrations, linkPhone},
		{"POST", "/settings/channels/:id/unlink", models.ManageIntegrations, unlinkPhone},
		{"POST", "/settings/channels/:id/remove", models.ManageIntegrations, removeChannel},
		{"POST", "/settings/channels/:id/write", models.WriteDesk, writeBy},
		{"GET", "/settings/members", models.ManageMembers, listMembers},
		{"POST", "/settings/members", models.ManageMembers, inviteMember},
		{"POST", "/settings/members/:id", models.ManageMembers, setRole},
		{"POST", "/settings/members/:id/remove", models.ManageMembers, removeMember},
		{"GET", "/settings/workspace", models.ManageWorkspace, showWorkspace},
		{"POST", "/settings/workspace", models.ManageWorkspace, updateWorkspace},
		{"POST", "/settings/workspace/release", models.ManageWorkspace, releaseWorkspace},
		{"GET", "/settings/tickets", models.ManageTickets, showRules},
		{"POST", "/settings/tickets", models.ManageTickets, updateRules},
		{"GET", "/settings/categories", models.ManageCatalogue, categories.show},
		{"POST", "/settings/categories", models.ManageCatalogue, categories.add},
		{"POST", "/settings/categories/:id", models.ManageCatalogue, categories.change},
		{"GET", "/settings/tags", models.ManageCatalogue, tags.show},
		{"POST", "/settings/tags", models.ManageCatalogue, tags.add},
		{"POST", "/settings/tags/:id", models.ManageCatalogue, tags.change},
		{"POST", "/settings/tags/:id/merge", models.ManageCatalogue, mergeTag},
		{"GET", "/settings/attributes", models.ManageCatalogue, attributes.show},
		{"POST", "/settings/attributes", models.ManageCatalogue, attributes.add},
		{"POST", "/settings/attributes/:id", models.ManageCatalogue, attributes.change},
		{"GET", "/settings/account", models.Anyone, showAccount},
		{"POST", "/account/theme", models.Anyone, setTheme},
		{"POST", "/account/preferences", models.Anyone, setPreferences},
		{"POST", "/settings/account/password", models.Anyone, changePassword},
		{"GET", "/settings/sessions", models.Anyone, listSessions},
		{"POST", "/settings/account/sessions/:id/end", models.Anyone, endSession},

		{"GET", "/docs", models.ReadDesk, showReference},
		{"POST", "/docs/key", models.ReadDesk, makeOwnKey},
	}
}

// Open returns the door.
func Open(h *web.House) web.Door {
	d := &desk{house: h}
	return web.Door{
		Fail: d.fail,
		Public: func(r fiber.Router) {
			r.Get("/static/*", serveStatic)
			r.Use(d.overHTTPS)
			r.Get("/setup", d.public(showSetup))
			r.Post("/setup", h.SmallForm, h.SameSite, d.public(setUp))
			r.Get("/sign-in", d.public(showSignIn))
			r.Post("/sign-in", h.SmallForm, h.SameSite, d.public(signIn))
			r.Get("/join/:token", d.public(showInvitation))
			r.Post("/join/:token", h.SmallForm, h.SameSite, d.public(join))
		},
		Hall: []fiber.Handler{h.Member, h.Body, h.SameSite, h.Upload("/attachments"),
			h.FilePage("/inbox/", "/messages"), h.FilePage("/tickets/", "/messages")},
		Mount: func(r fiber.Router) {
			for _, line := range d.routes() {
				r.Add(line.method, line.path, d.known(line))
			}
		},
		Table: d.table(),
	}
}

func (d *desk) table() []web.Line {
	var lines []web.Line
	for _, r := range d.routes() {
		lines = append(lines, web.Line{Method: r.method, Path: r.path, Needs: r.needs})
	}
	return lines
}

// overHTTPS lets no page be asked for in clear where the program is reached by https: a form there would send a
// password in clear, and the cookie would not come back.
func (d *desk) overHTTPS(c *fiber.Ctx) error {
	if !d.house.InClear(c) {
		return c.Next()
	}
	asked := &call{Ctx: c, house: d.house}
	c.Set("Cache-Control", "no-store")
	return c.Status(fiber.StatusForbidden).SendString(words.T(asked.words(),
		"PUBLIC_URL says https and this came by plain HTTP: open the https address, or name the proxy that ends TLS in TRUSTED_PROXIES."))
}

func (d *desk) public(handle func(*call) error) fiber.Handler {
	return func(c *fiber.Ctx) error {
		c.Set("Cache-Control", "no-store")
		return handle(&call{Ctx: c, house: d.house})
	}
}

func (d *desk) known(line route) fiber.Handler {
	return func(c *fiber.Ctx) error {
		scope := web.ScopeOf(c)
		if !scope.Actor().Grants.Has(line.needs) {
			return models.Fail(models.Forbidden, "forbidden", "Your role does not allow that. Ask an admin of the workspace.")
		}
		asked := &call{Ctx: c, scope: scope, house: d.house}
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
		return line.handle(asked)
	}
}

func serveStatic(c *fiber.Ctx) error {
	body, kind, encoding, ok := static.Open(c.Params("*"), c.Get("Accept-Encoding"))
	if !ok {
		return models.Fail(models.NotFound, "no_such_file", "There is no such file.")
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
func (d *desk) fail(c *fiber.Ctx, bad *models.Error) error {
	asked := &call{Ctx: c, scope: web.ScopeOf(c), house: d.house}
	news := badNews(asked.words(), bad)
	if isPart(c) {
		return c.SendString(news)
	}
	if bad.Kind == models.SignedOut && (c.Method() == fiber.MethodGet || c.Method() == fiber.MethodHead) {
		return c.Redirect("/sign-in?next="+url.QueryEscape(c.OriginalURL()), fiber.StatusSeeOther)
	}
	title := titleOf(asked.words(), bad)
	f := asked.outside(title)
	if asked.scope != nil && bad.Kind != models.Internal && bad.Kind != models.Unavailable {
		if around, err := asked.frame(title, "", ""); err == nil {
			f = around
		}
	}
	return draw(c, templates.ErrorPage(f, templates.Fault{Title: title, Text: news, RequestID: web.RequestID(c)}))
}

func titleOf(ctx context.Context, bad *models.Error) string {
	switch bad.Kind {
	case models.NotFound:
		return words.T(ctx, "Not found")
	case models.Forbidden:
		return words.T(ctx, "Not allowed")
	case models.Internal:
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
