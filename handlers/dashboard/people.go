package dashboard

import (
	"crypto/subtle"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"mauve/models"
	"mauve/templates"
	"mauve/web"
)

func showSignIn(c *call) error {
	empty, err := c.house.Store.Empty(c.UserContext())
	if err != nil {
		return err
	}
	if empty {
		return models.Fail(models.NotFound, "no_workspace", "There is no workspace yet. Open the setup link that the server printed when it started.")
	}
	return c.draw(templates.SignIn(c.theme(), templates.SignInForm{Next: c.Query("next")}))
}

func signIn(c *call) error {
	email := c.form("email")
	m, err := func() (*models.Member, error) {
		if err := c.house.ThrottleSignIn(c.Ctx, email); err != nil {
			return nil, err
		}
		return c.house.Store.SignIn(c.UserContext(), email, c.form("password"))
	}()
	if err != nil {
		if models.KindOf(err) == models.SignedOut {
			c.house.FailedSignIn(c.Ctx, email)
		}
		return c.again(err, func(bad string, _ map[string]string) templ.Component {
			return templates.SignIn(c.theme(), templates.SignInForm{Email: email, Next: c.form("next"), Bad: bad})
		})
	}
	if err := c.house.SignIn(c.Ctx, m); err != nil {
		return err
	}
	return c.Redirect(ownPath(c.form("next")), fiber.StatusSeeOther)
}

// ownPath keeps a redirect on this server.
func ownPath(path string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") || strings.HasPrefix(path, "/sign-") {
		return "/inbox"
	}
	return path
}

func signOut(c *call) error {
	if err := c.house.SignOut(c.Ctx); err != nil {
		return err
	}
	return c.Redirect("/sign-in", fiber.StatusSeeOther)
}

func checkSetup(c *call, token string) error {
	empty, err := c.house.Store.Empty(c.UserContext())
	if err != nil {
		return err
	}
	if !empty {
		return models.ErrAlreadySetUp
	}
	if subtle.ConstantTimeCompare([]byte(token), []byte(c.house.Store.SetupToken())) != 1 {
		return models.Fail(models.NotFound, "no_such_setup", "This is not the setup link. Take the one that the server printed when it started.")
	}
	return nil
}

func showSetup(c *call) error {
	if err := checkSetup(c, c.Query("token")); err != nil {
		return err
	}
	return c.draw(templates.Setup(c.theme(), templates.SetupForm{Token: c.Query("token")}))
}

func setUp(c *call) error {
	if err := checkSetup(c, c.form("token")); err != nil {
		return err
	}
	f := models.Founder{Workspace: c.form("workspace"), Name: c.form("name"), Email: c.form("email"), Password: c.form("password")}
	_, owner, err := c.house.Store.SetUp(c.UserContext(), f)
	if err != nil {
		return c.again(err, func(_ string, errors map[string]string) templ.Component {
			return templates.Setup(c.theme(), templates.SetupForm{Token: c.form("token"), Workspace: f.Workspace, Name: f.Name, Email: f.Email, Errors: errors})
		})
	}
	if err := c.house.SignIn(c.Ctx, owner); err != nil {
		return err
	}
	return c.Redirect("/settings/api-keys", fiber.StatusSeeOther)
}

func showInvitation(c *call) error {
	m, err := c.house.Store.Invited(c.UserContext(), c.Params("token"))
	if err != nil {
		return err
	}
	return c.draw(templates.Join(c.theme(), templates.JoinForm{Token: c.Params("token"), Member: m}))
}

func join(c *call) error {
	token := c.Params("token")
	invited, err := c.house.Store.Invited(c.UserContext(), token)
	if err != nil {
		return err
	}
	m, err := c.house.Store.Join(c.UserContext(), token, c.form("password"))
	if err != nil {
		return c.again(err, func(_ string, errors map[string]string) templ.Component {
			return templates.Join(c.theme(), templates.JoinForm{Token: token, Member: invited, Errors: errors})
		})
	}
	if err := c.house.SignIn(c.Ctx, m); err != nil {
		return err
	}
	return c.Redirect("/inbox", fiber.StatusSeeOther)
}

func account(c *call, bad string, errors map[string]string) (templ.Component, error) {
	f, err := c.frame("Your account", "account")
	if err != nil {
		return nil, err
	}
	f.Bad = bad
	sessions, err := c.scope.Sessions()
	return templates.Account(f, templates.AccountView{Sessions: sessions, Here: web.SessionOf(c.Ctx).ID, Errors: errors}), err
}

func showAccount(c *call) error {
	page, err := account(c, "", nil)
	if err != nil {
		return err
	}
	return c.draw(page)
}

func setTheme(c *call) error {
	theme := c.form("theme")
	if theme != "light" && theme != "dark" {
		theme = ""
	}
	c.Cookie(&fiber.Cookie{Name: "mauve_theme", Value: theme, Path: "/", Expires: time.Now().AddDate(1, 0, 0), HTTPOnly: true, SameSite: "Lax", Secure: c.house.HTTPS()})
	return c.then("/settings/account", "saved")
}

func changePassword(c *call) error {
	who := "password of " + string(c.scope.Actor().ID)
	if err := c.house.ThrottleSignIn(c.Ctx, who); err != nil {
		return err
	}
	err := c.scope.ChangePassword(c.form("current"), c.form("password"), web.SessionOf(c.Ctx).ID)
	if err != nil {
		if models.KindOf(err) == models.Invalid {
			c.house.FailedSignIn(c.Ctx, who)
		}
		var drawn error
		told := c.again(err, func(bad string, errors map[string]string) templ.Component {
			page, err := account(c, bad, errors)
			drawn = err
			return page
		})
		if drawn != nil {
			return drawn
		}
		return told
	}
	// A new cookie for the changed privilege, so that an old copy of it is worth nothing.
	if err := c.house.SignIn(c.Ctx, web.MemberOf(c.Ctx)); err != nil {
		return err
	}
	return c.then("/settings/account", "password")
}

func endSession(c *call) error {
	if err := c.scope.EndSession(c.id()); err != nil {
		return err
	}
	return c.then("/settings/account", "ended")
}

func members(c *call, v templates.MembersView) (templ.Component, error) {
	f, err := c.frame("Members", "members")
	if err != nil {
		return nil, err
	}
	v.Members, err = c.scope.Members()
	return templates.Members(f, v), err
}

func listMembers(c *call) error {
	page, err := members(c, templates.MembersView{})
	if err != nil {
		return err
	}
	return c.draw(page)
}

func inviteMember(c *call) error {
	v := templates.MembersView{Name: c.form("name"), Email: c.form("email"), Role: c.form("role")}
	_, token, err := c.scope.Invite(v.Name, v.Email, models.Role(v.Role))
	status := fiber.StatusOK
	if err != nil {
		bad := web.Told(c.Ctx, err)
		if bad.Kind != models.Invalid && bad.Kind != models.Conflict {
			return err
		}
		status, v.Errors = web.Status(bad.Kind), map[string]string{}
		for _, f := range bad.Faults {
			v.Errors[f.Field] = f.Detail
		}
	} else {
		v = templates.MembersView{Link: c.house.PublicURL + "/join/" + token}
	}
	page, err := members(c, v)
	if err != nil {
		return err
	}
	return draw(c.Ctx, status, page)
}

func setRole(c *call) error {
	role := models.Role(c.form("role"))
	if !role.Valid() {
		return models.InvalidField("role", "is one of owner, admin, agent")
	}
	if _, err := c.scope.UpdateMember(c.id(), models.MemberChange{Role: &role}); err != nil {
		return err
	}
	return c.then("/settings/members", "saved")
}

func removeMember(c *call) error {
	yes := true
	if _, err := c.scope.UpdateMember(c.id(), models.MemberChange{Removed: &yes}); err != nil {
		return err
	}
	return c.then("/settings/members", "removed")
}
