package dashboard

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"mauve/models"
	"mauve/models/problem"
	"mauve/templates"
	"mauve/templates/words"
)

func showSignIn(c *call) error {
	empty, err := c.server.Store.Empty(c.UserContext())
	if err != nil {
		return err
	}
	if empty {
		return problem.Fail(problem.NotFound, "no_workspace", "There is no workspace yet. Open the setup link that the server printed when it started.")
	}
	return c.draw(templates.SignIn(c.outside(words.T(c.words(), "Sign in")), templates.SignInForm{Next: c.Query("next")}))
}

func signIn(c *call) error {
	email := c.form("email")
	m, err := c.memberBy(email, c.form("password"))
	if err != nil {
		f := c.outside(words.T(c.words(), "Sign in"))
		if err := c.refuse(err, &f); err != nil {
			return err
		}
		return c.draw(templates.SignIn(f, templates.SignInForm{Email: email, Next: c.form("next")}))
	}
	if err := c.server.SignIn(c.Ctx, m); err != nil {
		return err
	}
	return c.Redirect(ownPath(c.form("next")), fiber.StatusSeeOther)
}

// memberBy finds who signs in; guessing is slowed.
func (c *call) memberBy(email, password string) (*models.Member, error) {
	try, err := c.server.AttemptSignIn(c.Ctx, email)
	if err != nil {
		return nil, err
	}
	m, err := c.server.Store.SignIn(c.UserContext(), c.server.Origin(c.Ctx, email), email, password)
	try.Wrong(err)
	return m, err
}

// ownPath keeps a redirect on this server.
func ownPath(path string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") || strings.HasPrefix(path, "/sign-") {
		return "/inbox"
	}
	return path
}

func signOut(c *call) error {
	if err := c.server.SignOut(c.Ctx); err != nil {
		return err
	}
	return c.Redirect("/sign-in", fiber.StatusSeeOther)
}

// checkSetup reports whether the token is of the set-up link; to guess one is slowed.
func (c *call) checkSetup(token string) error {
	try, err := c.server.AttemptToken(c.Ctx)
	if err != nil {
		return err
	}
	err = c.server.Store.CheckSetupLink(c.UserContext(), token)
	try.Wrong(err)
	return err
}

func showSetup(c *call) error {
	if err := c.checkSetup(c.Query("token")); err != nil {
		return err
	}
	return c.draw(templates.Setup(c.outside(words.T(c.words(), "Make your workspace")), templates.SetupForm{Token: c.Query("token")}))
}

func setUp(c *call) error {
	if err := c.checkSetup(c.form("token")); err != nil {
		return err
	}
	founder := models.Founder{Workspace: c.form("workspace"), Name: c.form("name"), Email: c.form("email"), Password: c.form("password")}
	_, owner, err := c.server.Store.SetUpByLink(c.UserContext(), c.form("token"), founder)
	if err != nil {
		f := c.outside(words.T(c.words(), "Make your workspace"))
		if err := c.refuseFields(err, &f); err != nil {
			return err
		}
		return c.draw(templates.Setup(f, templates.SetupForm{Token: c.form("token"), Workspace: founder.Workspace, Name: founder.Name, Email: founder.Email}))
	}
	if err := c.server.SignIn(c.Ctx, owner); err != nil {
		return err
	}
	return c.Redirect("/settings/api-keys", fiber.StatusSeeOther)
}

// invited returns whom the invitation in the address is for; to guess one is slowed.
func (c *call) invited() (*models.Member, error) {
	try, err := c.server.AttemptToken(c.Ctx)
	if err != nil {
		return nil, err
	}
	m, err := c.server.Store.Invited(c.UserContext(), c.Params("token"))
	try.Wrong(err)
	return m, err
}

func showInvitation(c *call) error {
	m, err := c.invited()
	if err != nil {
		return err
	}
	return c.draw(templates.Join(c.welcome(m), templates.JoinForm{Token: c.Params("token"), Email: m.Email}))
}

func (c *call) welcome(m *models.Member) templates.Frame {
	return c.outside(words.T(c.words(), "Welcome, {{.Name}}", "Name", m.Name))
}

func join(c *call) error {
	token := c.Params("token")
	invited, err := c.invited()
	if err != nil {
		return err
	}
	m, err := c.server.Store.Join(c.UserContext(), c.server.Origin(c.Ctx, invited.Email), token, c.form("password"))
	if err != nil {
		f := c.welcome(invited)
		if err := c.refuseFields(err, &f); err != nil {
			return err
		}
		return c.draw(templates.Join(f, templates.JoinForm{Token: token, Email: invited.Email}))
	}
	if err := c.server.SignIn(c.Ctx, m); err != nil {
		return err
	}
	return c.Redirect("/inbox", fiber.StatusSeeOther)
}
