package dashboard

import (
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
func (c *call) drawWorkspace(bad error, v templates.WorkspaceView) error {
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
