package dashboard

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"mauve/models"
	"mauve/models/problem"
	"mauve/models/rights"
	"mauve/models/search"
	"mauve/templates"
	"mauve/templates/words"
	"mauve/web"
)

// reader is how a browser wants its pages: its cookies say, else its headers.
type reader struct {
	lang, theme  string
	zone         *time.Location
	shortcutsOff bool
}

const readerLocal = "mauve:reader"

// readerOf reads the cookies once a request: each row of a thread asks for the language and the zone.
func readerOf(c *fiber.Ctx) reader {
	if r, known := c.Locals(readerLocal).(reader); known {
		return r
	}
	r := reader{lang: words.Match(c.Get("Accept-Language"), c.Cookies("mauve_lang")), zone: time.UTC, shortcutsOff: c.Cookies("mauve_shortcuts") == "off"}
	if t := c.Cookies("mauve_theme"); t == "light" || t == "dark" {
		r.theme = t
	}
	// Only a browser's own spelling, such as Europe/Paris: "Local" would be the server's zone.
	if name := c.Cookies("mauve_zone"); strings.Contains(name, "/") && len(name) < 64 {
		if zone, err := time.LoadLocation(name); err == nil {
			r.zone = zone
		}
	}
	c.Locals(readerLocal, r)
	return r
}

func (r reader) context(ctx context.Context) context.Context {
	return words.In(words.With(ctx, r.lang), r.zone)
}

// words is the context in which pages and sentences of this call are said.
func (c *call) words() context.Context { return readerOf(c.Ctx).context(c.UserContext()) }

// draw renders into a buffer, so that an error halfway is still a whole page.
func draw(c *fiber.Ctx, page templ.Component) error {
	b := templ.GetBuffer()
	defer templ.ReleaseBuffer(b)
	if err := page.Render(readerOf(c).context(context.WithoutCancel(c.UserContext())), b); err != nil {
		return err
	}
	c.Set("Content-Type", "text/html; charset=utf-8")
	c.Set("Vary", "Accept-Language, Accept-Encoding, Cookie")
	if b.Len() < worthwhile || !c.Request().Header.HasAcceptEncoding("gzip") {
		c.Response().SetBody(b.Bytes())
		return nil
	}
	c.Set("Content-Encoding", "gzip")
	c.Response().SetBodyRaw(fasthttp.AppendGzipBytesLevel(nil, b.Bytes(), fasthttp.CompressDefaultCompression))
	return nil
}

// worthwhile is the size in bytes, about one packet, above which pages are compressed.
const worthwhile = 1400

func (c *call) draw(page templ.Component) error { return draw(c.Ctx, page) }

// refuse puts what was wrong with a form into its page's frame, to be drawn
// again; bad news that is not about a form comes back.
func (c *call) refuse(err error, f *templates.Frame) error {
	bad := web.Told(c.Ctx, err)
	switch bad.Kind {
	case problem.Invalid, problem.Conflict, problem.SignedOut, problem.TooMany, problem.Precondition, problem.TooLarge:
	default:
		return err
	}
	f.Bad, f.Errors = badNews(c.words(), bad), map[string]string{}
	for _, fault := range bad.Faults {
		if f.Errors[fault.Field] == "" {
			f.Errors[fault.Field] = said(c.words(), fault.Said, fault.Detail)
		}
	}
	c.Status(web.Status(bad.Kind))
	return nil
}

// badNews is what was wrong, in the reader's language.
func badNews(ctx context.Context, bad *problem.Error) string {
	if bad.Said.Form != "" || len(bad.Faults) == 0 {
		return said(ctx, bad.Said, bad.Message)
	}
	all := make([]string, len(bad.Faults))
	for i, fault := range bad.Faults {
		all[i] = thing(ctx, fault.Field) + said(ctx, fault.Said, fault.Detail)
	}
	return strings.Join(all, "; ")
}

// thing is what a fault is of, with what goes before the fault: people know no names of fields.
func thing(ctx context.Context, field string) string {
	switch {
	case field == "file" || strings.HasPrefix(field, "attachments"):
		return words.T(ctx, "The file") + " "
	case field == "body":
		return words.T(ctx, "The message") + " "
	}
	return field + ": "
}

// said is the sentence in the reader's language; what came from elsewhere is shown as it came.
func said(ctx context.Context, s problem.Sentence, otherwise string) string {
	if s.Form == "" {
		return otherwise
	}
	args := slices.Clone(s.Args)
	for i, arg := range args {
		if inner, ok := arg.(problem.Sentence); ok {
			args[i] = said(ctx, inner, "")
		}
	}
	return words.F(ctx, s.Form, args)
}

// outside is the frame of a page for somebody who is not signed in.
func (c *call) outside(title string) templates.Frame {
	r := readerOf(c.Ctx)
	return templates.Frame{Title: title, Lang: r.lang, Theme: r.theme}
}

// frame is what surrounds a signed-in page. Section is the part of the settings, if it is one.
func (c *call) frame(title, active, section string) (templates.Frame, error) {
	f, person := c.outside(title), web.MemberOf(c.Ctx)
	f.Active, f.Section = active, section
	f.PersonID, f.PersonName, f.PersonEmail = person.ID, person.Name, person.Email
	f.Role, f.IsAdmin = person.Role, person.Role.Grants().Has(rights.WriteChannels)
	f.CSRF, f.ShortcutsOff = c.server.CSRF(c.Ctx), readerOf(c.Ctx).shortcutsOff
	f.Flash = flash(c.words(), c.Query("said"))
	if n := c.QueryInt("n"); f.Flash == "" && c.Query("said") == "changed" {
		f.Flash = words.N(c.words(), n, "{{.N}} ticket changed.", "{{.N}} tickets changed.")
	}
	home, err := c.scope.Home()
	if err != nil {
		return f, err
	}
	f.Workspace = home.Name
	if f.Held, err = c.scope.Held(); err != nil {
		return f, err
	}
	if f.Views, err = c.views(); err != nil {
		return f, err
	}
	if c.seen == "" {
		c.seen, err = c.scope.LastEvent()
	}
	if c.seen != "" {
		f.Cursor = c.seen.With(models.PrefixEvent)
	}
	return f, err
}

func (c *call) views() (templates.Views, error) {
	n, err := search.CountInbox(c.scope)
	if err != nil {
		return templates.Views{}, err
	}
	mine, err := search.OpenTickets(c.scope)
	return templates.Views{All: n.Open, Mine: n.Mine, Unassigned: n.Unassigned, Unread: n.Unread, Tickets: mine}, err
}

// flash is the sentence that the page after a form shows; the address carries only its name.
func flash(ctx context.Context, name string) string {
	switch name {
	case "saved":
		return words.T(ctx, "Saved.")
	case "revoked":
		return words.T(ctx, "The key is revoked.")
	case "sent":
		return words.T(ctx, "A test event is on its way.")
	case "replayed":
		return words.T(ctx, "The delivery is sent again.")
	case "deleted":
		return words.T(ctx, "Deleted.")
	case "checking":
		return words.T(ctx, "It is being checked. What is found shows here in a moment.")
	case "channel-removed":
		return words.T(ctx, "The channel is removed.")
	case "ended":
		return words.T(ctx, "That session is over.")
	case "password":
		return words.T(ctx, "Your password is changed. Your other sessions are over.")
	case "removed":
		return words.T(ctx, "They are no longer a member.")
	case "closed":
		return words.T(ctx, "Conversation closed.")
	case "snoozed":
		return words.T(ctx, "Conversation snoozed.")
	case "moved":
		return words.T(ctx, "Ticket changed.")
	case "undone":
		return words.T(ctx, "Undone.")
	case "undone-some":
		return words.T(ctx, "Undone. What was changed again since stays as it is.")
	}
	return ""
}

// then leads to the page after a form that went well.
func (c *call) then(path, said string) error {
	if said != "" {
		path += separator(path) + "said=" + said
	}
	return c.Redirect(path, fiber.StatusSeeOther)
}
