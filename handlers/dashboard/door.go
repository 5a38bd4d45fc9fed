// Package dashboard is the door for people: pages, forms and the live stream,
// behind a session. A handler reads a form, calls models and draws a page; it
// holds no rules.
package dashboard

import (
	"context"
	"net/url"
	"strings"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"mauve/models"
	"mauve/static"
	"mauve/templates"
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
}

func (d *desk) routes() []route {
	return []route{
		{"GET", "/", models.Anyone, toInbox},
		{"POST", "/sign-out", models.Anyone, signOut},
		{"GET", "/live", models.ReadDesk, live},

		{"GET", "/inbox", models.ReadDesk, showInbox},
		{"GET", "/inbox/list", models.ReadDesk, showList},
		{"GET", "/inbox/:id", models.ReadDesk, showInbox},
		{"GET", "/inbox/:id/messages", models.ReadDesk, showMessages},
		{"POST", "/inbox/:id/messages", models.WriteDesk, sendMessage},
		{"POST", "/inbox/:id/status", models.WriteDesk, setStatus},
		{"POST", "/inbox/:id/assignee", models.WriteDesk, assign},
		{"POST", "/inbox/:id/labels", models.WriteDesk, labelConversation},

		{"POST", "/attachments", models.WriteDesk, upload},
		{"GET", "/attachments/:id", models.ReadDesk, showAttachment},

		{"GET", "/contacts", models.ReadDesk, listContacts},
		{"GET", "/contacts/new", models.WriteDesk, newContact},
		{"POST", "/contacts", models.WriteDesk, saveContact},
		{"GET", "/contacts/:id", models.ReadDesk, showContact},
		{"GET", "/contacts/:id/edit", models.WriteDesk, editContact},
		{"POST", "/contacts/:id", models.WriteDesk, saveContact},
		{"POST", "/contacts/:id/blocked", models.WriteDesk, blockContact},
		{"POST", "/contacts/:id/notes", models.WriteDesk, addNote},
		{"POST", "/contacts/:id/conversations", models.WriteDesk, startConversation},

		{"GET", "/settings/api-keys", models.ManageKeys, listKeys},
		{"POST", "/settings/api-keys", models.ManageKeys, createKey},
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
		{"GET", "/settings/members", models.ManageMembers, listMembers},
		{"POST", "/settings/members", models.ManageMembers, inviteMember},
		{"POST", "/settings/members/:id", models.ManageMembers, setRole},
		{"POST", "/settings/members/:id/remove", models.ManageMembers, removeMember},
		{"GET", "/settings/workspace", models.ManageWorkspace, showWorkspace},
		{"POST", "/settings/workspace", models.ManageWorkspace, updateWorkspace},
		{"GET", "/settings/account", models.Anyone, showAccount},
		{"POST", "/settings/account/theme", models.Anyone, setTheme},
		{"POST", "/settings/account/password", models.Anyone, changePassword},
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
			r.Get("/setup", d.public(showSetup))
			r.Post("/setup", h.SameSite, d.public(setUp))
			r.Get("/sign-in", d.public(showSignIn))
			r.Post("/sign-in", h.SameSite, d.public(signIn))
			r.Get("/join/:token", d.public(showInvitation))
			r.Post("/join/:token", h.SameSite, d.public(join))
		},
		Hall: []fiber.Handler{h.Member, h.SameSite, h.Upload("/attachments")},
		Mount: func(r fiber.Router) {
			for _, line := range d.routes() {
				r.Add(line.method, line.path, d.known(line))
			}
		},
	}
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
		return line.handle(&call{Ctx: c, scope: scope, house: d.house})
	}
}

func serveStatic(c *fiber.Ctx) error {
	f, ok := static.Open(c.Params("*"))
	if !ok {
		return models.Fail(models.NotFound, "no_such_file", "There is no such file.")
	}
	c.Set("Content-Type", f.Type)
	c.Set("Vary", "Accept-Encoding")
	c.Set("Cache-Control", "public, max-age=86400")
	if f.Fixed {
		c.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if f.Gzip != nil && strings.Contains(c.Get("Accept-Encoding"), "gzip") {
		c.Set("Content-Encoding", "gzip")
		return c.Send(f.Gzip)
	}
	return c.Send(f.Body)
}

// fail shows bad news as a page; somebody signed out is led to the sign-in, and back after it.
func (d *desk) fail(c *fiber.Ctx, bad *models.Error) error {
	if c.Get("X-Fragment") != "" {
		return c.SendString(bad.Message)
	}
	if bad.Kind == models.SignedOut && (c.Method() == fiber.MethodGet || c.Method() == fiber.MethodHead) {
		return c.Redirect("/sign-in?next="+url.QueryEscape(c.OriginalURL()), fiber.StatusSeeOther)
	}
	status := c.Response().StatusCode()
	return draw(c, status, templates.Failure(titleOf(bad), bad.Message, web.RequestID(c), c.Cookies("mauve_theme")))
}

func titleOf(bad *models.Error) string {
	switch bad.Kind {
	case models.NotFound:
		return "Not found"
	case models.Forbidden:
		return "Not allowed"
	case models.Internal:
		return "Something broke"
	}
	return "That did not work"
}

// draw renders into a buffer, so that an error halfway is still a whole page.
func draw(c *fiber.Ctx, status int, page templ.Component) error {
	b := templ.GetBuffer()
	defer templ.ReleaseBuffer(b)
	if err := page.Render(context.WithoutCancel(c.UserContext()), b); err != nil {
		return err
	}
	c.Set("Content-Type", "text/html; charset=utf-8")
	c.Status(status).Response().SetBody(b.Bytes())
	return nil
}

func (c *call) draw(page templ.Component) error { return draw(c.Ctx, fiber.StatusOK, page) }

// again draws the form again with what is wrong with it.
func (c *call) again(err error, page func(bad string, errors map[string]string) templ.Component) error {
	bad := web.Told(c.Ctx, err)
	switch bad.Kind {
	case models.Invalid, models.Conflict, models.SignedOut, models.TooMany, models.Precondition:
	default:
		return err
	}
	errors := map[string]string{}
	for _, f := range bad.Faults {
		if errors[f.Field] == "" {
			errors[f.Field] = f.Detail
		}
	}
	return draw(c.Ctx, web.Status(bad.Kind), page(bad.Message, errors))
}

func (c *call) frame(title, active string) (templates.Frame, error) {
	home, err := c.scope.Home()
	if err != nil {
		return templates.Frame{}, err
	}
	unread, err := c.scope.UnreadConversations()
	return templates.Frame{Title: title, Active: active, Workspace: home.Name, Person: web.MemberOf(c.Ctx), CSRF: c.house.CSRF(c.Ctx),
		Theme: c.theme(), Unread: unread, Flash: c.flash()}, err
}

func (c *call) theme() string {
	if t := c.Cookies("mauve_theme"); t == "light" || t == "dark" {
		return t
	}
	return ""
}

// said are the sentences that the page after a form may show; the address carries only their names.
var said = map[string]string{
	"saved": "Saved.", "revoked": "The key is revoked.", "sent": "A test event is on its way.", "replayed": "The delivery is sent again.",
	"deleted": "Deleted.", "ended": "That session is over.", "password": "Your password is changed. Your other sessions are over.",
	"removed": "They are no longer a member.",
}

func (c *call) flash() string { return said[c.Query("said")] }

// then leads to the page after a form that went well.
func (c *call) then(path, sentence string) error {
	if c.Get("X-Fragment") != "" {
		return c.SendStatus(fiber.StatusNoContent)
	}
	if sentence != "" {
		separator := "?"
		if strings.Contains(path, "?") {
			separator = "&"
		}
		path += separator + "said=" + sentence
	}
	return c.Redirect(path, fiber.StatusSeeOther)
}

// id reads the id in the path; what is no id names nothing.
func (c *call) id() models.ID {
	id, ok := models.ParseID("", c.Params("id"))
	if !ok {
		return "none"
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

func split(text string) []string { return strings.Split(text, ",") }

func toInbox(c *call) error { return c.Redirect("/inbox", fiber.StatusSeeOther) }
