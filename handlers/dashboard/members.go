package dashboard

import (
	"slices"
	"strings"

	"mauve/models"
	"mauve/models/problem"
	"mauve/models/rights"
	"mauve/templates"
	"mauve/templates/words"
)

func listMembers(c *call) error { return c.drawMembers(nil, templates.MembersView{}) }

// drawMembers draws the team's page with what was wrong with its form, if anything was.
func (c *call) drawMembers(bad error, v templates.MembersView) (err error) {
	if v.Members, err = c.scope.Members(); err != nil {
		return err
	}
	v.NamesOwners, v.Now = c.scope.Actor().Grants.Has(rights.WriteOwners), c.scope.Now()
	f, err := c.formFrame(bad, words.T(c.words(), "Members"), "settings", "members")
	if err != nil {
		return err
	}
	return c.draw(templates.Members(f, v))
}

// inviteMember answers with the link itself: never in a redirect, a cookie or a cache.
func inviteMember(c *call) error {
	v := templates.MembersView{Name: c.form("name"), Email: c.form("email"), Role: c.form("role")}
	m, token, err := c.scope.Invite(v.Name, v.Email, rights.Role(v.Role))
	if err != nil {
		return c.drawMembers(err, v)
	}
	c.Set("Cache-Control", "no-store")
	return c.drawMembers(nil, templates.MembersView{Link: c.server.PublicURL + "/join/" + token, LinkFor: m.Name})
}

func setRole(c *call) error {
	role := rights.Role(c.form("role"))
	if !role.Valid() {
		return problem.InvalidField("role", "is one of owner, admin, agent")
	}
	return c.regrade(models.MemberChange{Role: &role}, "/settings/members/"+string(c.id()), "saved")
}

func removeMember(c *call) error {
	yes := true
	return c.regrade(models.MemberChange{Removed: &yes}, "/settings/members/"+string(c.id())+"/remove", "removed")
}

// regrade removes a member or gives them a role, once it is said what becomes of what they answer for.
func (c *call) regrade(change models.MemberChange, address, said string) error {
	answer := c.form("handTo")
	v := templates.HandOverView{HandTo: answer, Question: address}
	if change.Role != nil {
		v.Becomes = *change.Role
	}
	asks, err := c.handsOver(&v)
	if err != nil {
		return err
	}
	switch {
	case asks && answer == "":
		return c.drawHandOver(nil, v)
	case answer != "" && answer != templates.HandToThemself:
		to := models.ID(strings.TrimPrefix(answer, templates.HandToNobody))
		change.HandTo = &to
	}
	_, err = c.scope.UpdateMember(c.id(), change)
	if err != nil && asks && problem.KindOf(err) == problem.Invalid {
		return c.drawHandOver(err, v)
	}
	if err != nil {
		return c.drawMembers(err, templates.MembersView{})
	}
	return c.then("/settings/members", said)
}

// handsOver reports whether the member lets go of keys or webhooks, and reads those.
func (c *call) handsOver(v *templates.HandOverView) (bool, error) {
	m, err := c.scope.Member(c.id())
	if err != nil || m.RemovedAt != nil || !m.Role.Loses(v.Becomes) {
		return false, err
	}
	v.Member = m
	v.Held, err = c.scope.HoldingsOf(m.ID)
	return !v.Held.Empty(), err
}

func (c *call) drawHandOver(bad error, v templates.HandOverView) error {
	team, err := c.scope.Members()
	if err != nil {
		return err
	}
	for _, m := range team {
		switch {
		case m.ID == c.scope.Actor().ID && m.ID != v.Member.ID:
			v.Heirs = slices.Insert(v.Heirs, 0, m) // who asks is who most likely answers
		case m.ID != v.Member.ID && m.Role != rights.Agent:
			v.Heirs = append(v.Heirs, m)
		}
	}
	f, err := c.formFrame(bad, words.T(c.words(), "Members"), "settings", "members")
	if err != nil {
		return err
	}
	return c.draw(templates.HandOver(f, v))
}
