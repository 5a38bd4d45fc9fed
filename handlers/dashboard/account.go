package dashboard

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"mauve/models"
	"mauve/templates"
	"mauve/templates/words"
	"mauve/web"
)

func showAccount(c *call) error { return c.drawAccount(nil) }

// drawAccount draws the person's own page with what was wrong with its form, if anything was.
func (c *call) drawAccount(bad error) error {
	f, err := c.formFrame(bad, words.T(c.words(), "Account"), "settings", "account")
	if err != nil {
		return err
	}
	return c.draw(templates.Account(f, templates.AccountView{Language: languageNamed(c.Cookies("mauve_lang"))}))
}

// languageNamed is the tag of a language that the pages speak, or empty.
func languageNamed(tag string) string {
	at := slices.IndexFunc(words.Languages, func(l words.Language) bool { return l.Tag == tag })
	if at < 0 {
		return ""
	}
	return words.Languages[at].Tag
}

// remember keeps a preference in this browser for a year; an empty value forgets it.
func (c *call) remember(name, value string) {
	end := time.Now().AddDate(1, 0, 0)
	if value == "" {
		end = time.Unix(0, 0)
	}
	c.Cookie(&fiber.Cookie{Name: name, Value: value, Path: "/", Expires: end, HTTPOnly: true, SameSite: "Lax", Secure: c.server.HTTPS()})
}

func setPreferences(c *call) error {
	c.remember("mauve_lang", languageNamed(c.form("language")))
	shortcuts := ""
	if c.form("shortcuts") != "on" {
		shortcuts = "off"
	}
	c.remember("mauve_shortcuts", shortcuts)
	return c.then("/settings/account", "saved")
}

func setTheme(c *call) error {
	theme := c.form("theme")
	if theme != "light" && theme != "dark" {
		theme = "" // the system's
	}
	c.remember("mauve_theme", theme)
	return c.then(c.cameFrom("/settings/account"), "")
}

// cameFrom is the path of this server's page that sent the form, or the other one when none did.
func (c *call) cameFrom(other string) string {
	from, err := url.Parse(c.Get("Referer"))
	if err != nil || from.Path == "" || from.Host != string(c.Request().Host()) {
		return other
	}
	// What that page said once is not said again.
	query := from.Query()
	query.Del("said")
	query.Del("undo")
	from = &url.URL{Path: from.Path, RawQuery: query.Encode()}
	return ownPath(strings.Clone(from.String()))
}

func changePassword(c *call) error {
	try, err := c.server.AttemptPassword(c.Ctx)
	if err != nil {
		return c.drawAccount(err)
	}
	from := c.server.Origin(c.Ctx, web.MemberOf(c.Ctx).Email)
	m, err := c.scope.ChangePassword(from, c.form("current"), c.form("password"), web.SessionOf(c.Ctx).ID)
	if !errors.Is(err, models.ErrNotCurrent) {
		try.GiveBack()
	}
	if err != nil {
		return c.drawAccount(err)
	}
	// A new cookie for the changed privilege, so that an old copy of it is worth nothing.
	if err := c.server.SignIn(c.Ctx, m); err != nil {
		return err
	}
	return c.then("/settings/account", "password")
}

func listSessions(c *call) error {
	all, err := c.scope.Sessions()
	if err != nil {
		return err
	}
	f, err := c.frame(words.T(c.words(), "Sessions"), "settings", "sessions")
	if err != nil {
		return err
	}
	return c.draw(templates.Sessions(f, templates.SessionsView{Sessions: all, Here: web.SessionOf(c.Ctx).ID}))
}

func endSession(c *call) error {
	if err := c.scope.EndSession(c.id()); err != nil {
		return err
	}
	return c.then("/settings/sessions", "ended")
}
