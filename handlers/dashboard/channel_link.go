package dashboard

import (
	"mauve/models"
	"mauve/models/problem"
)

// linkPhone asks for codes that link a phone, with one to type if its number is given.
func linkPhone(c *call) error {
	_, err := c.scope.LinkPhone(c.id(), c.form("phone"))
	if k := problem.KindOf(err); k != problem.Invalid && k != problem.Conflict {
		if err != nil {
			return err
		}
		return c.then(channelPage(c.id()), "")
	}
	v, e := c.channelView()
	if e != nil {
		return e
	}
	v.Phone = c.form("phone")
	return c.drawChannel(err, v)
}

// unlinkPhone asks for the phone to be logged out.
func unlinkPhone(c *call) error {
	if _, err := c.scope.UnlinkPhone(c.id()); err != nil {
		return err
	}
	return c.then(channelPage(c.id()), "")
}

func channelPage(id models.ID) string { return "/settings/channels/" + string(id) }
