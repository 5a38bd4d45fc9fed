package dashboard

import (
	"slices"

	"mauve/models"
	"mauve/templates"
	"mauve/templates/words"
)

func showWorkspace(c *call) error {
	home, err := c.scope.Home()
	if err != nil {
		return err
	}
	return c.drawWorkspace(nil, templates.WorkspaceView{Name: home.Name, Country: home.DefaultCountry})
}

// drawWorkspace draws the workspace's form with what was wrong with it, if anything was.
func (c *call) drawWorkspace(bad error, v templates.WorkspaceView) (err error) {
	if v.Held, err = c.scope.Held(); err != nil {
		return err
	}
	if v.Held {
		if v.Keys, err = c.scope.Keys(); err != nil {
			return err
		}
		v.Keys = slices.DeleteFunc(v.Keys, func(k *models.APIKey) bool { return !k.Live(c.scope.Now()) })
	}
	f, err := c.formFrame(bad, words.T(c.words(), "Workspace"), "settings", "workspace")
	if err != nil {
		return err
	}
	return c.draw(templates.Workspace(f, v))
}

func updateWorkspace(c *call) error {
	v := templates.WorkspaceView{Name: c.form("name"), Country: c.form("defaultCountry")}
	if _, err := c.scope.UpdateWorkspace(models.WorkspaceChange{Name: &v.Name, DefaultCountry: &v.Country}); err != nil {
		return c.drawWorkspace(err, v)
	}
	return c.then("/settings/workspace", "saved")
}

// releaseWorkspace lets a workspace work that was restored from a backup.
func releaseWorkspace(c *call) error {
	if err := c.scope.Release(); err != nil {
		return err
	}
	return c.then("/settings/workspace", "saved")
}
