package dashboard

import (
	"mauve/models"
	"mauve/templates"
	"mauve/templates/words"
)

func listMembers(c *call) error { return c.drawMembers(nil, templates.MembersView{}) }

// drawMembers draws the team's page with what was wrong with its form, if anything was.
func (c *call) drawMembers(bad error, v templates.MembersView) (err error) {
	if v.Members, err = c.scope.Members(); err != nil {
		return err
	}
	v.NamesOwners, v.Now = c.scope.Actor().Grants.Has(models.ManageOwners), c.scope.Now()
	f, err := c.formFrame(bad, words.T(c.words(), "Members"), "settings", "members")
	if err != nil {
		return err
	}
	return c.draw(templates.Members(f, v))
}

// inviteMember answers with the link itself: never in a redirect, a cookie or a cache.
func inviteMember(c *call) error {
	v := templates.MembersView{Name: c.form("name"), Email: c.form("email"), Role: c.form("role")}
	m, token, err := c.scope.Invite(v.Name, v.Email, models.Role(v.Role))
	if err != nil {
		return c.drawMembers(err, v)
	}
	c.Set("Cache-Control", "no-store")
	return c.drawMembers(nil, templates.MembersView{Link: c.house.PublicURL + "/join/" + token, LinkFor: m.Name})
}

func setRole(c *call) error {
	role := models.Role(c.form("role"))
	if !role.Valid() {
		return models.InvalidField("role", "is one of owner, admin, agent")
	}
	if _, err := c.scope.UpdateMember(c.id(), models.MemberChange{Role: &role}); err != nil {
		return c.drawMembers(err, templates.MembersView{})
	}
	return c.then("/settings/members", "saved")
}

func removeMember(c *call) error {
	yes := true
	if _, err := c.scope.UpdateMember(c.id(), models.MemberChange{Removed: &yes}); err != nil {
		return c.drawMembers(err, templates.MembersView{})
	}
	return c.then("/settings/members", "removed")
}
